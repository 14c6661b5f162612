"""The fields of an article: for each a ranked list of candidates, with where each was found."""

from collections.abc import Mapping
from functools import cached_property

from spiders.items import Candidate
from spiders.readers.belief import best
from spiders.readers.fields import moments, outlet, people, picture, statements, topics
from spiders.readers.fields.local_time import in_local_time
from spiders.readers.fields.section import section
from spiders.readers.fields.statements import paywalled
from spiders.readers.fields.title import title
from spiders.readers.head import Head
from spiders.readers.layers import Layers
from spiders.readers.linked import linked_topics
from spiders.readers.shown import Shown
from spiders.readers.signed import Bylines
from spiders.readers.tree import HtmlTree

__all__ = ["Candidates", "candidates_of", "paywalled"]

Candidates = Mapping[str, tuple[Candidate, ...]]
"""Field of a Document to its candidates, most believed first."""


class _Lazily:
    """What is looked for only when a field may depend on it."""

    def __init__(self, head: Head, tree: HtmlTree, titles: tuple[Candidate, ...]) -> None:
        self._tree = tree
        self.layers = Layers(head, (*(title.values[0] for title in titles), *head.h1s[:1]))

    @cached_property
    def shown(self) -> Shown:
        return Shown(self._tree)

    def bylines(self) -> Bylines:
        return self.shown.bylines

    def tags(self) -> tuple[str, ...]:
        return linked_topics(self._tree)


def candidates_of(head: Head, tree: HtmlTree, markup: str, *, fetched_at: float) -> Candidates:
    """Return the candidates of every field that a page states or shows, except its text.

    ``fetched_at`` (epoch seconds) bounds the dates: a page cannot be younger than its fetch.
    """
    publishers = outlet.publisher(head)
    outlets = outlet.outlet_keys(head, publishers)
    titles = title(head, outlets)
    lazily = _Lazily(head, tree, titles)
    names = outlet.own_names(publishers)
    authors = people.authors(head, lazily.bylines, lazily.layers, names, markup)
    images = picture.image_url(head, outlets)
    image = next(iter(best(images).values), "")
    captions, credits = picture.described(head, tree, image)
    published = in_local_time(moments.published(head, lazily.layers, fetched_at=fetched_at), markup)
    if not any(candidate.belief > 0.2 for candidate in published):
        shown = lazily.shown
        published = (*published, *moments.printed(shown.labelled_dates, shown.dates, shown.bare_dates))
    found = {
        "title": titles,
        "lead": statements.lead(head),
        "authors": authors,
        "credits": people.credits_of(head, authors),
        "published": published,
        "modified": moments.modified(head, fetched_at=fetched_at),
        "language": statements.language(head),
        "canonical_url": statements.canonical_url(head),
        "publisher": publishers,
        "section": section(head, lazily.layers, tree, titles, outlets),
        "tags": topics.tags(head, lazily.tags, lazily.layers, outlets),
        "image_url": images,
        "image_caption": captions,
        "image_credit": credits,
    }
    return {name: candidates for name, candidates in found.items() if candidates}
