"""Reading pages: fields and where they come from, text, what is refused, hostile input."""

import contextlib
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import NotAnArticle
from spiders.items import Document
from spiders.readers import page as page_reader
from spiders.readers.page import read_page
from tests.depth import examples

URL = "https://warta.example/2025/10/21/harga-beras-naik"
FETCHED = 1_761_100_000.0
TITLE = "Harga beras naik di tiga provinsi"
PARAGRAPHS = (
    "WartaIndonesia. Menteri Perdagangan mengatakan pada Selasa bahwa harga beras naik di tiga provinsi "
    "sejak pekan lalu karena panen tertunda.",
    "“Kami menyiapkan operasi pasar,” kata menteri itu seperti dikutip harian Suara Kota. Akun X "
    "“@pasar_kita,” melaporkan antrean panjang di Surabaya.",
    "Stok di gudang badan logistik cukup untuk tiga bulan, kata kepala badan itu dalam jumpa pers.",
    "Menteri mengatakan pada Selasa bahwa harga beras naik di tiga provinsi sejak pekan lalu akibat panen "
    "yang tertunda.",
    "Para pedagang berharap harga turun sebelum akhir bulan ini, setelah beras dari Sulawesi tiba di "
    "pelabuhan Tanjung Perak.(jhn/yn)",
)
BODY = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)
LD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2025-10-21T20:43:00+07:00",
    "dateModified": "2025-10-21T21:00:00+07:00",
    "author": [{"@type": "Person", "name": "Budi Santoso"}, {"@type": "Person", "name": "Siti Aminah"}],
    "publisher": {"@type": "Organization", "name": "Warta"},
    "description": "Panen tertunda.",
    "articleSection": "Ekonomi",
    "keywords": ["beras", "harga"],
    "image": {"@type": "ImageObject", "url": "/beras.jpg"},
    "isAccessibleForFree": False,
}


def html(head: str = "", body: str = BODY, lang: str = "id") -> str:
    return (
        f"<!DOCTYPE html><html lang='{lang}'><head><title>{TITLE} - Warta</title>{head}</head>"
        "<body><nav><a href='/'>Beranda</a><a href='/ekonomi'>Ekonomi</a></nav>"
        f"<article><h1>{TITLE}</h1>{body}</article><footer>Hak cipta Warta</footer></body></html>"
    )


def ld(**changes: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(LD | changes)}</script>'


def read(page: str | bytes, **given: object) -> Document:
    body = page if isinstance(page, bytes) else page.encode()
    return read_page(body, url=URL, requested_url=URL, fetched_at=FETCHED, **given)  # type: ignore[arg-type]


