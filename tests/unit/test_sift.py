"""Sifting: what a mark tells apart, when the walk gives up, and that nothing is read otherwise than whole."""

import gzip
import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest
from feedparser.api import StrictFeedParser
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.items import Entry, Sifted
from spiders.readers import feed as feed_reader
from spiders.readers import sift as sift_reader
from spiders.readers import source as source_reader
from spiders.readers.feed import read_feed
from spiders.readers.sift import read_marked, read_new, sift
from spiders.readers.source import sift_source
from tests.depth import examples
from tests.sifting import URL, differs, sifted

NAMESPACES = {
    prefix: uri for uri, prefix in StrictFeedParser.namespaces.items() if prefix and prefix not in ("xml",)
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def rss(*items: str, head: str = "", tail: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<title>Warta</title><link>https://warta.example/</link>{head}{body}{tail}"
    return f'<rss version="2.0" {DECLARED}><channel>{channel}</channel></rss>'.encode()


def atom(*entries: str, attributes: str = "") -> bytes:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    start = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Warta</title><id>x</id>'
    return f'{start}<link href="https://warta.example/"/>{body}</feed>'.encode()


def plain(name: object, more: str = "") -> str:
    return f"<title>Kabar {name}</title><link>https://warta.example/{name}</link><guid>{name}</guid>{more}"


ENTRY = '<title>{0}</title><link href="https://warta.example/{0}"/><id>tag:{0}</id>'


PINNED = b"<rss><channel><item><title>x</title><link>https://warta.example/x</link></item></channel></rss>"


class TestMarks:
    def test_marks_are_the_same_each_time_and_63_bits_long(self) -> None:
        first, second = sifted(rss(plain(1), plain(2))), sifted(rss(plain(1), plain(2)))
        assert first == second
        assert pickle.loads(pickle.dumps(first)) == first
        assert all(0 <= mark < 2**63 for mark in first.marks)
        # In other processes and releases too: the store holds marks.
        assert sifted(PINNED).marks == (2882467536861464871,)

    @pytest.mark.parametrize(
        "more",
        [
            "<slash:comments>7</slash:comments>",
            "<description>new words</description>",
            "<content:encoded><![CDATA[<p>new</p>]]></content:encoded>",
            "<category>x</category>",
            "<dc:creator>somebody</dc:creator>",
            "<media:group><media:community><media:statistics views='9'/></media:community></media:group>",
            "\n   ",
            "<!-- made in 3 ms -->",
        ],
    )
    def test_what_does_not_count(self, more: str) -> None:
        assert sifted(rss(plain(1))).marks == sifted(rss(plain(1, more))).marks

    @pytest.mark.parametrize(
        "other",
        [
            plain(1).replace("Kabar 1", "Kabar 1!"),
            plain(1).replace("example/1", "example/2"),
            plain(1).replace("<guid>1", "<guid>2"),
            plain(1).replace("<guid>", '<guid isPermaLink="false">'),
            plain(1, "<pubDate>Tue, 21 Oct 2025 20:43:00 +0700</pubDate>"),
            plain(1, "<dc:date>2025-10-21</dc:date>"),
            plain(1, "<atom:updated xmlns:atom='http://www.w3.org/2005/Atom'>2025</atom:updated>"),
            plain(1, "<dcterms:modified>2025-10-21</dcterms:modified>"),
            plain(1, "<feedburner:origLink>https://warta.example/3</feedburner:origLink>"),
            plain(1, "<media:title>Other</media:title>"),
        ],
    )
    def test_what_counts(self, other: str) -> None:
        assert sifted(rss(plain(1))).marks != sifted(rss(other)).marks

    def test_the_address_of_feed_and_site_count(self) -> None:
        body = rss(plain(1))
        assert sifted(body).marks != sifted(body, "https://other.example/feed").marks
        moved = body.replace(b"<link>https://warta.example/<", b"<link>https://moved.example/<")
        assert sifted(body).marks != sifted(moved).marks

    def test_the_base_of_the_feed_counts(self) -> None:
        one = atom(ENTRY.format(1), attributes='xml:base="https://a.example/"')
        assert sifted(one).marks != sifted(one.replace(b"a.example", b"b.example")).marks

    def test_the_title_of_the_feed_does_not_count(self) -> None:
        body = rss(plain(1))
        assert sifted(body).marks == sifted(body.replace(b"Warta", b"Warta Baru")).marks

    def test_entries_carry_their_marks(self) -> None:
        body = rss(plain(1), "<title>no link</title>", plain(2))
        feed = read_marked(body, url=URL)
        marks = sifted(body).marks
        assert [entry.mark for entry in feed.entries] == [marks[0], marks[2]]
        assert (feed.skipped, feed.known) == (1, ())

    def test_what_is_known_is_left_out(self) -> None:
        body = rss(plain(1), plain(2), plain(3))
        apart = sifted(body)
        feed = read_new(body, apart, {apart.marks[0], apart.marks[2]}, url=URL)
        assert [entry.title for entry in feed.entries] == ["Kabar 2"]
        assert feed.known == (apart.marks[0], apart.marks[2])
        assert feed.skipped == 0


class TestUnsure:
    """Where the feed is read whole."""

    @pytest.mark.parametrize(
        "body",
        [
            rss(plain(1), plain(2)).replace(b"</title><link>https://warta.example/2", b"<link>2"),
            rss(plain(1), plain(2))[:-30],
            rss(plain(1), plain(2)) + b"<p>an advertisement</p>",
            rss(plain(1), plain(1).replace("Kabar", "Again")),  # one guid, two lines
            rss(plain(1), plain(1)),
            rss(plain(1), plain(2, "<item/>")),
            rss(plain(1), plain(2, "<description><title>x</title></description>")),
            rss(plain(1), plain(2, "<description><div>x</div></description>")),
            rss(plain(1), plain(2, '<textinput><unknown x="1"/></textinput>')),
            rss(plain(1), plain(2, "<height><geom/></height>")),
            rss(plain(1), plain(2, '<content:encoded><source src="x"/></content:encoded>')),
            rss(plain(1), plain(2, '<foo:x xmlns:foo="a"/>'), plain(3, '<bar:x xmlns:bar="a"/>')),
            rss(plain(1), plain(2, '<foo:x xmlns:foo="a"/>'), plain(3, '<foo:x xmlns:foo="b"/>')),
            rss(plain(1), plain(2, '<x:creator xmlns:x="http://purl.org/dc/elements/1.1/"/>')),
            rss(plain(1), plain(2, "<description><![CDATA[a</item><![CDATA[b]]></description>")),
            rss(plain(1), "<title>x</title>", tail="<other><title>deep</title></other>"),
            atom(ENTRY.format(1), ENTRY.format(2) + '<x xml:base="relative/"/>'),
            atom(ENTRY.format(1), ENTRY.format(2) + '<a><b xml:base="https://a.example/"/></a>'),
            atom(ENTRY.format(1)).replace(b"<title>Warta", b'<title xml:base="https://a.example/">Warta'),
            atom(ENTRY.format(1) + '<group xml:base="https://a.example/"><link href="x"/></group>'),
            atom(ENTRY.format(1), attributes='xml:base="../"'),
            rss(plain(1, "<a>" * 300 + "</a>" * 300)),
            rss(plain(1, "<id>" * 9 + "</id>" * 9)),
            b"<opml><body/></opml>",
            b"<html><body>no feed</body></html>",
            b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
            b"",
        ],
    )
    def test_the_walk_gives_up(self, body: bytes) -> None:
        assert sift(body, url=URL) is None

    def test_then_the_source_is_read_at_once(self) -> None:
        body = rss(plain(1), plain(1).replace("Kabar", "Again"))
        assert sift_source(body, kind="feed", url=URL) == read_feed(body, url=URL)

    def test_too_many_entries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sift_reader, "MAX_ENTRIES", 3)
        assert sift(rss(*(plain(number) for number in range(4))), url=URL) is None

    def test_a_tag_that_reaches_over_the_end_of_an_entry(self) -> None:
        """With too many attributes it is cut, with whatever it has swallowed."""
        open_tag = "<description><![CDATA[<p a='" + "]]></description>"
        swallowed = "<description>' " + "b " * 300 + "</description>"
        body = rss(plain(1, open_tag), plain(2, swallowed))
        assert read_feed(body, url=URL).notes, "the tag is cut"
        assert sift(body, url=URL) is None
        assert sift(rss(plain(1, open_tag), plain(2)), url=URL) is not None

    def test_feedparser_stumbles(self, monkeypatch: pytest.MonkeyPatch) -> None:
        body = rss(plain(1), plain(2))
        apart, whole = sifted(body), read_feed(body, url=URL)
        monkeypatch.setattr(sift_reader, "parse_feed", lambda mended: (None, ("it stumbled",)))
        feed = read_new(body, apart, set(apart.marks[:1]), url=URL)
        assert feed.known == ()
        assert [replace(entry, mark=None) for entry in feed.entries] == [*whole.entries]


def test_a_feed_in_a_gzip_file() -> None:
    body = gzip.compress(rss(plain(1), plain(2)))
    apart = sift_source(body, kind="feed", url=URL)
    assert isinstance(apart, Sifted)
    feed = source_reader.read_new(body, apart, set(apart.marks[:1]), url=URL)
    assert [entry.title for entry in feed.entries] == ["Kabar 2"]


def test_wishes_of_the_feed_are_read_as_from_the_whole() -> None:
    """They are looked for at the beginning of the document, which must be the same one."""
    late = "<skipHours><hour>3</hour></skipHours>"
    long = plain(1, f"<description>{'x' * 70_000}</description>")
    for body in (rss(long, plain(2), tail=late), rss(long, plain(2), head=late)):
        apart = sifted(body)
        assert differs(body, apart, apart.marks[:1]) is None


class TestMending:
    def test_a_feed_that_must_be_mended_is_sifted_as_mended(self) -> None:
        body = b'<!DOCTYPE rss SYSTEM "x">' + rss(
            plain(1, "<description>a & b &nbsp;</description>"), plain(2)
        )
        apart = sifted(body)
        assert apart.mended
        assert differs(body, apart, apart.marks[1:]) is None

    def test_one_that_need_not_be_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sift_reader, "mend_xml", lambda *args, **kwargs: pytest.fail("mended"))
        body = rss(plain(1), plain(2))
        assert not sifted(body).mended
        read_new(body, sifted(body), sifted(body).marks[1:], url=URL)

    @pytest.mark.parametrize("reference", ["&#0000000038;", "&#x00000000026;"])
    def test_references_that_expat_takes_and_the_mending_does_not(self, reference: str) -> None:
        body = rss(plain(1), plain(2, f"<description>{reference}</description>"))
        apart = sifted(body)
        assert apart.mended
        assert differs(body, apart, apart.marks[:1]) is None

    @pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
    def test_other_encodings(self, encoding: str) -> None:
        text = rss(plain("caf\u00e9"), plain(2), plain("\u00e0")).decode()
        body = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{text}'.encode(encoding)
        apart = sifted(body)
        for mark in apart.marks:
            assert differs(body, apart, {mark}) is None


