"""Views of an article for print and as AMP, told by their addresses."""

import pytest

from crawler.normalize.variants import is_lesser_view, is_variant, plain_key

OWN = "https://www.warta.example/berita/jembatan-bambu-sukamaju"


@pytest.mark.parametrize(
    "url",
    [
        "https://warta.example/print/berita/jembatan-bambu-sukamaju",
        f"{OWN}/print/",
        f"{OWN}/cetak",
        f"{OWN}?print=1",
        f"{OWN}?view=print&utm_source=x",
        f"{OWN}?outputType=amp-type",
    ],
)
def test_a_mark_makes_a_variant(url: str) -> None:
    assert is_variant(url, OWN)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (OWN, OWN),
        (f"{OWN}?utm_source=x", OWN),
        (f"{OWN}-lain/print", OWN),
        (f"{OWN}?print=1&id=7", OWN),
        ("https://other.example/print/berita/jembatan-bambu-sukamaju", OWN),
        (OWN, f"{OWN}/print"),
        (f"{OWN}/2", OWN),
        (f"{OWN}/blueprint", OWN),
    ],
)
def test_all_else_is_none(url: str, canonical: str) -> None:
    assert not is_variant(url, canonical)


@pytest.mark.parametrize("url", [f"{OWN}/print", f"{OWN}?print=1", f"{OWN}?utm_source=x&view=print"])
def test_marks_are_taken_off(url: str) -> None:
    assert plain_key(url) == OWN.replace("www.", "")


@pytest.mark.parametrize("url", [OWN, f"{OWN}?m=1", f"{OWN}/amp", f"{OWN}?id=7"])
def test_where_there_are_none_nothing_is_guessed(url: str) -> None:
    assert plain_key(url) is None


@pytest.mark.parametrize(
    "url", [f"{OWN}?m=1", f"{OWN}/amp/", f"{OWN}.amp", f"{OWN}?amp", OWN.replace("www", "m")]
)
def test_views_that_share_a_key_are_told_apart(url: str) -> None:
    assert is_lesser_view(url, OWN)
    assert not is_lesser_view(OWN, url)
    assert not is_lesser_view(url, url)


@pytest.mark.parametrize("url", [OWN, f"{OWN}/", f"{OWN}?page=all", f"{OWN}?m=0", f"{OWN}-lain?m=1"])
def test_other_spellings_are_no_lesser_views(url: str) -> None:
    assert not is_lesser_view(url, OWN)
