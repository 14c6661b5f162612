"""Sites that are no longer read as they were."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.health.drift import BEFORE, NEWEST, drifts, words_of
from storage.sighting import Sighting


def seen(number: int, *, site: str = "a.example", words: int = 400, **filled: bool) -> Sighting:
    fields = {"title": True, "authors": True, "tags": number % 2 == 0} | filled
    return Sighting(site=site, seen_at=1_000.0 - number, words=words + number % 7, filled=fields)


def test_a_field_that_stays_empty_is_told_with_its_beginning() -> None:
    found = drifts([seen(number, authors=number >= NEWEST) for number in range(NEWEST + 100)])
    [drift] = found
    assert (drift.what, drift.before, drift.after, drift.articles) == ("authors", 1.0, 0.0, NEWEST)
    assert drift.since == 1_000.0 - (NEWEST - 1)
    assert words_of(drift, "2026-11-02") == (
        "authors is there in 0% of the last 20 articles of a.example, usually in 100%, since 2026-11-02"
    )


def test_texts_that_shrink_are_told() -> None:
    [drift] = drifts([seen(number, words=120 if number < NEWEST else 400) for number in range(NEWEST + 100)])
    assert drift.what == "text"
    assert words_of(drift, "2026-11-02").startswith("texts of a.example have 123 words, usually 403")


def test_sites_are_told_apart() -> None:
    good = [seen(number, site="b.example") for number in range(200)]
    bad = [seen(number, authors=number >= NEWEST) for number in range(200)]
    mixed = [one for pair in zip(good, bad, strict=True) for one in pair]
    assert [drift.site for drift in drifts(mixed)] == ["a.example"]


def test_few_articles_say_nothing() -> None:
    assert drifts([seen(number, authors=number >= NEWEST) for number in range(NEWEST + BEFORE - 1)]) == ()
    assert drifts([]) == ()


def test_a_field_that_was_rare_may_be_missing() -> None:
    articles = [seen(number, authors=number >= NEWEST and number % 3 == 0) for number in range(NEWEST + 150)]
    assert drifts(articles) == ()


@given(st.lists(st.tuples(st.booleans(), st.integers(100, 900)), min_size=100, max_size=200), st.randoms())
def test_what_is_only_shuffled_is_no_step(made: list[tuple[bool, int]], chance: object) -> None:
    """The same articles, the newest like those before: half of them with authors, in turn."""
    articles = [seen(number, words=words, authors=number % 2 == 0) for number, (_, words) in enumerate(made)]
    assert [drift.what for drift in drifts(articles) if drift.what != "text"] == []
