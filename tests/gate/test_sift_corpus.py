"""Gate: real feeds and the cases of other readers, sifted, give exactly what the whole documents give."""

import gzip
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from spiders.readers.sift import sift
from tests.sifting import differs

SURE = 94
"""Of the 99 files of the corpus; one is no feed, two are ill-formed, two tell one thing in two ways."""
SURE_CASES = 1_150
SHARES = (0.0, 0.05, 0.5, 1.0)


def known(marks: tuple[int, ...], share: float) -> set[int]:
    """Return all marks but a share of them, chosen by their digests: at least one is new, unless none are."""
    order = sorted(marks, key=lambda mark: sha256(str(mark).encode()).digest())
    return set(order[max(1, round(len(marks) * share)) if share else 0 :])


def compared(bodies: Iterator[tuple[str, bytes]]) -> tuple[int, dict[str, str]]:
    sure, wrong = 0, {}
    for name, body in bodies:
        apart = sift(body, url="https://www.eti-news.com/rss")
        if apart is None:
            continue
        sure += 1
        for share in SHARES:
            told = differs(body, apart, known(apart.marks, share), url="https://www.eti-news.com/rss")
            if told is not None:
                wrong[f"{name} {share}"] = told[:500]
    return sure, wrong


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_corpus(test_data: Path) -> None:
    files = sorted((test_data / "feeds" / "corpus").glob("*.xml.gz"))
    assert len(files) == 99
    sure, wrong = compared((file.name, gzip.decompress(file.read_bytes())) for file in files)
    assert not wrong
    assert sure >= SURE


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_cases_of_other_readers(test_data: Path) -> None:
    def bodies() -> Iterator[tuple[str, bytes]]:
        for name in ("feedparser-cases.tar.gz", "reader-cases.tar.gz"):
            with tarfile.open(test_data / "feeds" / name) as archive:
                for member in archive:
                    held = archive.extractfile(member)
                    if held is not None:
                        yield member.name, held.read()

    sure, wrong = compared(bodies())
    assert not wrong
    assert sure >= SURE_CASES
