"""Codes of languages and countries: those that exist are taken, others are refused in words."""

import pytest

from crawler.codes import country_code, language_tag
from crawler.normalize.rules import rules
from crawler.starters import starters


@pytest.mark.parametrize(
    ("given", "kept"),
    [("id", "id"), (" EN ", "en"), ("pt-BR", "pt-BR"), ("zh_Hant", "zh-Hant"), ("ksw", "ksw"), ("iw", "iw")],
)
def test_tags_of_languages_are_taken(given: str, kept: str) -> None:
    assert language_tag(given) == kept


@pytest.mark.parametrize("given", ["zzz", "xx", "English", "e", "en--GB", "en GB", "'", "i" * 5000])
def test_what_is_no_language_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is no code of a language"):
        language_tag(given)


@pytest.mark.parametrize(("given", "meant"), [("jp", "ja"), ("UA", "uk"), ("cn", "zh")])
def test_a_country_in_the_place_of_a_language_is_told(given: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean {meant}\\?"):
        language_tag(given)


@pytest.mark.parametrize(
    ("given", "kept"), [("ID", "ID"), ("id", "ID"), (" gb ", "GB"), ("XK", "XK"), ("HM", "HM")]
)
def test_codes_of_countries_are_taken(given: str, kept: str) -> None:
    assert country_code(given) == kept


@pytest.mark.parametrize("given", ["zzz", "ZZ", "001", "Indonesia", "I", "1D", "UN"])
def test_what_is_no_country_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is no code of a country") as caught:
        country_code(given)
    assert "ZZ?" not in str(caught.value)


def test_the_country_that_is_meant_is_told() -> None:
    with pytest.raises(ValueError, match="did you mean GB"):
        country_code("UK")
    with pytest.raises(ValueError, match="did you mean ID"):
        country_code("IDN")


def test_kabars_own_tables_hold_nothing_else() -> None:
    zones = rules("zones")
    assert all(country_code(code).lower() == code for code in set(zones["countries"]) - {"uk"})
    assert all(language_tag(code) == code for code in zones["languages"])
    for starter in starters():
        assert (language_tag(starter.language), country_code(starter.country)) == (
            starter.language,
            starter.country,
        )
