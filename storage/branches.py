"""Who is in a story because of whom: a tree, cut and grafted when people decide. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is kept of an article's place in its story."""

    head: int | None
    """The first article of the story; None for that one."""
    joined: int | None
    """The article that it joined by kabar's judgement."""
    chosen: str | None = None
    """``apart``, ``alone`` or ``joined``, where a person decided."""
    other: int | None = None
    """The article that it was joined to by a person."""

    @property
    def parent(self) -> int | None:
        """The article because of which it is in the story."""
        if self.chosen == "joined":
            return self.other
        if self.head is None:
            return None
        return self.joined if self.joined is not None else self.head


def parent_of(article_id: int, places: Mapping[int, Place]) -> int | None:
    """Return the article because of which one is in its story, or None when it is the first.

    Where that one is gone, the first of the story takes its place.
    """
    place = places[article_id]
    if place.parent is None or place.parent in places:
        return place.parent
    return place.head if place.head in places and place.head != article_id else None


def below(article_id: int, places: Mapping[int, Place]) -> list[int]:
    """Return an article and all that are in the story because of it, ascending after the first."""
    children: dict[int, list[int]] = {}
    for number in places:
        parent = parent_of(number, places)
        if parent is not None:
            children.setdefault(parent, []).append(number)
    found = {article_id}
    left = [article_id]
    while left:
        for child in children.get(left.pop(), ()):
            if child not in found:
                found.add(child)
                left.append(child)
    return [article_id, *sorted(found - {article_id})]
