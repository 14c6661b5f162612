"""Other libraries that read pages, where they are installed: functions from bytes to what they found."""

import contextlib
import importlib.util
import logging
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.scoring import Found

Read = Callable[[bytes, str], Found]
"""From the bytes of a page and its address to what was found there."""


def peers() -> Iterator[tuple[str, Read]]:
    """Name and reader of each peer that is installed; their warnings are silenced."""
    for name in ("trafilatura", "newspaper", "newsplease", "htmldate", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="newspaper")
    yield "trafilatura", _trafilatura()
    yield "trafilatura precision", _trafilatura(favor_precision=True)
    yield "trafilatura with metadata", _trafilatura(with_metadata=True, metadata=True)
    yield "resiliparse", _resiliparse
    if importlib.util.find_spec("newspaper"):
        yield "newspaper4k", _newspaper
    if importlib.util.find_spec("newsplease"):
        yield "news-please", _newsplease


def _trafilatura(*, metadata: bool = False, **options: Any) -> Read:
    from trafilatura import bare_extraction

    if metadata:  # by default it gives the day alone
        options["date_extraction_params"] = {"original_date": True, "outputformat": "%Y-%m-%dT%H:%M:%S%z"}

    def read(body: bytes, url: str) -> Found:
        found = bare_extraction(body, url=url, include_comments=False, **options)
        if found is None:
            return Found()
        return Found(
            text=found.text or "",
            title=found.title,
            authors=tuple(filter(None, (found.author or "").split("; "))),
            published=found.date,
            language=found.language,
            canonical_url=found.url,
            tags=(*(found.categories or ()), *(found.tags or ())),
        )

    return read


def _resiliparse(body: bytes, url: str) -> Found:
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(_characters(body), main_content=True, alt_texts=False, comments=False)
    return Found(text=text)


def _newspaper(body: bytes, url: str) -> Found:
    import newspaper

    article = newspaper.Article(url, fetch_images=False)
    article.download(input_html=_characters(body))
    article.parse()
    published = article.publish_date
    return Found(
        text=article.text or "",
        title=article.title,
        authors=tuple(article.authors or ()),
        published=published.isoformat() if published else None,
        language=article.meta_lang,
        canonical_url=article.canonical_link,
        tags=(*(article.meta_keywords or ()), *(article.tags or ())),
    )


def _newsplease(body: bytes, url: str) -> Found:
    from newsplease import NewsPlease

    article = NewsPlease.from_html(_characters(body), url=url, fetch_images=False)
    published = article.date_publish
    return Found(
        text=article.maintext or "",
        title=article.title,
        authors=tuple(article.authors or ()),
        published=published.isoformat() if published else None,
        language=article.language,
        canonical_url=article.url,
    )


def _characters(body: bytes) -> str:
    """UTF-8 or what is detected: these libraries are given characters."""
    from resiliparse.parse.encoding import detect_encoding

    with contextlib.suppress(UnicodeDecodeError):
        return body.decode("utf-8")
    return body.decode(detect_encoding(body) or "utf-8", "replace")


class Guarded:
    """A reader that finds nothing where it fails, and counts how often it did."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.failures: Counter[str] = Counter()
        """By the name of the error."""

    def __call__(self, body: bytes, url: str) -> Found:
        try:
            return self._read(body, url)
        except Exception as error:
            self.failures[type(error).__name__] += 1
            return Found()
