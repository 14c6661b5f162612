"""Steps: publisher, section, tags and credits; what is said of the picture."""

from collections.abc import Iterable
from itertools import islice

from crawler.normalize.characters import clean_line, unaccented
from crawler.normalize.draft import Draft

MAX_TAGS = 64
MAX_CAPTION = 1_000


def clean_labels(draft: Draft) -> Draft:
    """Set ``publisher``, ``section``, ``credits`` and ``tags`` (page and feed together, each once)."""
    draft = draft.with_(
        publisher=clean_line(draft.document.publisher, 200) or None,
        section=clean_line(draft.document.section, 200) or None,
        credits=unique(draft.document.credits, MAX_TAGS),
    )
    return _tags(_publisher(draft))


def describe_picture(draft: Draft) -> Draft:
    """Set ``image_caption`` and ``image_credit``, where there is a picture that the page itself names."""
    if draft.image_url is None or draft.where("image_url") == "feed":
        return draft
    return draft.with_(
        image_caption=clean_line(draft.document.image_caption, MAX_CAPTION) or None,
        image_credit=clean_line(draft.document.image_credit, 200) or None,
    )


def _publisher(draft: Draft) -> Draft:
    """Take the source's title for the publisher when the site bears the same name."""
    title = clean_line(draft.entry.source_title, 200)
    if draft.publisher or not title or unaccented(title) not in site_names(draft.site):
        return draft
    return draft.with_("feed", publisher=title)


def site_names(site: str) -> set[str]:
    """Return the unaccented names of a site: with its suffix and without (``kompascom``, ``kompas``)."""
    return {unaccented(site), unaccented(site.partition(".")[0])} - {""}


def _tags(draft: Draft) -> Draft:
    page = unique(draft.document.tags, MAX_TAGS)
    both = unique((*page, *draft.entry.tags), MAX_TAGS)
    if len(both) == len(page):
        return draft.with_(tags=both)
    how = draft.where("tags")
    return draft.with_(f"{how} and feed" if page and how and how != "feed" else "feed", tags=both)


def unique(labels: Iterable[str], limit: int) -> tuple[str, ...]:
    """Return clean labels in order, each once whatever its case, at most ``limit``."""
    found: dict[str, str] = {}
    for label in islice(labels, 10 * limit):
        line = clean_line(label, 100).lstrip("#").strip()
        if line:
            found.setdefault(line.casefold(), line)
        if len(found) == limit:
            break
    return tuple(found.values())
