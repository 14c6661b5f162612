"""Linear checks before parsing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.guard import MAX_ATTRIBUTES, drop_scripts, flatten, trim_attributes
from spiders.readers.lighten import MAX_CHARACTERS, MAX_TAGS, Light, lighten, unswallow
from spiders.readers.silent import drop_silent
from spiders.readers.tree import parse_html, parse_page


def lightened(page: str) -> Light:
    return lighten(page.encode())


def without_silent(page: str) -> tuple[str, bool]:
    left, doubtful = drop_silent(page.encode())
    return left.decode(), doubtful


def tag(count: int, form: str = 'a{}="1"') -> str:
    return "<div " + " ".join(form.format(number) for number in range(count)) + ">"


def test_an_overloaded_tag_keeps_its_name() -> None:
    page = f"<p>before</p>{tag(MAX_ATTRIBUTES + 1)}inside</div>"
    assert trim_attributes(page) == ("<p>before</p><div>inside</div>", 1)


def test_attributes_may_be_written_in_any_way() -> None:
    for form in ("a{}=1", "a{}", "a{}='>'", 'a{}="<b>"', "a{} = x", "{}=//x", "a{}='\n'"):
        text, trimmed = trim_attributes(tag(300, form) + "x")
        assert (text, trimmed) == ("<div>x", 1), form


@pytest.mark.parametrize(
    "before", ["", '<p class="a"">', "<br/>" * 300, '<a b=c"d">', "2 < 3 ", '<p title="a > b">']
)
def test_an_overloaded_tag_is_found_behind_any_other(before: str) -> None:
    page = f"<p>a</p>{before}{tag(300)}<p>b</p>{tag(300, 'a{}')}x"
    assert trim_attributes(page) == (f"<p>a</p>{before}<div><p>b</p><div>x", 2)


def test_what_stands_behind_a_stray_quote_are_attributes() -> None:
    many = " ".join(f"a{number}" for number in range(300))
    assert trim_attributes(f'<div "{many}">x') == ("<div>x", 1)


def test_ordinary_tags_are_left_alone() -> None:
    page = f'{tag(MAX_ATTRIBUTES)}<img src="data:{"x" * 100_000}" alt="1 < 2 > 1"><p>{"kata " * 5000}</p>'
    assert trim_attributes(page) == (page, 0)


def test_heaps_of_open_tags_and_quotes_take_one_pass() -> None:
    for piece in ("<a ", '<a "', "<a b='", "<a b=", "< a", "<a=", "<a/", '<a b="<'):
        text, _ = trim_attributes(piece * 100_000)
        assert text.startswith("<")


def test_flattened_markup_keeps_its_text() -> None:
    assert flatten("<div><div class=x><p>Satu <b>dua</b></p></div></div>").split() == [
        "<p>Satu",
        "dua",
        "</p>",
    ]


@given(st.text("<>ab =\"'/\n", max_size=200))
def test_small_documents_never_change(text: str) -> None:
    assert trim_attributes(text) == (text, 0)


class TestLighten:
    def test_what_is_not_absurd_stays_as_it_is(self) -> None:
        page = "<html><body>" + "<div><a href='/x'>tautan</a> <b>kata</b></div>" * 3_000 + "</body></html>"
        assert lightened(page) == Light(page)

    def test_the_middle_of_a_heap_of_bare_tags_goes(self) -> None:
        light = lightened("<p>Satu kalimat di awal.</p>" + "<div><i>x</i>" * 40_000 + "<p>Satu di akhir.</p>")
        assert light.text.startswith("<p>Satu kalimat di awal.</p>")
        assert light.text.endswith("<p>Satu di akhir.</p>")
        assert light.text.count("<") <= MAX_TAGS
        assert not light.cut

    def test_of_rows_of_links_nothing_stays(self) -> None:
        link = (
            "<li><a href='/x'>Judul yang lebih panjang daripada enam puluh huruf, tanpa isi apa pun</a></li>"
        )
        light = lightened(f"<ul>{link * 20_000}</ul><p>Artikel.</p>")
        assert len(light.text) < 1_000
        assert "Artikel." in light.text

    def test_of_too_large_pages_both_ends_are_read(self) -> None:
        line = "<p>Sebuah paragraf yang cukup panjang untuk menjadi bagian dari sebuah artikel, dan lain.</p>"
        light = lightened("<p>awal</p>" + line * 120_000 + "<p>akhir</p>")
        assert light.cut
        assert "awal" in light.text
        assert "akhir" in light.text
        assert len(light.text) <= MAX_CHARACTERS + 10

    def test_data_and_heavy_scripts_go(self) -> None:
        data = f"<img src='data:image/png;base64,{'A' * 300_000}'>"
        light = lightened(f"<p>satu</p>{data}<script>{'x = 1; ' * 200_000}</script><p>dua</p>")
        assert light.text == "<p>satu</p><img src='data:image/png;base64,'><p>dua</p>"


class TestUnswallow:
    def test_an_unclosed_start_goes(self) -> None:
        rest = "<p>satu</p><p>dua</p><p>tiga</p>"
        for start in ("<script>", "<style type=x>", "<!--", "<textarea>", "<title>", "<a href='", '<a x="'):
            assert unswallow(start + rest) == rest, start

    def test_scripts_and_comments_that_are_closed_hide_nothing(self) -> None:
        assert unswallow("<script>'<p><p><p>'</script><!-- <p><p><p> --><p>satu</p>") is None


def test_scripts_are_found_behind_letters_that_grow_in_lower_case() -> None:
    assert drop_scripts("İİİİ<SCRIPT>abc</SCRIPT>x", over=0) == ("İİİİ<SCRIPT></SCRIPT>x", 1)


def test_a_document_of_attributes_beyond_measure_keeps_few() -> None:
    tags = "".join(f"<p {' '.join(f'a{n}=1' for n in range(20))}>x</p>" for _ in range(6_000))
    assert trim_attributes(tags) == ("<p>x</p>" * 6_000, 6_000)


@pytest.mark.parametrize("start", ["<\0div", "<\x1f\0div", "<div x=\0'>'", "<div b'c d='>'"])
def test_nothing_hides_an_overloaded_tag_from_the_guard(start: str) -> None:
    tree, _ = parse_html(f"<p>One.</p>{start} {' '.join(f'a{number}' for number in range(300))}>Two.</div>")
    assert [len(element.attrib) for element in tree.iter("div")] == [0]


class TestSilent:
    """What says nothing of the article goes before the parser sees it."""

    @pytest.mark.parametrize(
        "markup",
        [
            "<script>var a = 1 < 2;</script>",
            "<STYLE>p { color: red }</Style >",
            "<!-- <p>An older text.</p> -->",
            "<!--><svg><path d='M0 0'/></svg>",
            "<script src='https://example.org/a.js'></script><!-- <script> -->",
            "<script>document.write('</scripts>')</script\t>",
            "<svg class=a /><svg><path d='M0 0'/></svg>",
        ],
    )
    def test_it_goes_and_the_text_stays(self, markup: str) -> None:
        assert without_silent(f"<p>One.</p>{markup}<p>Two.</p>")[0] == "<p>One.</p><p>Two.</p>"

    @pytest.mark.parametrize(
        "script",
        [
            '<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
            '<script id="__NEXT_DATA__" type="application/json">{"a": "<p>Text.</p>"}</script>',
            '<script>self.__next_f.push([1, "text"])</script>',
            '<script>dataLayer.push({"author": "A. Person"});</script>',
        ],
    )
    def test_what_tells_of_the_article_stays(self, script: str) -> None:
        assert without_silent(f"<p>One.</p>{script}<p>Two.</p>")[0] == f"<p>One.</p>{script}<p>Two.</p>"

    @pytest.mark.parametrize("start", ["<script>", "<style media=x>", "<!-- ", "<svg>"])
    def test_what_is_never_closed_swallows_nothing(self, start: str) -> None:
        text = f"<p>One.</p>{start}<p>Two.</p>"
        assert without_silent(text)[0] == text

    def test_a_drawing_that_ends_where_it_begins_swallows_nothing(self) -> None:
        assert without_silent("<svg id=a /><p>One.</p><svg></svg><p>Two.</p>")[0] == "<p>One.</p><p>Two.</p>"

    @given(
        st.lists(
            st.sampled_from(["<script>", "</script>", "<!--", "-->", "<p>", "a b", "<svg/>", "</style>"])
        )
    )
    def test_nothing_is_added(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        assert len(without_silent(text)[0]) <= len(text)

    @given(
        st.lists(
            st.sampled_from(
                [
                    *(
                        "<",
                        ">",
                        " a",
                        " b=",
                        '"',
                        "'",
                        '="x"',
                        "/",
                        "t",
                        "<!--",
                        "-->",
                        "<script>",
                        "<script ",
                    ),
                    *("</script>", "json", "<p>", '<p class="x">', "<a", "='>'", '="<b>"', "<svg", "<title>"),
                ]
            ),
            min_size=2,
            max_size=12,
        ),
        st.integers(0, 6),
    )
    def test_overloaded_tags_are_never_passed_over(self, pieces: list[str], before: int) -> None:
        text, doubtful = without_silent("".join(pieces[:before]) + "".join(pieces[before:]) * 300)
        assert doubtful or trim_attributes(text) == (text, 0)


class TestEncodings:
    """Pages are decoded when what says nothing is out of them."""

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "gb18030"]
    )
    def test_any_is_read(self, encoding: str) -> None:
        words = "今天的市场报告说价格上涨" if encoding == "gb18030" else "Größe"
        page = f"<html><head><meta charset='{encoding}'></head><body><script>x</script><p>{words} {words}</p>"
        assert parse_page(page.encode(encoding)).tree.findtext(".//p") == f"{words} {words}"

    def test_escapes_of_japanese_mail_are_read(self) -> None:
        page = "<meta charset=iso-2022-jp><p>市場</p>".encode("iso2022_jp")
        assert parse_page(page).tree.findtext(".//p") == "市場"

    def test_the_charset_of_the_answer_counts_for_what_is_no_utf8(self) -> None:
        page = "<p>Łódź</p>".encode("cp1250")
        assert parse_page(page, "text/html; charset=windows-1250").tree.findtext(".//p") == "Łódź"

    def test_bytes_of_another_encoding_in_a_silent_script_make_no_difference(self) -> None:
        page = b"<meta charset=cp1250><script>'\xf3\xf3\xf3'</script>" + "<p>Łódź</p>".encode()
        assert parse_page(page).tree.findtext(".//p") == "Łódź"