PROBES = {
    "rss": "<description>first</description><summary>second</summary><link>rel/x</link><title>T</title>"
    "<media:title>m</media:title><pubDate>2019</pubDate><guid isPermaLink='false'>77</guid>"
    "<image>https://i</image><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>q</p></div>"
    "</content><author><name>N</name></author><dc:creator>D</dc:creator><category>c</category>"
    "<media:thumbnail url='t'/><textinput/><language>de</language>",
    "atom": "<title type='html'>T</title><link href='rel/x'/><id>a/b</id><summary>s</summary>"
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>q</p></div></content>"
    "<updated>2020-01-01</updated><author><name>N</name></author><category term='c'/>",
}


def handled() -> list[str]:
    """Return every element that feedparser does something of its own with, as it is written."""
    found = {name[7:] for name in dir(StrictFeedParser) if name.startswith("_start_")}
    found |= {name[5:] for name in dir(StrictFeedParser) if name.startswith("_end_")}
    found -= {"rss", "feed", "channel", "item", "entry"}
    written = []
    for name in found:
        prefix, _, local = name.partition("_")
        written.append(f"{prefix}:{local}" if local and prefix in NAMESPACES else name)
    return sorted([*written, "div", "p", "xhtml:div", "thr:total"])


@pytest.mark.parametrize("name", handled())
def test_no_element_leaves_a_trace_in_the_entry_after_it(name: str) -> None:
    """The heart of the matter: each element feedparser handles, alone, twice, and with others in it."""
    sure = 0
    inner = ["title", "link", "name", "content:encoded", "geom", "div", "b"]
    elements = [
        f"<{name}>x</{name}>",
        f'<{name} type="html" url="http://k/"/>',
        f"<{name}/><{name}>y</{name}>",
    ]
    elements += [f"<{name}>x<{other}>y</{other}>z</{name}>" for other in inner]
    for element in elements:
        for body in (
            rss(plain(1, element), PROBES["rss"]),
            atom(ENTRY.format(1) + element, PROBES["atom"], attributes=DECLARED),
        ):
            apart = sift(body, url=URL)
            if apart is not None:
                sure += 1
                assert differs(body, apart, apart.marks[:1]) is None, element
    assert sure >= 6 or name in ("source", "psc:chapter", "gml:pos", "gml:poslist"), "the walk is too timid"


