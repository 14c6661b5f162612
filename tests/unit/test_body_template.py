"""What repeats on the pages of a site is learned from several stories, and left out of its texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.body.evidence import Evidence
from spiders.readers.body.found import Found, find_text
from spiders.readers.body.template import (
    STORIES,
    Repeated,
    Template,
    learn,
    mark_of,
    template_of,
)
from spiders.readers.tree import parse_html
from spiders.readers.version import VERSION, reader_name, version_of

PRAISE = "Warta adalah harian terbaik di negeri ini, kata para pembaca kami setiap hari."
LONG = "Warga desa membangun jembatan bambu sepanjang empat puluh meter dalam sembilan hari saja."


def own(number: int) -> str:
    return f"Berita nomor {number} tidak ada hubungannya dengan berita lain di harian ini."


def stories(count: int, *, praised: int) -> list[tuple[int, str]]:
    return [(n, f"{own(n)}\n\n{PRAISE}" if n < praised else own(n)) for n in range(count)]


def found(template: Template, *paragraphs: str) -> Found:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = f"<html><body><article><h1>Jembatan</h1>{body}</article></body></html>"
    return find_text(parse_html(page)[0], Evidence(titles=("jembatan",)), template=template)


def test_what_several_stories_have_repeats() -> None:
    assert learn(stories(9, praised=2)) == ()
    assert learn(stories(9, praised=3)) == (Repeated(mark_of(PRAISE), PRAISE, 3, 9),)


def test_versions_of_one_story_teach_nothing() -> None:
    assert learn([(1, f"{own(1)}\n\n{PRAISE}")] * 9) == ()


def test_labels_repeat_in_any_article() -> None:
    assert learn([(n, f"Baca selengkapnya\n\n{own(n)}") for n in range(9)]) == ()
    assert len(learn([(n, f"本报记者从北京市政府获悉详情如下\n\n{own(n)}") for n in range(9)])) == 1


def test_only_the_newest_stories_are_looked_at() -> None:
    old = [(100 + n, f"{own(n)}\n\n{PRAISE}") for n in range(9)]
    assert learn([*stories(STORIES, praised=0), *old]) == ()


@pytest.mark.parametrize(
    ("stories", "among", "likely", "left_out"),
    [(3, 9, 0.7, True), (3, 9, 0.99, False), (5, 15, 0.99, True), (5, 30, 0.99, False), (4, 4, 0.9, False)],
)
def test_what_surely_is_text_has_to_repeat_often(
    stories: int, among: int, likely: float, left_out: bool
) -> None:
    template = template_of([Repeated(mark_of(PRAISE), PRAISE, stories, among)])
    assert template.holds(PRAISE, likely) is left_out


def test_marks_blanks_and_case_do_not_matter() -> None:
    template = Template(often=frozenset([mark_of(PRAISE)]))
    assert template.holds(PRAISE.upper().replace(", ", " – "), 0.99)
    assert template.holds(f"{PRAISE}\n{PRAISE}", 0.99)
    assert not template.holds(f"{PRAISE}\n{own(1)}", 0.99)
    assert not template.holds(f"{PRAISE} Dan lagi.", 0.99)


def test_it_is_left_out_of_a_text_and_told() -> None:
    template = Template(often=frozenset([mark_of(PRAISE)]))
    text = found(template, LONG, f"{LONG} Lagi.", PRAISE)
    assert text.text == f"{LONG}\n\n{LONG} Lagi."
    assert text.repeated == (PRAISE,)
    assert PRAISE in text.left_out


def test_a_text_is_never_emptied() -> None:
    marks = frozenset(map(mark_of, (LONG, f"{LONG} Lagi.", PRAISE)))
    assert found(Template(often=marks), LONG, f"{LONG} Lagi.", PRAISE).repeated == ()


def test_the_reader_s_name_tells_what_was_left_out() -> None:
    assert reader_name("detik") == f"{VERSION}+detik"
    one, two = (reader_name(None, repeated) for repeated in ((PRAISE,), (PRAISE, LONG)))
    assert one.startswith(f"{VERSION}~")
    assert one != two == reader_name(None, (LONG, PRAISE))
    names = (reader_name(), "7", one, reader_name("detik"), reader_name("detik", (PRAISE,)), "")
    assert [version_of(name) for name in names] == [VERSION, "7", VERSION, VERSION, VERSION, ""]


@given(st.lists(st.tuples(st.integers(0, 5), st.text(max_size=60))))
def test_any_texts(texts: list[tuple[int, str]]) -> None:
    for one in learn(texts):
        assert 3 <= one.stories <= one.among <= 6
        assert template_of([one]).holds(one.text, 0.5)
