"""Lists of sources as programs and people write them: OPML of every making, tables, plain addresses."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spiders.errors import NotAList
from spiders.readers.listed import Listed, Listing
from spiders.readers.lists import read_list


def read(text: str | bytes) -> Listing:
    return read_list(text.encode() if isinstance(text, str) else text, name="x")


def opml(outlines: str, *, start: str = '<opml version="2.0"><head><title>x</title></head><body>') -> Listing:
    return read(f"{start}\n{outlines}\n</body></opml>")


def one(outlines: str) -> Listed:
    (line,) = opml(outlines).lines
    return line


def test_an_outline_is_a_source_with_its_line() -> None:
    listing = read(
        '<?xml version="1.0"?>\n<opml version="1.1">\n<head/>\n<body>\n'
        '<outline type="rss" text="A &amp; B" xmlUrl="https://a.example/f?x=1&amp;y=2"\n htmlUrl="https://a.example/"'
        ' language="id"/>\n</body></opml>'
    )
    (line,) = listing.lines
    assert (line.url, line.title, line.line) == ("https://a.example/f?x=1&y=2", "A & B", 6)
    assert line.values == {"language": "id", "site_url": "https://a.example/"}
    assert (listing.format, listing.notes) == ("opml", ())


def test_folders_and_categories_become_tags_each_once() -> None:
    line = one(
        '<outline text="News"><outline title=" South  Asia "><outline text="A" xmlUrl="https://a.example/f"'
        ' category="/news/economy,Jakarta"/></outline></outline>'
    )
    assert line.tags == ("News", "South Asia", "economy", "Jakarta")
    after = opml(
        '<outline text="In"><outline xmlUrl="https://a.example/1"/></outline><outline xmlUrl="https://a.example/2"/>'
    )
    assert [line.tags for line in after.lines] == [("In",), ()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("feed://a.example/f", "http://a.example/f"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("feed://https://a.example/f", "https://a.example/f"),
        ("FEED:http://a.example/f", "http://a.example/f"),
        ("a.example/f", "a.example/f"),
    ],
)
def test_feed_addresses(written: str, meant: str) -> None:
    assert one(f'<outline xmlUrl="{written}"/>').url == meant


@pytest.mark.parametrize(
    ("outline", "title"),
    [
        ('<outline text="T" title="N" xmlUrl="http://a.example/f"/>', "N"),
        ('<outline text="T" xmlUrl="http://a.example/f"/>', "T"),
        ('<outline TITLE="N" XMLURL="http://a.example/f"/>', "N"),
        ('<outline title="http://a.example/f" text="N" xmlUrl="http://a.example/f"/>', "N"),
        ('<outline text="http://a.example/f" description="N" xmlUrl="http://a.example/f"/>', "N"),
        ('<outline text="T" description="N" xmlUrl="http://a.example/f"/>', "T"),
        ('<outline xmlUrl="http://a.example/f"/>', None),
    ],
)
def test_what_a_source_is_called(outline: str, title: str | None) -> None:
    assert one(outline).title == title


def test_a_site_without_a_feed_keeps_its_address_and_a_remark_is_nothing() -> None:
    lines = opml(
        '<outline text="A" htmlUrl="https://a.example/"/><outline type="link" text="B" url="https://b.example/"/>'
        '<outline text="only words"/><outline isComment="true"><outline xmlUrl="https://c.example/"/></outline>'
    ).lines
    assert [(line.url, line.page) for line in lines] == [
        ("", "https://a.example/"),
        ("", "https://b.example/"),
    ]


def test_no_body_wrong_encoding_and_bad_xml_are_read_all_the_same() -> None:
    bare = read('<opml version="1.0"><outline text="A" xmlUrl="https://a.example/f"/></opml>')
    assert [line.url for line in bare.lines] == ["https://a.example/f"]
    assert any("no body" in note for note in bare.notes)
    lying = '<?xml version="1.0" encoding="utf-8"?><opml><body><outline text="Müller" xmlUrl="https://a.example/f"/>'
    assert read(f"{lying}</body></opml>".encode("cp1252")).lines[0].title == "Müller"
    assert read(f"{lying}</body></opml>".encode("utf-16")).lines[0].title == "Müller"
    cut = read(lying)
    assert (len(cut.lines), len(cut.notes)) == (1, 1)
    quotes = one('<outline text="The "Daily" News" xmlUrl="https://a.example/f?a=1&b=2"/>')
    assert (quotes.title, quotes.url) == ('The "Daily" News', "https://a.example/f?a=1&b=2")


def test_no_entity_is_unfolded_and_nothing_is_loaded() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "ha"}{"x" * 99}">' for n in range(9))
    text = f'<!DOCTYPE opml [{bomb}<!ENTITY f SYSTEM "file:///etc/passwd">]><opml><body>'
    listing = read(f'{text}<outline text="&a8;&f;" xmlUrl="https://a.example/f"/></body></opml>')
    assert listing.lines[0].title == "&a8;&f;"


@pytest.mark.parametrize(
    "text",
    [
        "<opml><body>" + '<outline text="a">' * 100_000,
        '<opml><body><outline a="' + ' a="x' * 200_000 + "</body></opml>",
        "<opml><body><outline" + ' a="x"' * 100_000 + "/></body></opml>",
        "url,title\n" + '"' * 300_000,
        "url;tags\nhttps://a.example/;" + "[" * 200_000,
    ],
)
@pytest.mark.timeout(40)
def test_hostile_lists_end_soon(text: str) -> None:
    with contextlib.suppress(NotAList):
        read(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<rss version='2.0'><channel/></rss>", "feed"),
        ("<!doctype html><html><body>x</body></html>", "html"),
        ("<a><b/></a>", "html"),
        ("<things><thing/></things>", "not_opml"),
        ("%PDF-1.7", "pdf"),
        ("", "empty"),
        ('{"feeds": []}', "json"),
        ("name,language\nA,id\n", "no_url_column"),
        ('url\n"' + "x" * 200_000 + '"\n', "bad_csv"),
    ],
)
def test_other_documents_say_what_they_are(text: str, reason: str) -> None:
    with pytest.raises(NotAList) as caught:
        read(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_with_any_delimiter_and_a_mark_at_the_beginning(mark: str, encoding: str) -> None:
    rows = [["URL", "Title", "Tags", "Lang"], ["https://a.example/f", "Zeitung Ü", '"x, y"', "de"]]
    text = "\r\n".join(mark.join(row) for row in rows) + "\r\n\r\n"
    (line,) = read(text.encode(encoding)).lines
    assert (line.url, line.title, line.tags) == ("https://a.example/f", "Zeitung Ü", ("x", "y"))
    assert (line.values, line.line) == ({"language": "de"}, 2)


def test_unknown_columns_are_named_and_left_out() -> None:
    listing = read("url,langauge,added\nhttps://a.example/f,id,2020\n")
    assert listing.notes == (
        "column 'langauge' is not known and was left out; did you mean language?",
        "column 'added' is not known and was left out",
    )
    assert listing.lines[0].values == {}


def test_a_row_with_too_many_cells_is_a_problem_of_its_own() -> None:
    lines = read("url,title\nhttps://a.example/f,A,b,c\nhttps://b.example/f,B,,\n").lines
    assert [line.problem for line in lines] == ["the row has 4 cells, the header 2", None]


def test_a_guarded_cell_is_read_as_it_was() -> None:
    lines = read(
        "url,title\nhttps://a.example/f,'=1+1\nhttps://b.example/f,''=x\nhttps://c.example/f,'tis\n"
    ).lines
    assert [line.title for line in lines] == ["=1+1", "'=x", "'tis"]


def test_one_address_a_line_needs_no_header() -> None:
    listing = read("https://a.example/f?a=1,2\n\n  https://b.example/f  \nnonsense\n")
    assert [(line.line, line.url) for line in listing.lines] == [
        (1, "https://a.example/f?a=1"),
        (3, "https://b.example/f"),
        (4, "nonsense"),
    ]


@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>&\"'=/ opmlutineurlxd,;\n[]\t", max_size=300).map(str.encode)
)
@example(b"<opml><outline/>")
@example(b"url\x00,\nx")
def test_whatever_the_bytes_it_is_a_list_or_none(body: bytes) -> None:
    for start in (b"", b"<opml><body>", b"url,title\n"):
        try:
            listing = read(start + body)
        except NotAList:
            continue
        assert all(line.line > 0 for line in listing.lines)


def test_real_lists_are_read_whole(test_data: Path) -> None:
    files = sorted((test_data / "opml").glob("*.opml"))
    assert len(files) > 20
    for file in files:
        body = file.read_bytes()
        lines = read_list(body, name=file.name).lines
        assert len(lines) == body.count(b"xmlUrl="), file.name
        assert all(line.url.startswith("http") for line in lines)
