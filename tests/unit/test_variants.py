"""Views of an article for print and as AMP, told by their addresses."""

import pytest

from crawler.normalize.variants import is_variant

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