HTML = st.sampled_from(
    [
        "&lt;p&gt;Kata&lt;/p&gt;",
        "<![CDATA[<item><title>quoted</title></item>]]>",
        "<![CDATA[<!-- ]]>",
        "<!-- <item> --> text",
        "<![CDATA[<a href='x\">broken]]>",
        "a &amp; b &#x2014; \u0431\u0443\u0434\u0443",
        "",
    ]
)
FIELDS: list[Callable[[int, str], str]] = [
    lambda n, html: f"<title>T{n} {html}</title>",
    lambda n, html: f"<link>https://warta.example/{n}?a=1&amp;b=2</link>",
    lambda n, html: f"<link>/rel/{n}</link>",
    lambda n, html: f"<link\nhref='https://warta.example/{n}'\t/>",
    lambda n, html: f'<guid isPermaLink="false">id-{n}</guid>',
    lambda n, html: f"<guid>https://warta.example/g/{n}</guid>",
    lambda n, html: f"<description>{html}</description>",
    lambda n, html: f"<description><p>x</p>{html}</description>",
    lambda n, html: f"<content:encoded>{html}</content:encoded>",
    lambda n, html: f"<itunes:summary>{html}</itunes:summary>",
    lambda n, html: f"<summary>{html}</summary>",
    lambda n, html: f"<pubDate>Tue, {n % 28 + 1} Oct 2025 20:43:00 +0700</pubDate>",
    lambda n, html: "<author><name>Budi</name><uri>https://b.example/</uri></author>",
    lambda n, html: f"<source url='https://o.example/'><title>O</title><id>o{n}</id></source>",
    lambda n, html: "<media:group><media:title>m</media:title><media:thumbnail url='t.jpg'/></media:group>",
    lambda n, html: f"<slash:comments>{n}</slash:comments>",
    lambda n, html: '<gd:x xmlns:gd="http://schemas.google.com/g/2005">1</gd:x>',
    lambda n, html: (
        '<content type="xhtml" xml:base="https://b.example/"><div xmlns='
        '"http://www.w3.org/1999/xhtml"><p>x</p></div></content>'
    ),
    lambda n, html: "<image><url>https://i.example/1.png</url></image>",
    lambda n, html: "<dc:language>id</dc:language><dc:date>2025-10-21</dc:date>",
]
ITEM = st.lists(st.tuples(st.sampled_from(FIELDS), HTML), max_size=7)
HEADS = st.sampled_from(
    ["", "<itunes:summary>s</itunes:summary><description>d</description>", "<image><title>i</title></image>"]
)
GAPS = st.sampled_from(["", "\n  ", "<!-- <item>no</item> -->", "<?php item ?>", "<ttl>60</ttl>"])


