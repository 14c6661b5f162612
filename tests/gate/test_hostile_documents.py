"""Gate: ten thousand hostile or broken documents end in entries or in a plain refusal, in time and memory.

Documents are made from our own samples and, where KABAR_TEST_DATA is set, from real feeds, by seeded
mutations: bytes, tags, nesting, attributes, entities, encodings, lengths. They are read in a child process
with a limit of address space, each under an alarm that counts CPU time: nothing else on this machine decides.
"""

import gzip
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders.errors import NotAFeed
from spiders.readers.fault import first_fault
from spiders.readers.sift import sift
from spiders.readers.source import read_source

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = 10_000
SECONDS = 5
"""Most CPU-seconds one document may take."""
MEMORY = 1024 * 1024 * 1024
HEAVY_EVERY = 250
"""One document in so many is blown up; the others are small, as most broken feeds are."""
_ITEM = (
    "<item><title>Kabar {n} &amp; lain</title><link>https://www.warta.example/{n}</link><guid>{n}</guid>"
    "<pubDate>Wed, 25 Nov 2026 08:00:00 +0700</pubDate><description><![CDATA[<p>Isi <b>{n}</b></p>]]>"
    "</description></item>"
)
_ENTRY = (
    '<entry><title type="html">Kabar {n}</title><id>urn:{n}</id><updated>2026-11-25T08:00:00+07:00</updated>'
    '<link rel="alternate" href="/{n}"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
    "<p>Isi {n}</p></div></content></entry>"
)
_LOC = (
    "<url><loc>https://www.warta.example/{n}</loc><lastmod>2026-11-25</lastmod><n:news><n:title>K {n}"
    "</n:title><n:publication_date>2026-11-25</n:publication_date></n:news></url>"
)
_CARD = (
    '<article><h3><a href="/2026/11/25/kabar-ekonomi-nomor-{n}">Kabar ekonomi nomor {n} hari ini</a></h3>'
    "</article>"
)
SAMPLES = (
    ("feed", "<?xml version='1.0'?><rss version='2.0'><channel><title>W</title>@</channel></rss>", _ITEM),
    (
        "feed",
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://www.warta.example/">@</feed>',
        _ENTRY,
    ),
    ("sitemap", '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">@</urlset>', _LOC),
    ("section", "<!doctype html><title>E</title><main>@</main>", _CARD),
    (
        "feed",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "W", "items": [@null]}',
        '{{"id": "{n}", "url": "https://www.warta.example/{n}", "title": "K {n}", "content_html": "<p>x"}},',
    ),
)
JUNK = (
    *(b"\x00", b"\xff\xfe", b"&", b"&#xD800;", b"&nbsp;", b"&#x110000;", b"<", b"]]>", b"<![CDATA[", b"<!--"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE a [<!ENTITY x 'yyyyyyyy'>]>", b"&x;&x;&x;"),
    *(b"<item>", b"</item>", b"</channel>", b"<entry/>", b"<url>", b"\xc3\x28", b"\xed\xa0\x80", b"\x1b[31m"),
    *(
        "日本語".encode("shift_jis"),
        "кот".encode("koi8-r"),
        b"{",
        b"[",
        b'"',
        b"\\u0000",
        b"1e999",
        b"javascript:",
    ),
)


def samples() -> Iterator[tuple[str, bytes]]:
    for kind, frame, line in SAMPLES:
        yield kind, frame.replace("@", "".join(line.format(n=n) for n in range(8))).encode()


def real(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """Pieces of real feeds: whole ones would take most of the time for nothing that is new."""
    for file in sorted(folder.glob("feeds/corpus/*.xml.gz")) if folder else ():
        yield "feed", gzip.decompress(file.read_bytes())[:12_000]


def broken(body: bytes, dice: random.Random) -> bytes:
    """Spoil a document in up to four places."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(body) + 1)
        match dice.randrange(8):
            case 0:
                body = body[:at]
            case 1:
                body = body[:at] + body[at + dice.randint(1, 200) :]
            case 2:
                body = body[:at] + body[at : at + 300] * dice.randint(2, 5) + body[at:]
            case 3:
                other = dice.randrange(len(body) + 1)
                body = body[:at] + body[other : other + 200] + body[at:]
            case 4:
                body = body[:at] + bytes(dice.randrange(256) for _ in range(dice.randint(1, 8))) + body[at:]
            case _:
                body = body[:at] + dice.choice(JUNK) + body[at:]
    return body


def blown_up(body: bytes, dice: random.Random) -> bytes:
    """Make a document large in one of the ways that hurt parsers."""
    at = dice.randrange(len(body) + 1)
    many = dice.choice((20_000, 60_000))
    pieces = (
        b"<div>" * many,
        b"<a " + b"x='1' " * many + b">",
        b"".join(b"<b%d x%d=''>" % (n, n) for n in range(many // 4)),
        b"&amp;" * many,
        b"<![CDATA[" * many,
        b"[" * many,
        b"<!--" * many,
        b"<item><title>" * (many // 4),
        b"\xff" * many,
        b"<" * many,
    )
    return body[:at] + dice.choice(pieces) + body[at:]


def read_all(first: int, step: int, data: Path | None) -> None:
    """Read every ``step``-th document; print what went wrong, and how it went on the whole."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY * 2, MEMORY * 2))
    originals = [*samples(), *real(data)]
    read = refused = 0
    slowest = (0.0, -1)
    signal.signal(signal.SIGPROF, _too_late)
    for number in range(first, DOCUMENTS, step):
        dice = random.Random(number)
        kind, body = originals[number // step % len(originals)]
        spoil = blown_up if number % HEAVY_EVERY == first else broken
        body = spoil(body, dice)
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            feed = read_source(body, kind=kind, url="https://www.warta.example/x")  # type: ignore[arg-type]
            read += 1
            assert all(entry.link.startswith(("http://", "https://")) for entry in feed.entries)
        except NotAFeed:
            refused += 1
        except Exception as error:  # what is looked for
            print(f"document {number} ({kind}): {type(error).__name__}: {error}"[:300])
        try:
            sift(body, url="https://www.warta.example/x", content_type="")
            first_fault(body)
        except NotAFeed:
            pass
        except Exception as error:  # likewise
            print(f"document {number}, sifted: {type(error).__name__}: {error}"[:300])
        signal.setitimer(signal.ITIMER_PROF, 0)
        slowest = max(slowest, (time.process_time() - began, number))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"= {read} {refused} {slowest[0]:.2f} {slowest[1]} {peak}")


def _too_late(*_: object) -> None:
    raise TimeoutError("over its time")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_documents() -> None:
    data = os.environ.get("KABAR_TEST_DATA", "")
    code = "from tests.gate.test_hostile_documents import read_all; from pathlib import Path; import sys;"
    code += "read_all(int(sys.argv[1]), 2, Path(sys.argv[2]) if sys.argv[2] else None)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(half), data], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for half in range(2)
    ]
    total = 0
    for process in running:
        out, _ = process.communicate()
        *problems, figures = out.splitlines()
        assert process.returncode == 0, out
        assert not problems
        read, refused, _, _, peak = figures.removeprefix("= ").split()
        total += int(read) + int(refused)
        assert int(read) > DOCUMENTS // 8, "most broken documents still have something to read"
        assert int(peak) < MEMORY // 2**20
    assert total == DOCUMENTS
