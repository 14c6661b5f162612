"""A page is cut into blocks, and each block knows where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from spiders.readers.body import segment as cutting
from spiders.readers.body.places import PLACES, tag_of
from spiders.readers.body.segment import FAR, Blocks, TooManyElements, clear_furniture, segment
from spiders.readers.tree import parse_html


def cut(body: str) -> Blocks:
    tree, _ = parse_html(f"<html><head><title>t</title></head><body>{body}</body></html>")
    return segment(tree)


def distance(blocks: Blocks, at: int, place: str) -> int:
    return blocks.standings[blocks.owners[at]].distances[PLACES.index(place)]


def test_blocks_are_runs_of_text_with_one_owner() -> None:
    blocks = cut("<div>Satu <b>dua</b> tiga<p>empat  <a href=x>lima</a>\n enam</p>tujuh</div><p> </p>")
    assert blocks.texts == ["Satu dua tiga", "empat lima enam", "tujuh"]
    assert [blocks.tags[owner].name for owner in blocks.owners] == ["div", "p", "div"]
    assert blocks.owners[0] == blocks.owners[2]
    assert (blocks.linked, blocks.bold) == ([0, 4, 0], [3, 0, 0])


def test_line_breaks_part_long_runs_only() -> None:
    long = "kata " * 20
    assert cut("<p>satu<br>dua</p>").texts == ["satu\ndua"]
    assert cut(f"<div>{long}<br>dua</div>").texts == [long.strip(), "dua"]
    assert cut(f"<p>{long}<br>dua</p>").texts == [f"{long.strip()}\ndua"]
    assert cut(f"<p>{long}<br class='x'><br/>dua</p>").texts == [long.strip(), "dua"]


def test_entities_and_angle_brackets_are_text() -> None:
    assert cut("<p title='a>b'>1 &lt; 2 &amp;amp; 3 &gt; 2</p>").texts == ["1 < 2 &amp; 3 > 2"]


@pytest.mark.parametrize(
    "hidden",
    [
        *("<script>var x = 'kata'</script>", "<style>p{}</style>", "<button>Klik</button>", "<!-- x -->"),
        *("<svg><text>x</text></svg>", '<span class="sr-only">opens new tab</span>'),
        '<span style="border:0;clip:rect(0 0 0 0);position:absolute;width:1px">, opens new tab</span>',
        '<span style="display: none">x</span>',
    ],
)
def test_what_nobody_sees_is_no_text(hidden: str) -> None:
    assert cut(f"<p>satu {hidden}dua</p>").texts == ["satu dua"]


def test_a_block_knows_the_places_around_it() -> None:
    blocks = cut('<article><div class="related-posts"><ul><li>satu</li></ul></div><p>dua</p></article>')
    assert [distance(blocks, 0, name) for name in ("article", "list", "named_related")] == [3, 1, 2]
    assert [distance(blocks, 1, name) for name in ("article", "list", "named_related")] == [1, FAR, FAR]


@pytest.mark.parametrize(
    ("markup", "places"),
    [
        ('div class="ArticleBody-main"', {"named_body", "named_content"}),
        ('div id="baca-juga"', {"named_related", "named_content"}),
        ('p class="wp-caption-text"', {"named_caption", "named_content"}),
        ('section class="share_bar"', {"section", "named_share"}),
        ('div hidden="hidden"', {"named_hidden"}),
        ('div style="color:red"', set()),
        ("aside", {"aside"}),
        ('body class="comments-open"', set()),
    ],
)
def test_names_tell_places(markup: str, places: set[str]) -> None:
    assert {PLACES[place] for place in tag_of(markup).places} == places


def test_a_heap_of_links_is_refused() -> None:
    with pytest.raises(TooManyElements):
        segment(html.document_fromstring("<a href='/x'>tautan</a> " * 40_000))


def test_too_many_tags_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MAX_TAGS", 100)
    with pytest.raises(TooManyElements):
        cut("<p>kata</p>" * 100)


def test_only_so_much_is_kept_of_where_elements_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_MAX_KEPT", 10)
    page = "<article><div class=body><ul><li>kata</ul></div></article>"
    before = [standing.distances for standing in cut(page).standings]
    for name in ("date", "share", "legal", "related", "comment", "tags"):
        cut(f"<div class={name}><section><div class={name}><p>kata</p></div></section></div>")
        assert len(cutting._kept) <= 10
    assert [standing.distances for standing in cut(page).standings] == before


MARKUP = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div class='a\"&lt;'>",
            "</div>",
            "<br>",
            "<a>",
            "</a>",
            "<td>",
            "x ",
            "&amp;",
            "<li>",
        ),
        *("<b>", "</b>", "< ", "<x<y>", "<x<>", "<a<", "é"),
    ]
)


@given(st.lists(MARKUP, max_size=60))
def test_any_markup_is_cut(pieces: list[str]) -> None:
    tree = html.document_fromstring(f"<html><body>{''.join(pieces)}x</body></html>")
    blocks = segment(tree)
    columns = (blocks.owners, blocks.linked, blocks.bold, blocks.italic, blocks.inner, blocks.breaks)
    assert {len(column) for column in columns} == {len(blocks.texts)}
    assert all(text == text.strip() and text for text in blocks.texts)
    assert len(blocks.parents) == len(blocks.tags) == len(blocks.standings)
    assert all(parent < at for at, parent in enumerate(blocks.parents) if at)


def cut_without_furniture(body: str) -> list[str]:
    tree, _ = parse_html(f"<html><head><title>t</title></head><body>{body}</body></html>")
    clear_furniture(tree)
    return segment(tree).texts


def test_menus_are_left_out_and_feet_but_for_their_first_words() -> None:
    page = (
        "<nav><ul><li><a href=/>Home</a></li></ul></nav>"
        "<article><p>Text.</p><footer><p>Sources.</p></footer></article>"
        f"<footer><p>Imprint</p> {'more ' * 100}</footer> after"
    )
    assert cut_without_furniture(page) == ["Text.", "Sources.", "Imprint" + " more" * 11, "after"]


def test_what_holds_the_headline_or_paragraphs_is_no_menu() -> None:
    paragraphs = "<p>One.</p><p>Two.</p><p>Three.</p>"
    assert cut_without_furniture(f"<nav><h1>Headline</h1></nav><nav>{paragraphs}</nav>")[1:] == [
        "One.",
        "Two.",
        "Three.",
    ]
    assert len(cut_without_furniture(f"<footer>{paragraphs}{paragraphs}</footer>")) == 6


def test_a_row_of_teasers_is_left_out_unless_it_stands_in_the_article() -> None:
    teasers = "<div>" + "<div><a href=/>Rice</a> today</div>" * 5 + "</div>"
    others = "<div>" + "<div>Rice</div>" * 5 + "</div>"
    assert cut_without_furniture(f"<main>{teasers}{others}</main>") == ["Rice"] * 5
    assert cut_without_furniture(f"<article>{teasers}</article>") == ["Rice today"] * 5


def test_asides_and_the_head_of_a_page_are_left_out() -> None:
    page = (
        "<header>Warta <p>Rabu</p></header><article><header>Kicker</header><p>Text.</p>"
        "<aside><p>Read also</p></aside><p>More.</p></article>"
        "<header><h1>Headline</h1></header><aside>" + "<p>Long.</p>" * 6 + "</aside>"
    )
    assert cut_without_furniture(page) == ["Kicker", "Text.", "More.", "Headline", *["Long."] * 6]


def test_long_lists_of_links_are_menus_unless_they_stand_in_the_article() -> None:
    menu = "<ul>" + "<li><a href=/>Home</a></li>" * 5 + "</ul>"
    plain = "<ul>" + "<li>Rice</li>" * 5 + "</ul>"
    assert cut_without_furniture(f"<div>{menu}</div>{plain}") == ["Rice"] * 5
    assert cut_without_furniture(f"<article>{menu}</article><main>{menu}</main>") == ["Home"] * 10