@settings(max_examples=examples(150), deadline=None)
@given(items=st.lists(ITEM, min_size=1, max_size=6), head=HEADS, gap=GAPS, chosen=st.integers(0, 63))
def test_any_split_reads_as_the_whole_does(
    items: list[list[tuple[Callable[[int, str], str], str]]], head: str, gap: str, chosen: int
) -> None:
    written = ["".join(make(number, html) for make, html in item) for number, item in enumerate(items)]
    body = rss(*written, head=head).replace(b"</item><item>", f"</item>{gap}<item>".encode())
    apart = sift(body, url=URL)
    if apart is not None:
        known = {mark for place, mark in enumerate(apart.marks) if chosen >> place & 1}
        assert differs(body, apart, known) is None


@settings(max_examples=examples(150), deadline=None)
@given(
    items=st.lists(ITEM, min_size=2, max_size=4),
    at=st.floats(0, 1),
    cut=st.integers(0, 12),
    put=st.sampled_from(["", "<", ">", "&", "]]>", "<![CDATA[", "<!--", "</item>", "<item>", '"', "\x00"]),
)
def test_a_broken_feed_is_read_as_the_whole_is(
    items: list[list[tuple[Callable[[int, str], str], str]]], at: float, cut: int, put: str
) -> None:
    written = ["".join(make(number, html) for make, html in item) for number, item in enumerate(items)]
    body = rss(*written)
    place = body.index(b"<channel>") + int(at * (len(body) - body.index(b"<channel>")))
    body = body[:place] + put.encode() + body[place + cut :]
    apart = sift(body, url=URL)
    if apart is not None:
        assert differs(body, apart, apart.marks[:1]) is None


