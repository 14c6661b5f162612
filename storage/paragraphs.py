"""Paragraphs that repeat on a site, as they are kept. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedParagraph:
    """A paragraph that stands in ``stories`` of the newest ``among`` stories of a site."""

    mark: int
    """By which it is known on a page."""
    text: str
    """Its beginning."""
    stories: int
    among: int
