# ruff: noqa: E501 - markup stands here as it stands on pages
"""Section pages: which links are taken for those of articles, in many shapes and scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import NotAFeed
from spiders.items import Entry
from spiders.readers.listing import same_site
from spiders.readers.source import read_source
from tests.depth import examples

URL = "https://www.warta.example/ekonomi"
FRAME = """<!doctype html><html lang="{lang}"><head><title>Ekonomi - Warta</title></head><body>
<header><a href="/">Warta</a><nav class="main"><ul><li><a href="/politik">Politik</a></li>
<li><a href="/ekonomi">Ekonomi</a></li><li><a href="/indeks/berita-terkini-hari-ini">Berita terkini hari ini</a>
</li></ul></nav></header><div class="breadcrumb"><a href="/2026/11/01/ini-bukan-berita-sama-sekali">Beranda</a></div>
<main>{main}</main>
<aside><a href="/2026/11/20/berita-populer-di-samping-halaman">Berita populer di samping halaman ini</a></aside>
<div class="pagination"><a href="/ekonomi?page=2">Selanjutnya</a></div>
<footer><a href="/pedoman-media-siber">Pedoman media siber dan hak jawab</a><a href="/tentang-kami">Tentang</a>
<a href="https://lain.example/2026/11/25/iklan-di-tempat-lain-yang-panjang">Iklan di tempat lain yang panjang</a>
</footer></body></html>"""


def read(main: str, lang: str = "id") -> tuple[Entry, ...]:
    body = FRAME.format(main=main, lang=lang).encode()
    return read_source(body, kind="section", url=URL).entries


def links(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.link.removeprefix("https://www.warta.example") for entry in entries]


def test_cards_with_picture_time_and_headline() -> None:
    card = """<article><a href="/2026/11/2{n}/harga-beras-naik-lagi-{n}"><img data-src="/{n}.jpg" src="data:x"></a>
    <h3><a href="/2026/11/2{n}/harga-beras-naik-lagi-{n}#utama">Harga beras naik lagi di pasar {n}</a></h3>
    <time datetime="2026-11-2{n}T08:00:00+07:00">pagi</time><a href="/tag/beras">beras</a>
    <a href="/penulis/sari">Sari</a></article>"""
    entries = read("".join(card.format(n=n) for n in range(4)))
    assert links(entries) == [f"/2026/11/2{n}/harga-beras-naik-lagi-{n}" for n in range(4)]
    first = entries[0]
    assert (first.title, first.published, first.image_url) == (
        "Harga beras naik lagi di pasar 0",
        "2026-11-20T08:00:00+07:00",
        "https://www.warta.example/0.jpg",
    )


def test_one_link_around_a_whole_card() -> None:
    card = """<div class="item"><a href="/berita/{n}0012345"><h2>Pemerintah menambah kuota pupuk bersubsidi</h2>
    <p>Kuota ditambah mulai bulan depan menurut menteri pertanian di Jakarta pada hari Selasa.</p></a></div>"""
    entries = read("".join(card.format(n=n) for n in range(1, 5)))
    assert len(entries) == 4
    assert entries[0].title == "Pemerintah menambah kuota pupuk bersubsidi"


@pytest.mark.parametrize(
    ("lang", "path", "title"),
    [
        ("ja", "/articles/ASV1X{n}234567", "首相、補正予算案を閣議決定へ"),
        ("ar", "/economy/2026/11/25/ارتفاع-أسعار-القمح-{n}", "ارتفاع أسعار القمح في الأسواق العالمية"),
        ("th", "/news/local/27{n}4567", "นายกรัฐมนตรีแถลงมาตรการเศรษฐกิจใหม่"),
        (
            "de",
            "/wirtschaft/getreidepreise-steigen-weiter-{n}.html",
            "Getreidepreise steigen weiter stark an",
        ),
        ("zh", "/2026-11/25/c_11300{n}.htm", "国务院召开会议"),
        ("ko", "/view/AKR2026112500{n}", "정부, 내년 예산안 국회에 제출"),
    ],
)
def test_every_script(lang: str, path: str, title: str) -> None:
    rows = "".join(f'<tr><td><a href="{path.format(n=n)}">{title}</a></td></tr>' for n in range(5))
    assert len(read(f"<table>{rows}</table>", lang)) == 5


def test_a_list_that_json_ld_names() -> None:
    items = ",".join(
        f'{{"@type": "ListItem", "position": {n}, "url": "https://www.warta.example/{n}-kabar-pasar"}}'
        for n in range(4)
    )
    rows = "".join(f'<p><a href="/{n}-kabar-pasar">Kabar dari pasar induk</a></p>' for n in range(4))
    script = (
        f'<script type="application/ld+json">{{"@type": "ItemList", "itemListElement": [{items}]}}</script>'
    )
    assert len(read(script + rows)) == 4
    with pytest.raises(NotAFeed):
        read(rows.replace("Kabar dari pasar induk", "Pasar"))


def test_menus_paid_links_and_other_sites_are_left_out() -> None:
    good = "".join(
        f'<h3><a href="/2026/11/25/kabar-ekonomi-{n}">Kabar ekonomi nomor {n} hari ini</a></h3>'
        for n in "123"
    )
    bad = """<h3><a rel="sponsored" href="/2026/11/25/ini-iklan-berbayar">Ini iklan berbayar yang panjang</a></h3>
    <h3><a href="https://lain.example/2026/11/25/kabar-ekonomi-9">Kabar ekonomi dari tempat lain</a></h3>
    <h3><a href="/2026/11/25/foto.jpg">Sebuah gambar besar dengan judul panjang</a></h3>
    <h3><a href="mailto:a@warta.example">Kirim surat kepada redaksi kami di sini</a></h3>
    <p><a href="/kebijakan">Kebijakan</a> <a href="javascript:void(0)">Muat lebih banyak berita lagi</a></p>"""
    assert links(read(good + bad)) == [f"/2026/11/25/kabar-ekonomi-{n}" for n in "123"]


def test_subdomains_are_the_same_site_and_neighbours_are_not() -> None:
    assert same_site("https://bisnis.warta.co.id/x", "https://www.warta.co.id/")
    assert not same_site("https://lain.co.id/x", "https://warta.co.id/")
    assert not same_site("http://127.0.0.1:81/x", "http://127.0.0.1:80/")


@pytest.mark.parametrize(
    "main",
    [
        "",
        "<p>Tidak ada apa-apa.</p>",
        '<a href="/2026/11/25/kabar-ekonomi-satu">Kabar ekonomi nomor satu hari ini</a>' * 9,
        "".join(f'<a href="/topik/{n}">Topik pilihan pembaca {n}</a>' for n in range(20)),
        "".join(
            f'<a href="/{word}">{word}</a>' for word in ("masuk", "daftar", "bantuan", "karier", "iklan")
        ),
    ],
)
def test_a_page_without_articles_is_no_section(main: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(main)
    assert refused.value.reason == "no_articles"


def test_only_a_section_may_be_a_web_page() -> None:
    with pytest.raises(NotAFeed) as refused:
        read_source(FRAME.encode(), kind="feed", url=URL)
    assert refused.value.reason == "html"


@settings(max_examples=examples(100), deadline=None)
@given(st.text(alphabet="<>/=\"' abchrefdiv\0\ud800é日", max_size=300))
def test_any_soup_is_a_section_or_none(soup: str) -> None:
    try:
        entries = read_source(
            f"<html>{soup}".encode("utf-8", "replace"), kind="section", url=URL, content_type="text/html"
        ).entries
    except NotAFeed:
        return
    assert all(entry.link.startswith("https://www.warta.example/") for entry in entries)
