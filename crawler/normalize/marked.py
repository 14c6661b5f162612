"""Steps: mark what stands twice in a text, and whom it credits."""

from dataclasses import asdict

from crawler.marks import citations, repeats
from crawler.normalize.draft import Draft


def find_repeats(draft: Draft) -> Draft:
    """Set ``repeats``: passages that stand twice, with where both are. Nothing is taken away."""
    found = repeats(draft.text)
    if not found:
        return draft
    return draft.with_(
        repeats=tuple(
            {"first": list(one.first), "second": list(one.second), "score": one.score} for one in found
        )
    )


def find_citations(draft: Draft) -> Draft:
    """Set ``citations``: the outlets, agencies and accounts that the text credits, but for its own outlet."""
    own = tuple(name for name in (draft.publisher, draft.entry.source_title, draft.site) if name)
    found = citations(draft.text, draft.language, own=own)
    return draft.with_(citations=tuple(asdict(one) for one in found)) if found else draft