class TestStructured:
    def test_json_ld_gives_every_field(self) -> None:
        document = read(html(ld()))
        assert document.title == TITLE
        assert document.authors == ("Budi Santoso", "Siti Aminah")
        assert document.published == "2025-10-21T20:43:00+07:00"
        assert document.modified == "2025-10-21T21:00:00+07:00"
        assert document.publisher == "Warta"
        assert document.lead == "Panen tertunda."
        assert document.section == "Ekonomi"
        assert document.tags == ("beras", "harga")
        assert document.image_url == "https://warta.example/beras.jpg"
        assert document.paywalled is True
        assert document.language == "id"
        assert (document.url, document.requested_url, document.fetched_at) == (URL, URL, FETCHED)

    def test_every_field_names_its_source(self) -> None:
        provenance = read(html(ld())).provenance
        assert provenance == {
            "title": "json-ld",
            "authors": "json-ld",
            "published": "json-ld",
            "modified": "json-ld",
            "publisher": "json-ld",
            "lead": "json-ld",
            "section": "json-ld",
            "tags": "json-ld",
            "image_url": "json-ld",
            "language": "html",
            "text": "blocks",
        }

    def test_meta_and_opengraph(self) -> None:
        head = """<meta property="og:title" content="Harga beras &amp; gula naik">
          <meta property="og:site_name" content="Warta"><meta property="og:description" content="Panen.">
          <meta property="og:image" content="//img.warta.example/1.jpg">
          <meta property="og:url" content="/a?b=1"><meta name=news_keywords content="beras, gula">
          <meta name="Author" content="Oleh: Budi Santoso dan Siti Aminah">
          <meta property="article:published_time" content="2025-10-21T20:43+07:00">
          <meta property="article:section" content="Ekonomi">"""
        document = read(html(head))
        assert document.title == TITLE
        assert [offer.values[0] for offer in document.candidates["title"]] == [
            TITLE,
            "Harga beras & gula naik",
        ]
        assert document.authors == ("Budi Santoso", "Siti Aminah")
        assert document.published == "2025-10-21T20:43+07:00"
        assert document.image_url == "https://img.warta.example/1.jpg"
        assert document.canonical_url == "https://warta.example/a?b=1"
        assert (document.publisher, document.section, document.lead) == ("Warta", "Ekonomi", "Panen.")
        assert document.tags == ("beras", "gula")
        assert document.provenance["title"] == "h1"

    def test_what_readers_and_sharers_see_beats_the_headline_for_machines(self) -> None:
        head = ld(headline="Beras naik: ini 3 alasan") + f'<meta property="og:title" content="{TITLE}">'
        assert read(html(head)).title == TITLE

    def test_the_site_behind_a_title_goes(self) -> None:
        page = html().replace(f"<h1>{TITLE}</h1>", "")
        assert (
            read(page.replace("<head>", '<head><meta property="og:site_name" content="Warta">')).title
            == TITLE
        )
        assert read(page).title == TITLE, "the host is called so"
        assert read(page.replace("- Warta", "- Bahan pokok")).title == f"{TITLE} - Bahan pokok"

    def test_canonical_beats_og_url_and_the_base_counts(self) -> None:
        head = "<base href='https://m.warta.example/x/'><link rel='canonical' href='../a'>"
        assert (
            read(html(head + "<meta property='og:url' content='/b'>")).canonical_url
            == "https://m.warta.example/a"
        )
        assert read(html("<link rel=canonical href='javascript:1'>")).canonical_url is None

    @pytest.mark.parametrize(
        ("said", "paywalled"),
        [("true", False), ("False", True), (True, False), (None, None), ("maybe", None)],
    )
    def test_paywall(self, said: object, paywalled: bool | None) -> None:
        assert read(html(ld(isAccessibleForFree=said))).paywalled is paywalled

    @pytest.mark.parametrize(
        ("lang", "head", "language"),
        [
            ("id-ID", "", "id-ID"),
            ("en", "", None),
            ("nb-NO", "", None),
            ("", "", None),
            ("", '<meta http-equiv="content-language" content="id, en">', "id"),
            ("", '<meta property="og:locale" content="id_ID">', "id-ID"),
        ],
    )
    def test_language_is_what_the_page_says_unless_pages_say_it_by_habit(
        self, lang: str, head: str, language: str | None
    ) -> None:
        assert read(html(head, lang=lang)).language == language

    def test_broken_data_costs_nothing(self) -> None:
        head = '<script type="application/ld+json">{"@type": "NewsArticle", "image": [[[]]],</script>'
        odd = ld(headline={"x": 1}, author=[5, None, {"name": 7}], keywords={"a": 1}, datePublished=3)
        assert read(html(head + odd)).title == TITLE


class TestPeople:
    def test_organisations_stand_behind_people_of_the_page(self) -> None:
        head = ld(author={"@type": "Organization", "name": "Warta"})
        shown = read(html(head, f'<div class="byline">Oleh Rina Wati</div>{BODY}'))
        assert (shown.authors, shown.provenance["authors"]) == (("Rina Wati",), "byline")
        assert read(html(head)).authors == ("Warta",)

    def test_the_reporter_stands_before_the_editor(self) -> None:
        head = ld(author={"@type": "Person", "name": "Heryadi Putra"})
        editor = '<div class="info-author">Editor : Heryadi Putra</div>'
        body = f'<div class="author-2">Naufal Zuhdi</div>{BODY}{editor}'
        assert read(html(head, body)).authors == ("Naufal Zuhdi",)

    def test_addresses_are_no_people(self) -> None:
        head = '<meta property="article:author" content="https://www.facebook.com/warta">'
        assert read(html(head)).authors == ()


