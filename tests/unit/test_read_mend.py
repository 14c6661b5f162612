"""XML made fit to parse: references, document types, control characters, open sections."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.mend import mend_xml, root_start


def text_of(markup: str) -> str:
    """What a strict parser reads in the mended document."""
    return "".join(ET.fromstring(mend_xml(f"<r>{markup}</r>").text).itertext())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a&amp;b &lt;i&gt; &quot;x&quot; &apos;", 'a&b <i> "x" \''),
        ("a&b &c= ?x=1&id=2", "a&b &c= ?x=1&id=2"),
        ("Perang&nbsp;Ukraina &copy; &eacute;&hellip;", "Perang\xa0Ukraina © é…"),
        ("&LT;b&GT; &AMP;", "<b> &"),
        ("&unknown; &;", "&unknown; &;"),
        ("&#8217; &#x2019; &#9731;", "’ ’ ☃"),
        ("&#0; &#1; &#x1F; &#xD800; &#xFFFE; &#99999999;", "� � � � � �"),
        ("&#xD83D;&#xDE00; &#55357;&#56832;", "😀 😀"),
        ("&#99999999999;", "&#99999999999;"),
        ("a\x00b\x08c\ufffed", "abcd"),
        ("<![CDATA[&nbsp; &#xD800; <b>]]>", "&nbsp; &#xD800; <b>"),
        ("x<!-- & <b -->y", "xy"),
    ],
)
def test_references(written: str, read: str) -> None:
    assert text_of(written) == read


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        "\n\n \ufeff<?xml version='1.0'?>",
        "<?xml version='1.0'?><!-- <rss> --><?style <rss>?>",
        '<!DOCTYPE r PUBLIC "-//N//DTD R//EN" "http://example.org/r.dtd">',
        "<!DOCTYPE r [<!ENTITY a 'x]>'><!-- ' ] > --><!ENTITY b \"<rss>&a;&a;\">]>",
        "<!DOCTYPE r SYSTEM 'broken>",
        "text before <",
    ],
)
def test_what_stands_before_the_root_goes(prolog: str) -> None:
    mended = mend_xml(f"{prolog}<r>&a;</r>")
    assert mended.text == "<r>&amp;a;</r>"
    assert mended.root == "r"
    assert ("document type dropped" in mended.notes) == ("DOCTYPE" in prolog)


def test_an_open_cdata_section_swallows_nothing_but_its_mark() -> None:
    items = "<item><![CDATA[one</item><item>&x;<![CDATA[<b>]]></item>"
    assert mend_xml(f"<r>{items}</r>").text == "<r><item>one</item><item>&amp;x;<![CDATA[<b>]]></item></r>"


def test_an_open_comment_swallows_nothing_but_its_mark() -> None:
    assert mend_xml("<r><!-- one <b>two</b></r>").text == "<r> one <b>two</b></r>"


def test_a_cdata_section_may_hold_markup_of_feeds() -> None:
    whole = "<r><![CDATA[in RSS, close with </item>]]></r>"
    assert mend_xml(whole).text == whole


@pytest.mark.parametrize(
    "mark", ["<![CDATA[", "<!--", "<!DOCTYPE [>", "<?x", "&", "&a;", "<", "</item><![CDATA["]
)
def test_heaps_of_marks_take_one_pass(mark: str) -> None:
    document = f"<r>{mark * 100_000}</r>"
    assert mend_xml(document).root == "r"
    assert root_start(mark * 100_000 + "<r>")[0] >= 0


@given(st.text("<>r&;#x0D!-[]CDATAOPE?\"' \x00\ud800", max_size=300))
def test_never_fails(text: str) -> None:
    mended = mend_xml(text)
    assert not mended.text or mended.text.startswith(f"<{mended.root}")
    mended.text.encode("utf-8")


@given(st.text("abc&;#x0123DF<>![CDATA]- \n", max_size=60))
def test_markup_of_text_alone_is_always_well_formed(text: str) -> None:
    markup = text.replace("<", "&lt;").replace("]]>", "")
    text_of(markup)
