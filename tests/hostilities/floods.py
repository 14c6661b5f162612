"""Much of one thing: tags, attributes, text, data."""

import base64
import random

from tests.hostilities.catalogue import MB, Place, kind, page, repeated


@kind(sentence=None)
def empty(place: Place) -> bytes:
    return b""


@kind(sentence=None)
def only_white_space(place: Place) -> bytes:
    return b" \n\t" * 300_000


@kind(sentence=None)
def random_bytes(place: Place) -> bytes:
    return random.Random(5).randbytes(5 * MB)


@kind(sentence=None)
def random_bytes_in_markup(place: Place) -> bytes:
    return b"<html><body><p>" + random.Random(6).randbytes(3 * MB) + b"</p></body></html>"


repeated("50 MB of paragraphs", "<p>Kata demi kata.</p>", 50 * MB // 22, heavy=True)
repeated("100k nested div", "<div>", 100_000)
repeated("100k nested and closed span", "<span>" * 50_000 + "</span>" * 50_000, 1)
repeated("100k unclosed b and a", "<b><a href='/x'>", 50_000)
repeated("100k unclosed p in font", "<font><p>", 50_000)
repeated(
    "200k links", "<a href='/berita/%d'>Berita nomor %d</a> ".replace("%d'", "x'"), 200_000, numbered=True
)
repeated(
    "200k links in lists",
    "<ul><li><a href='/b/x'>Berita lain hari ini dari desa</a></li></ul>",
    200_000,
    heavy=True,
)
repeated("1M attributes", "<p " + " ".join(f"a{n}=1" for n in range(200)) + ">x</p>", 5_000, heavy=True)
repeated("a million less-than signs", "<", 1_000_000)
repeated("a million less-than signs with spaces", "< ", 500_000)
repeated("500k tag openings", "<a", 500_000)
repeated("300k end tags", "</div>", 300_000)
repeated("a million entities", "&amp;", 1_000_000)
repeated("500k unknown entities", "&bogus", 500_000)
repeated("100k br", "<br>", 100_000)
repeated("100k br in text", "satu<br>", 100_000)
repeated("100k one-word paragraphs", "<p>kata</p>", 100_000)
repeated("100k empty elements", "<i></i>", 100_000)
repeated("100k headings", "<h1>Judul</h1>", 100_000)
repeated("100k nested tables", "<table><tr><td>", 30_000)
repeated("100k table cells", "<table><tr>" + "<td>1</td>" * 100 + "</tr></table>", 1_000)
repeated("50k nested lists", "<ul><li>", 50_000)
repeated("50k nested blockquotes", "<blockquote>", 50_000)
repeated("50k forms", "<form><input><select><option>x</select>", 50_000)
repeated("50k nested articles", "<article><section>", 25_000)
repeated("100k images", "<img src='/g/x.jpg' alt='gambar'>", 100_000)
repeated("100k figures", "<figure><img src='/g.jpg'><figcaption>Gambar</figcaption></figure>", 50_000)
repeated("50k by-lines", "<span class='author'>by by by</span>", 50_000)
repeated("50k times", "<time datetime='2026-11-25T08:00:00+07:00' class='published'>x</time>", 50_000)
repeated("50k microdata items", "<span itemprop='keywords'>kata</span>", 50_000)
repeated("20k dates in text", "<p>25 November 2026, 08:00 WIB</p>", 20_000)
repeated("100k metas", "<meta name='keywords' content='satu, dua'>", 100_000, head=True)
repeated("100k metas of many names", "<meta property='x:%d' content='y'>", 100_000, head=True, numbered=True)
repeated(
    "100k JSON-LD scripts",
    '<script type="application/ld+json">{"@type":"Thing"}</script>',
    100_000,
    head=True,
)
repeated("100k links of the head", "<link rel='alternate' href='/x'>", 100_000, head=True)
repeated("50k iframes", "<iframe src='/x'></iframe>", 50_000)
repeated("100k comments", "<!-- x -->", 100_000)
repeated("50k opened comments", "<!--", 50_000)
repeated("50k declarations", "<!x ", 50_000)
repeated("50k processing instructions", "<?x ", 50_000)
repeated("50k CDATA sections", "<![CDATA[", 50_000)
repeated("10k doctypes", "<!DOCTYPE html><html><body>", 10_000)
repeated("svg in svg", "<svg><g>", 50_000)
repeated("math and templates", "<math><mi>x</mi></math><template><p>x</p></template>", 30_000)
repeated("20k base64 images", "<img src='data:image/png;base64," + "A" * 1_000 + "'>", 20_000, heavy=True)


@kind(heavy=True)
def one_text_node_of_50_MB(place: Place) -> str:
    return page("kata " * (10 * MB), place)


@kind(heavy=True)
def one_CJK_text_node_of_24_MB(place: Place) -> str:
    return page("新聞記事" * (2 * MB), place)


@kind()
def one_word_of_5_MB(place: Place) -> str:
    return page("<p>" + "x" * (5 * MB) + "</p>", place)


@kind()
def one_tag_with_200k_attributes(place: Place) -> str:
    return page("<div " + " ".join(f"a{n}='{n}'" for n in range(200_000)) + "></div>", place)


@kind()
def class_attribute_of_2_MB(place: Place) -> str:
    return page(f"<div class='{'kelas ' * 333_000}'></div>", place)


@kind()
def article_class_of_2_MB(place: Place) -> str:
    return page("", place).replace("<article>", f"<article class='{'kelas ' * 333_000}'>")


@kind()
def id_and_title_attributes_of_5_MB(place: Place) -> str:
    return page(f"<a href='/x' id='{'author ' * 700_000}' title=\"{'by ' * 100_000}\">x</a>", place)


@kind()
def unclosed_attribute(place: Place) -> str:
    return page('<a href="', "before") if place != "after" else page('<a href="' + "x" * MB, "after")


@kind()
def image_of_20_MB_in_base64(place: Place) -> str:
    return page(f"<img src='data:image/png;base64,{'iVBORw0K' * (20 * MB // 8)}'>", place)


@kind()
def comment_of_10_MB(place: Place) -> str:
    return page(f"<!-- {'- > -- x ' * MB} -->", place)


@kind()
def script_of_10_MB(place: Place) -> str:
    return page(f"<script>var x = [{'1, ' * (3 * MB)}];</script>", place)


@kind()
def style_of_5_MB(place: Place) -> str:
    return page(f"<style>{'.a > b { color: red } ' * 230_000}</style>", place)


@kind()
def application_state_of_7_MB(place: Place) -> str:
    piece = '{"type":"paragraph","html":"<p>Bukan artikel, melainkan keadaan aplikasi.</p>"},'
    return page(f"<script id='__DATA__' type='application/json'>[{piece * 90_000}]</script>", place)


@kind(heavy=True)
def bidi_and_zero_width_marks(place: Place) -> str:
    return page("<p>" + "\u202e\u200b\u2066\ufeff\u200f" * 100_000 + "</p>", place)


@kind(heavy=True)
def half_a_million_emoji(place: Place) -> str:
    return page("<p>" + "👨‍👩‍👧‍👦" * 70_000 + "</p>", place)


@kind()
def base64_in_the_text(place: Place) -> str:
    return page(f"<p>{base64.b64encode(random.Random(7).randbytes(2 * MB)).decode()}</p>", place)


@kind()
def base_without_end(place: Place) -> str:
    return page("", place, head=f"<base href='https://{'a' * MB}.example/'><base href='http://[::1'>")


@kind()
def canonical_of_2_MB(place: Place) -> str:
    return page("", place, head=f"<link rel='canonical' href='https://www.warta.example/{'a/' * MB}'>")


@kind()
def title_of_5_MB(place: Place) -> str:
    return page("", place, head=f"<meta property='og:title' content='{'judul ' * 400_000}'>").replace(
        "<title>", f"<title>{'judul ' * 400_000}"
    )


@kind(sentence=None)
def quirks_of_everything(place: Place) -> str:
    dice, pieces = random.Random(8), ("<p", "<a href=", "'", '"', ">", "</", "<!--", "-->", "<script>", "]]>")
    junk = "".join(
        dice.choice((*pieces, "&", ";", " x ", "</p>", "</script>", "<td>", "=")) for _ in range(50_000)
    )
    return page(junk + "'>\"></script>-->", place)