class TestDates:
    def test_a_full_time_beats_a_bare_day(self) -> None:
        head = ld(datePublished="2025-10-21") + '<meta name="pubdate" content="2025-10-21T20:43+07:00">'
        assert read(html(head)).published == "2025-10-21T20:43+07:00"

    def test_time_elements(self) -> None:
        times = (
            '<time datetime="2025-10-22" class="updated">x</time><time datetime="2025-10-21T20:43">y</time>'
        )
        document = read(html("", times + BODY))
        assert (document.published, document.provenance["published"]) == ("2025-10-21T20:43", "time")

    def test_microdata(self) -> None:
        body = f'<span itemprop="datePublished" content="2025-10-21T20:43+07:00">kemarin</span>{BODY}'
        assert read(html("", body)).published == "2025-10-21T20:43+07:00"

    def test_rdfa(self) -> None:
        body = (
            '<div vocab="http://schema.org/" typeof="NewsArticle"><span property="author" typeof="Person">'
            '<span property="name">Siti Aminah</span></span><b property="schema:articleSection">Ekonomi</b>'
            f'<time property="datePublished" content="2025-10-21T20:43+07:00">kemarin</time></div>{BODY}'
        )
        document = read(html('<meta property="schema:dateModified" content="2025-10-22T08:00+07:00">', body))
        assert (document.published, document.modified) == ("2025-10-21T20:43+07:00", "2025-10-22T08:00+07:00")
        assert (document.authors, document.section) == (("Siti Aminah",), "Ekonomi")

    def test_only_silent_pages_are_searched(self) -> None:
        document = read(html("", f'<div class="date">21 October 2025</div>{BODY}'))
        assert (document.published, document.provenance["published"]) == ("2025-10-21", "htmldate")

    def test_a_page_cannot_be_younger_than_its_fetch(self) -> None:
        page = html("", f'<div class="date">21 October 2025</div>{BODY}').encode()
        plain = "https://warta.example/harga"
        document = read_page(page, url=plain, requested_url=plain, fetched_at=1_600_000_000.0)
        assert document.provenance["published"] == "printed", "htmldate does not believe it"


class TestText:
    def test_paragraphs_in_order_without_the_headline(self) -> None:
        document = read(html())
        assert document.text == "\n\n".join(PARAGRAPHS)
        assert document.text_source == "page"

    def test_what_repeats_what_credits_and_what_signs_stays(self) -> None:
        text = read(html()).text
        assert text.count("harga beras naik di tiga provinsi") == 2
        assert text.startswith("WartaIndonesia.")
        assert text.endswith(".(jhn/yn)")
        assert "“@pasar_kita,”" in text

    def test_what_is_left_out_leaves_a_trace(self) -> None:
        related = '<p>Baca juga: <a href="/lain">Panen raya mundur sampai akhir tahun</a></p>'
        document = read(html("", BODY + related + f"<p>{PARAGRAPHS[2]} Lagi.</p>"))
        assert "Baca juga" not in document.text
        assert any("Baca juga" in block for block in document.left_out)

    def test_lists_tables_and_quotes_are_kept(self) -> None:
        extra = (
            "<ul><li>Beras naik sepuluh persen di Jawa Timur</li><li>Gula turun dua persen di Bali</li></ul>"
            "<blockquote><p>Kami menunggu kapal, kata pedagang itu kepada wartawan.</p></blockquote>"
        )
        text = read(html("", BODY + extra + f"<p>{PARAGRAPHS[2]} Lagi.</p>")).text
        assert "- Beras naik sepuluh persen di Jawa Timur\n- Gula turun dua persen di Bali" in text
        assert "Kami menunggu kapal" in text

    def test_a_dateline_outside_the_paragraphs_comes_back_to_the_first(self) -> None:
        body = f"<div class='detail__body'><strong>Jakarta</strong> - {BODY}<strong>(rw/jhn)</strong></div>"
        text = read(html("", body)).text
        assert text.startswith(f"Jakarta - {PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}")
        assert text.endswith("\n\n(rw/jhn)")

    def test_line_breaks_part_long_paragraphs(self) -> None:
        pointer = 'Baca Juga: <a href="/x">Kios terbakar di pasar lama kota itu</a>'
        body = "<div class='isi'>" + "<br><br>".join([*PARAGRAPHS[:2], pointer, *PARAGRAPHS[2:]]) + "</div>"
        document = read(html("", body))
        assert document.text == "\n\n".join(PARAGRAPHS)
        assert any(block.startswith("Baca Juga") for block in document.left_out)

    def test_furniture_of_large_papers(self) -> None:
        between = (
            "<div class='parallaxindetail'><div>ADVERTISEMENT</div><div>SCROLL TO CONTINUE WITH CONTENT</div>"
            "</div><table><tr><td><strong>Baca juga:</strong><br><a href='/1'>Kios terbakar di pasar lama</a>"
            "</td></tr></table><p><strong>[Gambas:Video]</strong></p>"
        )
        paragraphs = BODY.split("\n")
        body = "".join([*paragraphs[:2], between, *paragraphs[2:]])
        assert read(html("", body)).text == "\n\n".join(PARAGRAPHS)

    def test_links_inside_sentences_keep_their_spaces(self) -> None:
        body = BODY + "<p>Harga naik, <a href='/a'>kata menteri</a> itu.</p>"
        assert "Harga naik, kata menteri itu." in read(html("", body)).text

    def test_structured_text_steps_in_when_the_page_holds_little(self) -> None:
        full = "\n\n".join(PARAGRAPHS)
        document = read(html(ld(articleBody=full), f"<p>{PARAGRAPHS[0]}</p>"))
        assert (document.text, document.text_source) == (full, "structured")
        assert document.provenance["text"] == "json-ld"

    def test_a_page_with_data_alone_is_a_document(self) -> None:
        document = read(html(ld(), ""))
        assert (document.text, document.title) == ("", TITLE)
        assert "text" not in document.provenance

    def test_truncation(self) -> None:
        assert not read(html()).truncated
        assert read(html(), truncated=True).truncated
        assert read(html().partition("</article>")[0]).truncated

    def test_documents_cross_processes(self) -> None:
        document = read(html(ld()))
        assert pickle.loads(pickle.dumps(document)) == document

    def test_reading_twice_gives_the_same(self) -> None:
        assert read(html(ld())) == read(html(ld()))


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty_page"),
            (b" \n", "empty_page"),
            (b"<html></html>", "empty_page"),
            (b"<!-- nothing -->", "empty_page"),
            (b"%PDF-1.7 x", "pdf"),
            (b"\x89PNG\r\n\x1a\n", "image"),
            (b"PK\x03\x04" + bytes(range(256)) * 8, "binary"),
            (b'{"a": 1}', "binary"),
            (b"<rss version='2.0'><channel/></rss>", "feed"),
        ],
    )
    def test_what_is_no_page(self, body: bytes, reason: str) -> None:
        with pytest.raises(NotAnArticle) as refused:
            read(body, content_type="text/html")
        assert refused.value.reason == reason
        assert refused.value.url == URL

    def test_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_reader, "MAX_BYTES", 100)
        with pytest.raises(NotAnArticle) as refused:
            read(html())
        assert refused.value.reason == "oversize"