IDENTITY = ("guid", "link", "title", "published", "updated")


@settings(max_examples=examples(150), deadline=None)
@given(one=ITEM, other=ITEM)
def test_one_mark_means_one_identity(
    one: list[tuple[Callable[[int, str], str], str]], other: list[tuple[Callable[[int, str], str], str]]
) -> None:
    found: list[tuple[int, list[Entry]]] = []
    for item in (one, other):
        body = rss("".join(make(1, html) for make, html in item))
        apart = sift(body, url=URL)
        if apart is not None:
            found.append((apart.marks[0], [*feed_reader.read_feed(body, url=URL).entries]))
    if len(found) == 2 and found[0][0] == found[1][0]:
        told = [[getattr(entry, name) for entry in entries for name in IDENTITY] for _, entries in found]
        assert told[0] == told[1]


def test_the_base_that_an_entry_leaves_behind_is_kept() -> None:
    """feedparser resolves against the base of an element long closed where the feed has none."""
    based = '<content type="html" xml:base="https://b.example/x/">c</content>'
    relative = "<title>r</title><link href='rel'/><id>r</id>"
    body = atom(ENTRY.format(1) + based, ENTRY.format(2), relative)
    apart = sifted(body)
    assert read_feed(body, url=URL).entries[-1].link == "https://b.example/x/rel"
    assert differs(body, apart, apart.marks[:2]) is None
    other = sifted(body.replace(b"b.example", b"c.example"))
    assert apart.marks[1] == other.marks[1], "an absolute link does not hang on it"
    assert apart.marks[2] != other.marks[2], "a relative one does"
