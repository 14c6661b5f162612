"""Reading feeds: links, fields, what is refused, what is mended, what is bounded."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import NotAFeed
from spiders.items import Entry, Feed
from spiders.readers import feed as feed_reader
from spiders.readers.feed import read_feed
from tests.depth import examples

URL = "https://warta.example/rss/nasional.xml"
ITEM = "<item><title>Kabar {0}</title><link>https://warta.example/{0}</link><guid>{0}</guid></item>"
ITEMS = "".join(ITEM.format(number) for number in range(5))


def rss(items: str = ITEMS, head: str = "", prolog: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<rss version="2.0" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>Warta</title><link>https://warta.example/</link>{head}{items}</channel></rss>"
    )


def atom(entries: str, attributes: str = "") -> str:
    head = '<title>Warta</title><link href="https://warta.example/"/><id>x</id>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{head}{entries}</feed>'


def read(document: str | bytes, url: str = URL) -> Feed:
    return read_feed(document if isinstance(document, bytes) else document.encode(), url=url)


def item(inside: str) -> Entry:
    (entry,) = read(rss(f"<item><link>https://warta.example/1</link>{inside}</item>")).entries
    return entry


def links(document: str) -> list[str]:
    return [entry.link for entry in read(document).entries]


class TestLinks:
    @pytest.mark.parametrize(
        ("inside", "link"),
        [
            ("<link>https://a.example/1?p=all&amp;id=7</link>", "https://a.example/1?p=all&id=7"),
            ("<link>https://a.example/1?p=all&id=7</link>", "https://a.example/1?p=all&id=7"),
            ("<link><![CDATA[https://a.example/1?a=1&b=2]]></link>", "https://a.example/1?a=1&b=2"),
            ("<link>\n  https://a.example/a\n  /b\n</link>", "https://a.example/a/b"),
            ("<link>//a.example/1</link>", "https://a.example/1"),
            ("<link>/2025/1</link>", "https://warta.example/2025/1"),
            ("<link>https://a.example/dua kata</link>", "https://a.example/dua%20kata"),
            ("<guid>https://a.example/1</guid>", "https://a.example/1"),
            ('<guid isPermaLink="true">https://a.example/1</guid>', "https://a.example/1"),
            ('<link/><atom:link href="https://a.example/1"/>', "https://a.example/1"),
            ('<atom:link rel="self" href="/s"/><link>https://a.example/1</link>', "https://a.example/1"),
            (
                '<enclosure url="/1.mp3" type="audio/mpeg"/><link>https://a.example/1</link>',
                "https://a.example/1",
            ),
            ("<link>https://a.example/1</link><source url='/rss'>B</source>", "https://a.example/1"),
            ("<link>https://a.example/1</link><comments>/1#c</comments>", "https://a.example/1"),
        ],
    )
    def test_rss(self, inside: str, link: str) -> None:
        assert links(rss(f"<item><title>x</title>{inside}</item>")) == [link]

    @pytest.mark.parametrize(
        "inside",
        [
            "",
            "<link>javascript:alert(1)</link>",
            "<link>data:text/html,hello</link>",
            "<link>mailto:a@b.example</link>",
            "<link>http://</link>",
            "<link>http://[::1</link>",
            '<guid isPermaLink="false">https://a.example/1</guid>',
            "<description>see https://a.example/1</description>",
            '<enclosure url="https://a.example/1.mp3" type="audio/mpeg"/>',
            "<link>https://a.example/" + "x" * 9000 + "</link>",
        ],
    )
    def test_an_entry_without_a_usable_link_is_counted(self, inside: str) -> None:
        feed = read(rss(f"<item><title>x</title>{inside}</item>{ITEMS}"))
        assert (len(feed.entries), feed.skipped) == (5, 1)

    @pytest.mark.parametrize(
        ("inside", "link"),
        [
            ('<link href="https://a.example/1"/>', "https://a.example/1"),
            (
                '<link rel="enclosure" href="https://a.example/i.jpg"/><link rel="replies" '
                'href="https://a.example/r"/><link rel="alternate" href="https://a.example/1"/>',
                "https://a.example/1",
            ),
            (
                '<link rel="alternate" type="application/json" href="https://a.example/1.json"/>'
                '<link rel="alternate" type="text/html" href="https://a.example/1"/>',
                "https://a.example/1",
            ),
            ("<id>https://a.example/1</id>", "https://a.example/1"),
            ('<link href="b"/>', "https://warta.example/rss/b"),
            ('<link xml:base="https://a.example/x/" href="b"/>', "https://a.example/x/b"),
        ],
    )
    def test_atom(self, inside: str, link: str) -> None:
        assert links(atom(f"<entry><title>x</title>{inside}</entry>")) == [link]

    def test_the_base_of_the_feed_counts(self) -> None:
        document = atom('<entry><link href="b"/></entry>', 'xml:base="https://a.example/x/"')
        assert links(document) == ["https://a.example/x/b"]

    def test_relative_links_of_rss_belong_to_the_site(self) -> None:
        document = rss("<item><link>/a</link></item>")
        feed = read(document, url="https://feeds.example/warta")
        assert [entry.link for entry in feed.entries] == ["https://warta.example/a"]

    def test_the_page_before_a_redirecting_proxy(self) -> None:
        names = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
        inside = "<feedburner:origLink>https://warta.example/1</feedburner:origLink>"
        document = rss(f"<item {names}><link>https://proxy.example/~r/1</link>{inside}</item>")
        assert links(document) == ["https://warta.example/1"]

    def test_order_is_kept_and_guids_are_not_resolved(self) -> None:
        feed = read(rss())
        assert [entry.link for entry in feed.entries] == [f"https://warta.example/{n}" for n in range(5)]
        assert [entry.guid for entry in feed.entries] == list("01234")


class TestFields:
    @pytest.mark.parametrize(
        ("written", "title"),
        [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("Tom &amp;amp; Jerry &amp;#8217;", "Tom & Jerry ’"),
            ("<![CDATA[Tom &amp; <b>Jerry</b>]]>", "Tom & Jerry"),
            ("&lt;p&gt;Satu&lt;/p&gt;&lt;p&gt;dua&lt;/p&gt;", "Satu dua"),
            ("1 &lt; 2 dan 3 &gt; 2", "1 < 2 dan 3 > 2"),
            ("&lt;script&gt;alert(1)&lt;/script&gt;Halo", "Halo"),
            ("\n  dua\n  baris ", "dua baris"),
            ("a\x00b &#0;", "ab \ufffd"),
            ("x" * 5000, "x" * 1000),
        ],
    )
    def test_titles_are_one_line_of_plain_text(self, written: str, title: str) -> None:
        assert item(f"<title>{written}</title>").title == title

    def test_atom_titles(self) -> None:
        entry = '<entry><link href="https://a.example/1"/><title type="xhtml">'
        markup = '<div xmlns="http://www.w3.org/1999/xhtml">Satu <em>dua</em></div></title></entry>'
        assert read(atom(entry + markup)).entries[0].title == "Satu dua"

    def test_dates_stay_as_written(self) -> None:
        entry = item(
            "<pubDate>Selasa, 21 Okt 2025 20:43 WIB</pubDate><atom:updated>2025-10-22</atom:updated>"
        )
        assert (entry.published, entry.updated) == ("Selasa, 21 Okt 2025 20:43 WIB", "2025-10-22")

    def test_a_dublin_core_date_is_the_publication(self) -> None:
        entry = item("<dc:date>2025-10-21T20:43+07:00</dc:date>")
        assert entry.published == "2025-10-21T20:43+07:00"

    def test_atom_keeps_updated_apart(self) -> None:
        entry = read(atom('<entry><link href="/1"/><updated>2025-10-21</updated></entry>')).entries[0]
        assert (entry.published, entry.updated) == (None, "2025-10-21")

    def test_html_stays_raw_and_content_is_apart_from_the_summary(self) -> None:
        entry = item(
            "<description>&lt;b&gt;Ringkas&lt;/b&gt;</description>"
            "<content:encoded><![CDATA[<p onclick='x'>Isi <a href='/a'>a</a></p>]]></content:encoded>"
        )
        assert entry.summary == "<b>Ringkas</b>"
        assert entry.content == "<p onclick='x'>Isi <a href='/a'>a</a></p>"

    def test_people(self) -> None:
        entry = item(
            "<dc:creator>Budi Santoso, Siti Aminah dan Joko</dc:creator><dc:creator>Admin</dc:creator>"
        )
        assert entry.authors == ("Budi Santoso", "Siti Aminah", "Joko")
        assert item("<author>desk@warta.example (Rina Wati)</author>").authors == ("Rina Wati",)
        assert item("<author>desk@warta.example</author>").authors == ()

    def test_tags(self) -> None:
        entry = item("<category>Ekonomi</category><category>Beras &amp;amp; gula</category><category/>")
        assert entry.tags == ("Ekonomi", "Beras & gula")
        labelled = '<entry><link href="/1"/><category term="eko" label="Ekonomi"/></entry>'
        assert read(atom(labelled)).entries[0].tags == ("Ekonomi",)

    @pytest.mark.parametrize(
        "inside",
        [
            '<media:content url="https://a.example/1.jpg" medium="image"/>',
            '<media:thumbnail url="https://a.example/1.jpg"/>',
            '<enclosure url="https://a.example/1.jpg" type="image/jpeg" length="1"/>',
            "<description><![CDATA[<img width=1 src='/p.gif'><img src='https://a.example/1.jpg'>]]></description>",
        ],
    )
    def test_pictures(self, inside: str) -> None:
        assert item(inside).image_url == "https://a.example/1.jpg"

    def test_the_feed_itself(self) -> None:
        feed = read(rss(head="<language>id-ID</language><ttl>15</ttl>"))
        assert (feed.title, feed.site_url, feed.language) == ("Warta", "https://warta.example/", "id-ID")
        assert (feed.url, feed.format, feed.ttl) == (URL, "rss20", 900.0)
        assert (feed.truncated, feed.notes, feed.skipped) == (False, (), 0)

    @pytest.mark.parametrize(
        ("head", "ttl"),
        [
            ("<ttl>-5</ttl>", None),
            ("<ttl>9223372036854775808</ttl>", None),
            ("<ttl>1e400</ttl>", None),
            ("<ttl>NaN</ttl>", None),
            ("<ttl>0</ttl>", None),
            ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600.0),
            ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21600.0),
            ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
            ("<sy:updatePeriod>often</sy:updatePeriod>", None),
        ],
    )
    def test_the_wish_for_a_pause(self, head: str, ttl: float | None) -> None:
        assert read(rss(head=head)).ttl == ttl

    def test_older_kinds(self) -> None:
        entry = "<item><link>https://a.example/1</link></item>"
        rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        link = '<link rel="alternate" type="text/html" href="https://a.example/1"/>'
        documents = {
            "rss091u": f'<rss version="0.91"><channel>{entry}</channel></rss>',
            "rss10": f"<rdf:RDF {rdf}><channel><title>x</title></channel>{entry}</rdf:RDF>",
            "atom03": f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>{link}</entry></feed>',
        }
        for version, document in documents.items():
            feed = read(document)
            assert (feed.format, [e.link for e in feed.entries]) == (version, ["https://a.example/1"])


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty"),
            (b"\xef\xbb\xbf \n", "empty"),
            (b"<!DOCTYPE html><html><body>Not found</body></html>", "html"),
            (b"\n<html lang=id><head><link rel=alternate href=/rss></head>", "html"),
            (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="x"/>', "html"),
            (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "json"),
            (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>', "sitemap"),
            (b"<sitemapindex/>", "sitemap"),
            (b"<opml version='2.0'/>", "opml"),
            (b"%PDF-1.7", "pdf"),
            (b"GIF89a....", "image"),
            (b"just words", "not_a_feed"),
            (b"<note>words</note>", "not_a_feed"),
        ],
    )
    def test_what_is_no_feed(self, body: bytes, reason: str) -> None:
        with pytest.raises(NotAFeed) as refused:
            read(body)
        assert refused.value.reason == reason
        assert refused.value.url == URL
        assert not refused.value.transient

    def test_the_message_of_a_web_page_is_plain(self) -> None:
        with pytest.raises(NotAFeed, match="web page"):
            read_feed(b"<html></html>", url=URL, content_type="application/rss+xml")

    def test_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feed_reader, "MAX_BYTES", 100)
        with pytest.raises(NotAFeed) as refused:
            read(rss())
        assert refused.value.reason == "oversize"

    def test_a_feed_without_entries_is_a_feed(self) -> None:
        assert read(rss("")).entries == ()

    def test_a_feed_served_as_html_or_behind_a_warning_is_a_feed(self) -> None:
        body = b"<br />\n<b>Warning</b>: mysql in <b>x.php</b><br />\n" + rss().encode()
        assert len(read_feed(body, url=URL, content_type="text/html; charset=UTF-8").entries) == 5


class TestBroken:
    @pytest.mark.parametrize(
        "bad",
        [
            "<item><title>a &#xD800; b</title></item>",
            "<item><title>a & b &nbsp; &foo; <b>c</title></item>",
            "<item><title><![CDATA[never closed</title></item>",
            "<item><title><!-- never closed</title></item>",
            "<item><wrong:tag>x</wrong:tag></item>",
            "<item><category></item>",
            '<item><content type="application/octet-stream" mode="base64">!!</content></item>',
            "<item " + "a='1' " * 3 + "></item>",
            "<item><link><b>x</b></link></item>",
            "<item><description>" + "<a>" * 5000 + "</description></item>",
        ],
    )
    def test_one_bad_entry_never_costs_the_others(self, bad: str) -> None:
        found = links(rss(bad + ITEMS))
        assert found[-5:] == [f"https://warta.example/{number}" for number in range(5)]

    def test_a_parser_that_stumbles_loses_one_entry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole: Callable[[str], object] = feed_reader._feedparser

        def stumbling(text: str) -> object:
            if "Kabar 3" in text:
                raise ValueError("bad value")
            return whole(text)

        monkeypatch.setattr(feed_reader, "_feedparser", stumbling)
        feed = read(rss())
        assert [entry.title for entry in feed.entries] == ["Kabar 0", "Kabar 1", "Kabar 2", "Kabar 4"]
        assert feed.title == "Warta"
        assert any("could not be read" in note for note in feed.notes)

    @pytest.mark.parametrize("cut", [30, 45, 60])
    def test_a_cut_feed_is_marked(self, cut: int) -> None:
        feed = read(rss()[:-cut])
        assert feed.truncated
        assert len(feed.entries) >= 4
        assert not read(rss() + "\n<!-- cached -->").truncated

    def test_entities_are_never_expanded(self) -> None:
        bomb = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        bad = f"<item><title>{'&a;' * 50_000}</title><link>https://a.example/1</link></item>"
        feed = read(rss(bad + "<item><title>&f;</title><link>https://a.example/2</link></item>", prolog=bomb))
        assert [len(entry.title or "") for entry in feed.entries] == [1000, 3]
        assert feed.entries[1].title == "&f;"
        assert "document type dropped" in feed.notes

    def test_a_name_of_a_file_is_no_feed(self) -> None:
        with pytest.raises(NotAFeed):
            read(b"/etc/passwd")

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-8-sig"])
    def test_encodings(self, codec: str) -> None:
        assert len(read(rss().encode(codec)).entries) == 5


class TestBounds:
    def test_many_entries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feed_reader, "MAX_ENTRIES", 3)
        feed = read(rss())
        assert [entry.guid for entry in feed.entries] == ["0", "1", "2"]
        assert not feed.truncated
        assert any("2 entries beyond 3" in note for note in feed.notes)

    def test_many_people_and_tags(self) -> None:
        entry = item("".join(f"<author>Nama {n}a</author><category>t{n}</category>" for n in range(500)))
        assert (len(entry.authors), len(entry.tags)) == (64, 64)

    @pytest.mark.parametrize(
        "heap",
        [
            "<item>" + "&lt;a&gt;" * 100_000 + "</item>",
            "<item><description>" + "<a>" * 50_000 + "x" + "</a>" * 50_000 + "</description></item>",
            "<item " + " ".join(f'a{n}="1"' for n in range(100_000)) + "></item>",
            "<item " + " ".join(f"a{n}=1" for n in range(100_000)) + "></item>",
            "<x>" * 50_000,
            "<item><description>" + "<" * 50_000 + "</description></item>",
            "<item><description>" + "<![CDATA[" * 50_000 + "</description></item>",
        ],
    )
    def test_heaps(self, heap: str) -> None:
        assert len(read(rss(ITEMS + heap)).entries) == 5


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=300))
def test_bytes_are_a_feed_or_none(body: bytes) -> None:
    with contextlib.suppress(NotAFeed):
        assert read(body).url == URL


@settings(max_examples=examples(150), deadline=None)
@given(st.integers(0, 900), st.integers(0, 40), st.binary(max_size=12))
def test_a_damaged_feed_is_still_read(at: int, cut: int, noise: bytes) -> None:
    body = rss().encode()
    at += 330  # past the root element: without it there is no feed
    feed = read(body[:at] + noise + body[at + cut :])
    assert all(entry.link.startswith(("https://", "http://")) for entry in feed.entries)


@pytest.mark.parametrize(
    ("url", "generator", "older"),
    [
        ("https://a.example/feed/", "https://wordpress.org/?v=6.8", "https://a.example/feed/?paged=2"),
        ("https://a.example/?feed=rss2&paged=3", "WordPress", "https://a.example/?feed=rss2&paged=4"),
        ("https://a.example/feed/?paged=x", "WordPress", None),
        ("https://a.example/feed/", "https://notwordpress.org/", None),
    ],
)
def test_wordpress_has_older_pages_without_naming_them(url: str, generator: str, older: str | None) -> None:
    text = f"<rss version='2.0'><channel><title>T</title><generator>{generator}</generator></channel></rss>"
    assert read_feed(text.encode(), url=url).older == older
