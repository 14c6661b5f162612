"""Targets of a crawl that stand in lists: the sources of an OPML or CSV file, or of OPML behind a URL."""

from dataclasses import dataclass
from pathlib import Path

from crawler.proposals import propose
from spiders.errors import NotAList
from spiders.items import Fetch
from spiders.readers.listed import MAX_BYTES

SUFFIXES = (".opml", ".csv")


@dataclass(frozen=True, slots=True)
class Named:
    """A target, with why it cannot be one, if so."""

    target: str
    problem: str | None = None


def unfold(targets: list[str]) -> list[Named]:
    """Replace the files among targets that are lists by the sources they name; the rest stays as it is.

    A file is what ends in .opml or .csv and is no URL.
    """
    found: list[Named] = []
    for target in dict.fromkeys(targets):
        if "://" in target or not target.lower().endswith(SUFFIXES):
            found.append(Named(target))
            continue
        try:
            with Path(target).open("rb") as file:
                found += _named(file.read(MAX_BYTES + 1), target)
        except NotAList as error:
            found.append(Named(target, error.message))
        except OSError as error:
            found.append(Named(target, error.strerror or str(error)))
    return list({one.target: one for one in reversed(found)}.values())[::-1]


def fetched(fetch: Fetch) -> list[Named]:
    """Return the sources that fetched OPML names. Raises NotAList."""
    return _named(fetch.body, fetch.url, fetch.content_type)


def _named(body: bytes, name: str, content_type: str = "") -> list[Named]:
    """Return the sources that a list names, each once, and the lines that name none with the reason."""
    from spiders.readers.lists import read_list  # and lxml with it

    listing = read_list(body, name=name, content_type=content_type)
    return [
        Named(proposal.new.url)
        if proposal.new is not None
        else Named(f"{name}, line {proposal.line}", proposal.refusal)
        for proposal in propose((name, line) for line in listing.lines)
        if proposal.first is None
    ]