class TestHostile:
    @pytest.mark.parametrize(
        "page",
        [
            html("", "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + f">x</div>{BODY}"),
            html("", "<div " + " ".join(f'a{n}=">"' for n in range(50_000)) + f">{BODY}</div>"),
            html("", "<div>" * 3_000 + BODY + "</div>" * 3_000),
            html("", "<div>" * 50_000 + BODY + "</div>" * 50_000),
            html("", "<b>" * 50_000 + BODY),
            html("", f'<div class="{"x " * 500_000}">{BODY}</div>'),
            html("", BODY + "<script>" + "x" * 9_000_000 + "</script>"),
            html('<script type="application/ld+json">' + "[" * 100_000 + "</script>"),
            html('<script type="application/ld+json">{"a":"' + "x" * 9_000_000 + '"}</script>'),
            html().replace("harga", "har\x00\x01ga"),
            html("", BODY + "<!--" * 100_000),
            html("", BODY + "<![CDATA[" * 100_000),
            html("", "<p>" + "&lt;" * 100 + "&#0;&#xD800;</p>" + BODY),
            html('<meta property="og:title" content="' + "&lt;script " * 50_000 + '">'),
        ],
        ids=lambda page: f"{len(page)} characters",
    )
    def test_the_text_is_still_found(self, page: str) -> None:
        assert PARAGRAPHS[2] in read(page).text

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-8-sig"])
    def test_encodings(self, codec: str) -> None:
        assert PARAGRAPHS[1] in read(html().encode(codec)).text

    def test_a_wrong_label(self) -> None:
        page = html('<meta charset="windows-1252">').encode()
        assert PARAGRAPHS[1] in read(page, content_type="text/html; charset=iso-8859-1").text

    def test_no_control_character_comes_out(self) -> None:
        document = read(
            html("<meta property=og:title content='a&#1;b\x02c'>", BODY.replace("harga", "har\x00\x1bga"))
        )
        for value in (document.title or "", document.text):
            assert not any(ord(character) < 32 and character != "\n" for character in value)

    def test_values_are_bounded(self) -> None:
        many = [{"@type": "Person", "name": f"Nama Orang{'x' * 500} {n}"} for n in range(500)]
        document = read(html(ld(headline="x" * 9000, author=many, keywords=[f"t{n}" for n in range(500)])))
        assert len(document.title or "") <= 1000
        assert len(document.authors) <= 64
        assert len(document.tags) == 64


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "text/html; charset=gbk"]))
def test_bytes_are_a_page_or_none(body: bytes, content_type: str) -> None:
    with contextlib.suppress(NotAnArticle):
        assert read(body, content_type=content_type).url == URL


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 1500), st.integers(0, 60), st.binary(max_size=12))
def test_a_damaged_page_is_read_or_refused(at: int, cut: int, noise: bytes) -> None:
    page = html(ld()).encode()
    with contextlib.suppress(NotAnArticle):
        read(page[:at] + noise + page[at + cut :]).text.encode("utf-8")


def test_warming_reads_a_page() -> None:
    page_reader.warm()
