"""Authors out of by-lines and links: portraits, letters behind names, pages of people, organisations."""

import json

import pytest

from spiders.readers.page import read_page

URL = "https://warta.example/ekonomi/harga-beras-naik"
TEXT = "<p>" + "Menteri mengatakan bahwa harga beras naik sejak pekan lalu. " * 6 + "</p>"


def authors(body: str, *, head: str = "") -> tuple[str, ...]:
    page = f"<head>{head}</head><body><article><h1>Harga beras naik lagi</h1>{body}{TEXT}</article></body>"
    return read_page(page.encode(), url=URL, requested_url=URL, fetched_at=1.79e9).authors


def stated(kind: str, name: str) -> str:
    node = {"@type": "NewsArticle", "headline": "Harga beras naik", "author": {"@type": kind, "name": name}}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<div class=author><i>SA</i> <b>Siti Aminah</b></div>", ("Siti Aminah",)),
        ("<div class=author><b>Siti Aminah</b> <b>Siti Aminah</b></div>", ("Siti Aminah",)),
        ("<div class=author><b>Siti Aminah</b><b>Trial Attorney</b></div>", ("Siti Aminah",)),
        (
            "<p><a href=/authors/siti/>Siti Aminah</a> <a href=/authors/rini>Rini Ut</a></p>",
            ("Siti Aminah", "Rini Ut"),
        ),
        (
            "<p>Edited by <a href=/staff/rini>Rini Ut</a></p><p><a href=/staff/siti>Siti A.</a></p>",
            ("Siti A.",),
        ),
        ("<p><a href=/author/siti>View all posts</a></p>", ()),
        ("<p><a href=/authors/>Semua Penulis</a></p>", ()),
        ("<p><a href=/people-of-bali/pasar>Pasar Badung</a></p>", ()),
    ],
)
def test_what_stands_around_a_name_is_no_part_of_it(body: str, names: tuple[str, ...]) -> None:
    assert authors(body) == names


def test_pages_of_people_far_from_the_headline_are_those_of_others() -> None:
    far = "<div><div><div><div><h1>Harga beras naik lagi</h1></div></div></div></div>"
    page = f"<body>{far}{TEXT}<p><a href=/author/rini>Rini Utami</a></p></body>"
    assert read_page(page.encode(), url=URL, requested_url=URL, fetched_at=1.79e9).authors == ()


def test_an_organisation_is_called_by_its_whole_name() -> None:
    assert authors("", head=stated("Organization", "Center for Seeds and Soil")) == (
        "Center for Seeds and Soil",
    )
    assert authors("", head=stated("Organization", "Reuters, AFP")) == ("Reuters", "AFP")


def test_the_outlet_behind_a_name_is_no_letters() -> None:
    head = stated("Person", "Siti Aminah, WRT") + '<meta property="og:site_name" content="WRT">'
    assert authors("", head=head) == ("Siti Aminah",)
