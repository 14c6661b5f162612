"""Authors are people."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalize import EntryFacts, normalize
from crawler.normalize.characters import folded
from crawler.normalize.draft import Draft
from crawler.normalize.people import MAX_AUTHORS, credited, is_organisation
from spiders.items import Document
from tests.depth import examples

NOW = datetime(2025, 10, 22, tzinfo=UTC)
PAGE = Document(
    url="https://www.kompas.com/a",
    requested_url="https://www.kompas.com/a",
    fetched_at=NOW.timestamp(),
    title="A",
    text="Presiden mengatakan bahwa jalan itu dibuka.",
    language="id",
    publisher="Kompas Cyber Media",
    provenance={"authors": "json-ld"},
)


def draft(*authors: str, feed: tuple[str, ...] = (), url: str = PAGE.url) -> Draft:
    return normalize(replace(PAGE, authors=authors, url=url), EntryFacts(authors=feed), now=NOW)


@pytest.mark.parametrize(
    ("credit", "people"),
    [
        ("Jane Doe", ["Jane Doe"]),
        ("By Jane Doe", ["Jane Doe"]),
        ("Oleh: Budi Santoso", ["Budi Santoso"]),
        ("Penulis: Budi Santoso", ["Budi Santoso"]),
        ("Von Jana Müller", ["Jana Müller"]),
        ("Par Jean Dupont", ["Jean Dupont"]),
        ("Por María R. Sahuquillo", ["María R. Sahuquillo"]),
        ("记者：王明", ["王明"]),
        ("記者：王明", ["王明"]),
        ("Di Stefano Russo", ["Di Stefano Russo"]),
        ("By Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Budi Santoso dan Siti Aminah", ["Budi Santoso", "Siti Aminah"]),
        ("Jane Doe, John Roe and Max Moe", ["Jane Doe", "John Roe", "Max Moe"]),
        ("Jana Müller; Jan Meier", ["Jana Müller", "Jan Meier"]),
        ("Jane Doe, Political Editor", ["Jane Doe"]),
        ("JANE DOE Associated Press", ["JANE DOE"]),
        ("Jane Doe AFP", ["Jane Doe"]),
        ("Jane Doe, AP Sports Writer", ["Jane Doe"]),
        ("Jane Doe, RDN", ["Jane Doe, RDN"]),
        ("November 18", []),
        ("2019 12:01 PM Print", []),
        ("Jane Doe | Reuters", ["Jane Doe"]),
        ("Jane Doe - Reporter", ["Jane Doe"]),
        ("Jane Doe (AP)", ["Jane Doe"]),
        ("John Roe, Jr.", ["John Roe, Jr."]),
        ("Jane Doe, Ph.D.", ["Jane Doe, Ph.D."]),
        ("jane@example.com (Jane Doe)", ["Jane Doe"]),
        ("Jane Doe <jane@example.com>", ["Jane Doe"]),
        ("Jane and the Gang", ["Jane and the Gang"]),
        ("Jatmiko", ["Jatmiko"]),
        ("王明、李雷", ["王明", "李雷"]),
        ("Fouzia Van Der Fort", ["Fouzia Van Der Fort"]),
        ("Tim Hanlon", ["Tim Hanlon"]),
        ("STEVE PEOPLES", ["STEVE PEOPLES"]),
        ("", []),
        ("admin", []),
        ("Redaksi", []),
        ("Tim Redaksi", []),
        ("staff reporter", []),
        ("jane@example.com", []),
        ("https://www.kompas.com/penulis/1", []),
        ("kompas.com", []),
        ("jhn", []),
        ("(jhn/yn)", []),
        ("12345", []),
        ("Editor: ", []),
    ],
)
def test_one_credit(credit: str, people: list[str]) -> None:
    assert list(credited([credit]).people) == people


@pytest.mark.parametrize(
    "name",
    [
        "Reuters",
        "dpa",
        "SID Nachrichtenagentur",
        "ANTARA",
        "新华社",
        "BBC News",
        "News Desk",
        "BR24",
        "Kompas TV",
    ],
)
def test_organisations(name: str) -> None:
    assert is_organisation(name)


def test_outlet_itself() -> None:
    outlets = frozenset({"kompas", "theguardian"})
    assert is_organisation("KOMPAS", outlets)
    assert is_organisation("Guardian staff", outlets)
    assert not is_organisation("Guard Ian", outlets)


def test_agencies_and_outlets_stand_back_behind_people() -> None:
    found = draft("Reuters", "Jane Doe", "Kompas Cyber Media", "Kompas.com")
    assert found.authors == ("Jane Doe",)


def test_agency_alone_is_credited() -> None:
    assert draft("dpa").authors == ("dpa",)


def test_people_of_the_feed_come_before_organisations_of_the_page() -> None:
    found = draft("Kompas Cyber Media", feed=("Jane Doe",))
    assert (found.authors, found.provenance["authors"]) == (("Jane Doe",), "feed")
    assert draft(feed=("Reuters", "admin")).authors == ("Reuters",)


def signed(text: str, *authors: str, lead: str | None = None) -> tuple[str, ...]:
    document = replace(PAGE, authors=authors, text=text, lead=lead, publisher="Warta Online")
    return normalize(document, EntryFacts(), now=NOW).authors


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Lê Phương", ("Lê Phương",)),
        ("Warta / Siti Aminah", ("Siti Aminah",)),
        ("Siti Aminah dan Rini Utami", ("Siti Aminah", "Rini Utami")),
        ("Mehr aus Berlin", ()),
        ("Read More!", ()),
        ("Reuters", ()),
        ("Alle Informationen zur Weltmeisterschaft.", ()),
        ("Informationen zur Weltmeisterschaft.", ()),
        ("Alle Spiele", ()),
    ],
)
def test_a_text_may_be_signed_in_its_last_line(line: str, authors: tuple[str, ...]) -> None:
    assert signed(f"{PAGE.text}\n\n{line}") == authors


def test_words_that_the_text_uses_are_no_signature() -> None:
    assert signed(f"{PAGE.text}\n\nThe hitbox has a mask.\n\nHitbox Mask") == ()
    assert signed(f"{PAGE.text}\n\nIt will be cold.\n\nWill Tanner") == ("Will Tanner",)


def test_a_signature_counts_where_no_person_is_named() -> None:
    assert signed(f"{PAGE.text}\n\nSiti Aminah", "Warta Desk") == ("Siti Aminah",)
    assert signed(f"{PAGE.text}\n\nSiti Aminah", "Rini Utami") == ("Rini Utami",)


def test_a_first_line_is_a_name_where_the_description_says_it_too() -> None:
    text = f"SITI AMINAH\n\n{PAGE.text}"
    assert signed(text) == ()
    assert signed(text, lead="Siti Aminah ") == ("SITI AMINAH",)


def test_initials_of_two_desks() -> None:
    assert draft("srf/hosb", "kesm").authors == ("srf/hosb", "kesm")
    assert draft("srf/hosb", "Jane Doe").authors == ("Jane Doe",)


def test_initials_are_better_than_nobody() -> None:
    assert draft("jhn").authors == ("jhn",)
    assert draft("jhn", "Jane Doe").authors == ("Jane Doe",)


def test_outlet_with_accents() -> None:
    found = draft("EL PAÍS", "Jane Doe", url="https://elpais.com/a")
    assert found.authors == ("Jane Doe",)


def test_a_person_may_be_the_site() -> None:
    assert draft("Ben Nadel", url="https://www.bennadel.com/a").authors == ("Ben Nadel",)


def test_nobody_is_told() -> None:
    found = draft("admin", "redaksi")
    assert found.authors == ()
    assert found.provenance["authors"] == "normalize: names nobody: admin, redaksi"


def test_each_once_and_at_most_64() -> None:
    assert draft("Jane Doe", "JANE DOE", "jane  doe").authors == ("Jane Doe",)
    letters = "abcdefghijklmnopqrstuvwxyz"
    crowd = tuple(f"Name{one}{two} Family" for one in letters for two in letters)
    assert len(draft(*crowd * 20).authors) == MAX_AUTHORS


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.text(max_size=60) | st.text("ABab .,;|/&()<>@-、and dan", max_size=60), max_size=5))
def test_never_raises(credits: list[str]) -> None:
    found = credited(credits)
    for name in (*found.people, *found.others):
        assert folded(name)
        assert name == name.strip()
