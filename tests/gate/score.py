"""Score kabar's reader, and its peers, on a folder of gold pages.

``python -m tests.gate.score DIR [--peers]``. Each page is read by the model of its site's fold, which never
saw the site; ``--shipped`` reads with the model that ships, which was trained on pages like these, and
``--texts FILE`` takes the texts that a training wrote.
"""

import argparse
import gzip
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from crawler.errors import Drop
from crawler.normalize import normalize
from crawler.normalize.draft import EntryFacts
from spiders.errors import NotAnArticle
from spiders.readers import jsonld
from spiders.readers.body import found
from spiders.readers.body.judge import read_model
from spiders.readers.head import read_head
from spiders.readers.page import read_page
from spiders.readers.tree import parse_page
from spiders.train.gold import FOLDS, GoldPage, Sites
from tests.peers import Guarded, Read, peers
from tests.scoring import SETS, Found, Gold, by_language, golds, out_of_fold, score

FOLDERS = Path(__file__).parents[1] / "data" / "body"
FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
TEXT = ("f1", "precision", "recall", "exact", "empty")
FIELDS = ("title", "headline", "authors", "minute", "day", "language", "canonical", "tags")
Pages = Sequence[tuple[Gold, Found]]


def kabar(body: bytes, url: str) -> Found:
    """What kabar reads on a page, as it would be kept, with the model that ships."""
    try:
        document = read_page(body, url=url, requested_url=url, fetched_at=FETCHED.timestamp())
    except NotAnArticle:
        return Found()
    try:
        draft = normalize(document, EntryFacts(), now=FETCHED)
    except Drop:
        return Found(text=document.text)
    return Found(
        text=document.text,
        title=draft.title,
        authors=draft.authors,
        published=draft.published_at.isoformat() if draft.published_at else None,
        language=draft.language,
        canonical_url=draft.canonical_url,
        tags=draft.tags,
    )


def cross_validated() -> Read:
    """Return kabar's reader with the models of the folds: none reads a page of a site that it saw."""
    models = {fold: read_model((FOLDERS / f"fold{fold}.npz").read_bytes()) for fold in range(FOLDS)}
    sites = Sites()

    def read(body: bytes, url: str) -> Found:
        page = GoldPage(source="", file="", url=url, language="", bodies=(), path=FOLDERS)
        with patch.object(found, "shipped", lambda: models[sites.fold(page)]):
            return kabar(body, url)

    return read


def headlines(body: bytes, url: str) -> tuple[str, ...]:
    """The editorial headlines of a page: of its structured data, h1, og:title."""
    tree = parse_page(body).tree
    if tree is None:
        return ()
    head = read_head(tree, url)
    return (*head.h1s, head.meta("og:title"), jsonld.text_of(head.article.get("headline")))


def pages_of(
    folder: Path, read: Read, texts: Mapping[tuple[str, str], str], *, step: int = 1
) -> tuple[Pages, float]:
    """Every ``step``-th page of a set with what was found on it, and the CPU-seconds that took."""
    pages: list[tuple[Gold, Found]] = []
    seconds = 0.0
    for gold in golds(folder, step=step):
        url = gold.get("url") or "https://page.example/article"
        body = gzip.decompress((folder / gold["file"]).read_bytes())
        began = time.process_time()
        result = read(body, url)
        seconds += time.process_time() - began
        text = texts.get((folder.name, gold["file"]), result.text)
        shown = headlines(body, url) if gold.get("title") else ()
        pages.append((gold, replace(result, text=text, headlines=shown)))
    return pages, seconds


def main() -> None:
    """Print the tables."""
    options = _options()
    texts = dict(out_of_fold(options.texts)) if options.texts else {}
    readers: dict[str, Read] = {}
    if not options.no_kabar:
        readers["kabar"] = kabar if options.shipped or texts else cross_validated()
    if options.peers:
        readers |= {name: Guarded(read) for name, read in peers()}
    sets = [options.dir / name for name in options.sets if (options.dir / name / "gold.jsonl").is_file()]
    results: dict[str, dict[str, Pages]] = {name: {} for name in readers}
    seconds = dict.fromkeys(readers, 0.0)
    for name, read in readers.items():
        for folder in sets:
            mine = texts if name == "kabar" else {}
            results[name][folder.name], spent = pages_of(folder, read, mine, step=options.step)
            seconds[name] += spent
    for name, read in readers.items():
        if isinstance(read, Guarded) and read.failures:
            print(f"{name} failed: {dict(read.failures)}")
    for line in report(results, seconds, seen=options.shipped and not texts):
        print(line)


def report(
    results: Mapping[str, Mapping[str, Pages]], seconds: Mapping[str, float], *, seen: bool
) -> Iterator[str]:
    """The tables as lines of Markdown."""
    sets = list(next(iter(results.values())))
    what = "by the model that ships" if seen else "by models that never saw the site"
    yield f"kabar reads {what}. CPU-seconds: " + ", ".join(f"{n} {s:.0f}" for n, s in seconds.items())
    for name in sets:
        yield from ("", f"**{name}**, {len(results[next(iter(results))][name])} pages", "")
        yield from _table(TEXT, {reader: score(name, found[name]) for reader, found in results.items()})
    if "fundus" in sets:
        yield from ("", "**fundus**, fields", "")
        yield from _table(
            FIELDS, {reader: score("fundus", found["fundus"]) for reader, found in results.items()}
        )
        yield from ("", "**fundus**, F1 by language (pages)", "")
        yield from _languages(
            {reader: by_language("fundus", found["fundus"]) for reader, found in results.items()}
        )


def _table(columns: Sequence[str], rows: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for reader, figures in rows.items():
        yield f"| {reader} | {' | '.join(_cell(name, figures.get(name)) for name in columns)} |"


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name == "empty" else f"{value:.3f}"


def _languages(found: Mapping[str, Mapping[str, tuple[int, float]]]) -> Iterator[str]:
    first = next(iter(found.values()))
    yield f"| | {' | '.join(f'{code} ({pages})' for code, (pages, _) in first.items())} |"
    yield "|---" * (len(first) + 1) + "|"
    for reader, figures in found.items():
        yield f"| {reader} | {' | '.join(f'{figures[code][1]:.2f}' for code in first)} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gate.score", description=__doc__)
    parser.add_argument("dir", type=Path, help="folder with a folder for each set")
    parser.add_argument("--shipped", action="store_true", help="read with the model that ships")
    parser.add_argument("--texts", type=Path, help="JSONL of out-of-fold texts: set, file, text")
    parser.add_argument("--peers", action="store_true", help="read with the other libraries installed, too")
    parser.add_argument("--no-kabar", action="store_true", help="read with the others alone")
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--step", type=int, default=1, help="read every STEP-th page only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
