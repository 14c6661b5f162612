"""Gold pages: pages with their true texts, and the sites they are from."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from spiders.readers.decode import decode

FOLDS = 5


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and what its text should be."""

    source: str
    """The set it is from."""
    file: str
    url: str
    language: str
    bodies: tuple[str, ...]
    """Acceptable texts."""
    path: Path

    @property
    def by_character(self) -> bool:
        """Whether scripts without spaces count by character; the benchmark of ``aeb`` does not."""
        return self.source != "aeb"

    def markup(self) -> str:
        """The characters of the page."""
        return decode(gzip.decompress(self.path.read_bytes()), "").text


def read_gold(folder: Path) -> Iterator[GoldPage]:
    """The pages with a text of all sets in a folder: ``SET/gold.jsonl`` and the pages beside it."""
    for path in sorted(folder.glob("*/gold.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from (_page(json.loads(line), path.parent) for line in lines if '"bodies"' in line)


def _page(gold: Mapping[str, Any], folder: Path) -> GoldPage:
    return GoldPage(
        source=folder.name,
        file=gold["file"],
        url=gold.get("url") or "https://page.example/",
        language=((gold.get("languages") or [""])[0])[:2].lower(),
        bodies=tuple(body for body in gold.get("bodies") or () if body.strip()),
        path=folder / gold["file"],
    )


class Sites:
    """Deals sites to folds, so that a site is in one fold whatever else is in the data."""

    def __init__(self) -> None:
        self._suffixes = PublicSuffixList()

    def fold(self, page: GoldPage) -> int:
        """The fold of a page's site, 0 to FOLDS - 1."""
        host = (urlsplit(page.url).hostname or page.file).lower()
        site = self._suffixes.privatesuffix(host) or host
        return zlib.crc32(site.encode()) % FOLDS
