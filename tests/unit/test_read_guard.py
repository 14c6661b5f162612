"""Linear checks before parsing."""

from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.guard import MAX_ATTRIBUTES, flatten, trim_attributes


def tag(count: int, form: str = 'a{}="1"') -> str:
    return "<div " + " ".join(form.format(number) for number in range(count)) + ">"


def test_an_overloaded_tag_keeps_its_name() -> None:
    page = f"<p>before</p>{tag(MAX_ATTRIBUTES + 1)}inside</div>"
    assert trim_attributes(page) == ("<p>before</p><div>inside</div>", 1)


def test_attributes_may_be_written_in_any_way() -> None:
    for form in ("a{}=1", "a{}", "a{}='>'", 'a{}="<b>"', "a{} = x", "{}=//x", "a{}='\n'"):
        text, trimmed = trim_attributes(tag(300, form) + "x")
        assert (text, trimmed) == ("<div>x", 1), form


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
