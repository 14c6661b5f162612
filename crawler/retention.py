"""How long articles are kept: by age, and by the sources and tags that have an age of their own. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from crawler.settings import RetentionSettings
from crawler.spans import span
from storage.retained import Held
from storage.text import tag_token

FOREVER = math.inf
_WORD = "forever"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many seconds articles are kept after they came into the store."""

    age: float = FOREVER
    sources: Mapping[int, float] = field(default_factory=dict)
    """By the number of a source."""
    tags: Mapping[str, float] = field(default_factory=dict)
    """By tag, in the form in which tags are compared."""

    @property
    def shortest(self) -> float:
        """The shortest time for which any article is kept."""
        return min((self.age, *self.sources.values(), *self.tags.values()))

    def kept(self, held: Held) -> float:
        """Return for how many seconds an article is kept.

        What its tags say goes before what its sources say, and that before the general age. Of several tags,
        and of several sources that carried it, the one that keeps it longest counts.
        """
        tagged = [self.tags[token] for tag in held.tags if (token := tag_token(tag)) in self.tags]
        if tagged:
            return max(tagged)
        return max((self.sources.get(number, self.age) for number in held.source_ids), default=self.age)

    def ended(self, held: Held, *, now: float) -> bool:
        """Say whether the time of an article is over; ``now`` is epoch seconds."""
        return now - held.first_seen_at > self.kept(held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Articles that a person names: all that hold together."""

    age: float = 0.0
    """Seconds since they came into the store, at least."""
    sources: frozenset[int] = frozenset()
    """No other source carried them; empty: whichever did."""
    tags: frozenset[str] = frozenset()
    """They have all of these tags, in the form in which tags are compared; empty: whichever they have."""

    def names(self, held: Held, *, now: float) -> bool:
        """Say whether an article is one of them; ``now`` is epoch seconds."""
        if now - held.first_seen_at <= self.age:
            return False
        if self.sources and not (held.source_ids and self.sources.issuperset(held.source_ids)):
            return False
        return self.tags.issubset(map(tag_token, held.tags))


def age(text: str) -> float | None:
    """Return the seconds of ``400d`` or ``forever``; None when it is neither."""
    return FOREVER if text.strip().lower() == _WORD else span(text)


def ages(text: str, *, apart: str | None = None) -> dict[str, float] | None:
    """Return what ``7=30d https://a.example/feed=forever`` says, by name; None when it cannot be understood.

    ``apart`` stands between the parts, where they are not apart by spaces.
    """
    found: dict[str, float] = {}
    for part in text.split(apart):
        name, equals, words = part.strip().rpartition("=")
        kept = age(words)
        if not part.strip():
            continue
        if not equals or not name.strip() or kept is None:
            return None
        found[name.strip()] = kept
    return found


def retention_of(settings: RetentionSettings, number_of: Callable[[str], int]) -> Retention:
    """Return how long articles are kept, by the settings; ``number_of`` finds a source by its name."""
    return Retention(
        age=FOREVER if (own := age(settings.age)) is None else own,
        sources={number_of(ref): kept for ref, kept in (ages(settings.sources) or {}).items()},
        tags={tag_token(tag): kept for tag, kept in (ages(settings.tags, apart=",") or {}).items()},
    )


def tokens(tags: Iterable[str]) -> frozenset[str]:
    """Return tags in the form in which they are compared."""
    return frozenset(map(tag_token, tags)) - {""}
