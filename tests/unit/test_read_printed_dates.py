"""Dates that a page only prints, against the one that a search of the whole page finds."""

from spiders.items import Document
from spiders.readers.page import read_page

URL = "https://warta.example/ekonomi/harga-beras-naik"
TEXT = "<p>" + "The minister said that the price of rice has gone up since last week. " * 6 + "</p>"
LATER = "<div><p>Related, December 2, 2025: something else that was written later than this.</p></div>"


def read(near: str, *, behind: str = "") -> Document:
    article = f"<article><h1>Rice is dear again</h1>{near}{TEXT}</article>"
    page = f"<html lang=en><body>{article}{behind}</body></html>"
    return read_page(page.encode(), url=URL, requested_url=URL, fetched_at=1.79e9)


def test_the_one_near_the_headline_is_believed_before_one_that_is_searched_for() -> None:
    document = read("<p>October 15, 2025</p>", behind=LATER)
    assert (document.published, document.provenance["published"]) == ("October 15, 2025", "printed")


def test_where_others_are_marked_as_dates_it_stands_behind_them() -> None:
    document = read("<p>October 15, 2025</p>", behind='<p class="date">December 2, 2025</p>')
    beliefs = {offer.values[0]: offer.belief for offer in document.candidates["published"]}
    assert beliefs["December 2, 2025"] > beliefs["October 15, 2025"]


def test_without_any_it_is_searched_for() -> None:
    assert read("", behind='<div id="posted">Posted on 2 December 2025</div>').provenance["published"]
