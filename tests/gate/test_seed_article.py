"""Gate: an article as an Indonesian site prints it yields every field of the record that reading can yield.

The page is of our own making. Its text is made up too, and, where the folder of test data has it, the article
that the project grew from.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.normalize.draft import Draft, EntryFacts
from crawler.prepare import prepare
from crawler.record import FIELDS
from spiders.readers.page import read_page
from storage.model import Content

URL = "https://www.etindonesia.example/2024/11/05/insinyur-bantu-luncurkan-rudal/"
TITLE = "Insinyur Tempur Bantu Pasukan Meluncurkan Rudal"
FETCHED = datetime(2024, 11, 6, tzinfo=UTC).timestamp()
MADE_UP = (
    "EtIndonesia. Menurut laporan dari media Inggris The Guardian, insinyur dari negeri tetangga sedang "
    "membantu pasukan di garis depan meluncurkan rudal. Puluhan orang dibagi menjadi beberapa kelompok.",
    "Akun media sosial X, “@joni_askola,” menyatakan bahwa pada awal Oktober serangan balasan menewaskan dua "
    "puluh orang, termasuk enam perwira. Ini menunjukkan bahwa kerja sama itu sudah lama berjalan.",
    "Saat ini, belum ada informasi pasti apakah mereka prajurit atau teknisi, namun kehadiran mereka "
    "memperkuat bukti kerja sama yang erat antara kedua negara.",
    "Menurut laporan The Guardian, insinyur dari negeri tetangga sedang membantu pasukan di garis depan "
    "meluncurkan rudal. Puluhan orang dibagi menjadi beberapa kelompok.",
    "Laporan dari Kyiv Post menyebutkan bahwa dukungan itu tidak hanya logistik, tetapi juga teknisi.",
    "Informasi ini menarik perhatian internasional dan memicu kecaman keras dari banyak negara yang menilai "
    "bahwa tindakan itu semakin memperburuk keadaan.(jhn/yn)",
)
STRUCTURED = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": "NewsArticle",
            "headline": f"{TITLE} - ET Indonesia",
            "datePublished": "2024-11-05T09:15:00+07:00",
            "dateModified": "2024-11-05T10:00:00+07:00",
            "author": [{"@id": "#orang"}, {"@type": "Organization", "name": "Reuters"}],
            "publisher": {"@id": "#penerbit"},
            "articleSection": "Internasional",
            "keywords": ["rudal", "insinyur militer"],
            "description": "Insinyur dari negeri tetangga membantu meluncurkan rudal.",
            "isAccessibleForFree": True,
        },
        {"@type": "Person", "@id": "#orang", "name": "Oleh: Johana Yunita"},
        {"@type": "Organization", "@id": "#penerbit", "name": "ET Indonesia"},
    ],
}


def page(paragraphs: tuple[str, ...]) -> bytes:
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!DOCTYPE html><html lang="id-ID"><head><meta charset="utf-8">
      <title>{TITLE} - ET Indonesia</title><link rel="canonical" href="{URL}">
      <meta property="og:site_name" content="ET Indonesia"><meta property="og:title" content="{TITLE}">
      <meta property="og:image" content="https://www.etindonesia.example/wp-content/rudal-di-lapangan.jpg">
      <meta name="robots" content="index, follow, noai"><meta name="tdm-reservation" content="1">
      <script type="application/ld+json">{json.dumps(STRUCTURED)}</script></head>
      <body><header><a href="/">ET Indonesia</a><nav><ul><li><a href="/internasional">Internasional</a></li>
      <li><a href="/ekonomi">Ekonomi</a></li></ul></nav></header>
      <main><article><h1>{TITLE}</h1><div class="meta"><a rel="author" href="/penulis/jy">Johana Yunita</a>
      <time datetime="2024-11-05T09:15:00+07:00">Selasa, 5 November 2024 09:15 WIB</time></div>
      <figure><img src="/wp-content/rudal-di-lapangan-1024x683.jpg"><figcaption>Rudal diluncurkan di lapangan.
      (Foto: Ann Lee/Reuters)</figcaption></figure>
      <div class="entry-content">{text}</div></article></main>
      <aside><h3>Baca juga</h3><a href="/lain">Berita lain hari ini</a></aside>
      <footer>Hak cipta ET Indonesia</footer></body></html>""".encode()


def read(paragraphs: tuple[str, ...]) -> Content:
    document = read_page(page(paragraphs), url=URL, requested_url=URL, fetched_at=FETCHED)
    return prepare(document, EntryFacts(), now=FETCHED).content


def check(content: Content, paragraphs: tuple[str, ...]) -> None:
    wanted: dict[str, Any] = {
        "url": URL,
        "canonical_url": URL,
        "site": "etindonesia.example",
        "publisher": "ET Indonesia",
        "title": TITLE,
        "lead": "Insinyur dari negeri tetangga membantu meluncurkan rudal.",
        "language": "id",
        "authors": ("Johana Yunita",),
        "byline": "(jhn/yn)",
        "dateline": "EtIndonesia",
        "published_at": datetime.fromisoformat("2024-11-05T09:15:00+07:00"),
        "modified_at": datetime.fromisoformat("2024-11-05T10:00:00+07:00"),
        "section": "Internasional",
        "tags": ("rudal", "insinyur militer"),
        "image_url": "https://www.etindonesia.example/wp-content/rudal-di-lapangan.jpg",
        "image_caption": "Rudal diluncurkan di lapangan.",
        "image_credit": "Ann Lee/Reuters",
        "credits": ("Reuters",),
        "paywalled": False,
        "text_source": "page",
        "reservations": {"robots": "noai", "tdm-reservation": "1"},
    }
    assert {name: getattr(content, name) for name in wanted} == wanted
    assert content.text == "\n\n".join(paragraphs)
    assert content.published_at is not None
    assert str(content.published_at.tzinfo) == "UTC+07:00"
    for name in ("word_count", "provenance", "content_hash", "citations", "repeats", "reader"):
        assert getattr(content, name), name


def test_made_up() -> None:
    check(read(MADE_UP), MADE_UP)


def test_the_article_the_project_grew_from(test_data: Path) -> None:
    lines = (test_data / "seed" / "article.txt").read_text(encoding="utf-8").splitlines()
    paragraphs = tuple(line.strip() for line in lines if line.strip())
    check(read(paragraphs), paragraphs)


def test_every_field_that_reading_can_yield_is_there() -> None:
    content = read(MADE_UP)
    yielded = set(FIELDS) & set(Draft.__dataclass_fields__)
    assert [name for name in sorted(yielded) if getattr(content, name) in (None, "", (), {})] == []
