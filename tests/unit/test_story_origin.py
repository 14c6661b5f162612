"""Where a text likely comes from, and what each outlet made of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.stories.naming import agencies, agency_of_site, named_in
from crawler.stories.origin import came_out, in_time, origin_of
from crawler.stories.roles import role_of
from storage.membership import Member

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def article(number: int, minutes: float = 0.0, **fields: Any) -> Member:
    """An article of an outlet of its own that came out so long after noon."""
    usual: dict[str, Any] = dict.fromkeys(Member.__dataclass_fields__)
    published = NOON + timedelta(minutes=minutes)
    usual |= {
        "id": number, "story_id": 1, "url": f"https://p{number}.example/a", "site": f"p{number}.example",
        "publisher": f"Paper {number}", "title": "A title", "authors": (), "credits": (), "word_count": 300,
        "opening": "Shares rose on Monday.", "closing": "The market closes at five.", "revision": 1,
        "published_at": published, "first_seen_at": published + timedelta(minutes=5),
    }  # fmt: skip
    return Member(**{**usual, **fields})


WIRE: dict[str, Any] = {"site": "mandala.example", "publisher": "Mandala Wire"}


class TestNames:
    @pytest.mark.parametrize(
        ("fields", "names"),
        [
            ({"dateline": "LONDON (Reuters)"}, ["Reuters", "LONDON"]),
            ({"dateline": "JAKARTA, ANTARA"}, ["JAKARTA", "ANTARA"]),
            ({"dateline": "新华社北京3月5日电"}, ["Xinhua"]),
            ({"dateline": "（ロイター）"}, ["Reuters"]),
            ({"dateline": "القاهرة (رويترز)"}, ["Reuters", "القاهرة"]),
            ({"byline": "(dpa/AFP)"}, ["dpa", "AFP"]),
            ({"byline": "(Ant/OL-3)"}, ["ANTARA", "OL-3"]),
            ({"credits": ("Associated Press", "Getty Images")}, ["AP"]),
            ({"credits": ("Antara", "Ann Lee"), "image_credit": "Ann Lee/Antara"}, []),
            ({"authors": ("AFP",)}, ["AFP"]),
            ({"authors": ("Antara",)}, ["ANTARA"]),
            ({"opening": "Gubernur Bank Indonesia (BI) Perry Warjiyo mengatakan"}, []),
            ({"opening": "Police in Andhra Pradesh (AP) said"}, []),
            ({"opening": "It was the first of many (AP) - or so they said. Then"}, ["AP"]),
            ({"opening": "【東京共同】政府は"}, ["Kyodo"]),
            ({"byline": "(ap/ant)"}, []),
            ({"closing": "He signed the pact (NATO) again."}, []),
            ({"opening": "HARBOUR (Mandala Wire) - The ship"}, ["Mandala Wire"]),
            ({"closing": "It ended. (Reuters)"}, ["Reuters"]),
            ({"opening": "PORT CALLOW, Mandala Wire - The ship"}, ["Mandala Wire"]),
            ({"opening": "In Rome, the mayor, a poet - and a good one - said"}, []),
        ],
    )
    def test_names_are_found_where_desks_print_them(self, fields: dict[str, Any], names: list[str]) -> None:
        assert [named.name for named in named_in(article(1, **fields))] == names

    def test_what_stands_behind_the_city_and_as_author_is_no_reporter(self) -> None:
        opening = "PORT CALLOW, Samudra - The ship sailed."
        [named] = named_in(article(1, opening=opening, authors=("Samudra",)))
        assert named.firm
        assert not any(one.firm for one in named_in(article(1, opening=opening, authors=("Ann Lee",))))
        copies = [article(n, n, opening=opening, authors=("Samudra",)) for n in (1, 2)]
        assert origin_of(copies).name == "Samudra"
        reporters = [article(n, n, authors=("Ann Lee",), dateline="ROME") for n in (1, 2)]
        assert origin_of(reporters).name == "Paper 1"

    def test_sites_of_agencies(self) -> None:
        assert [one and one.name for one in map(agency_of_site, ("reuters.com", "en.antaranews.com"))] == [
            "Reuters", "ANTARA",
        ]  # fmt: skip
        assert agency_of_site("notreuters.com") is None

    def test_no_name_is_two_agencies(self) -> None:
        printed = [key for one in agencies() for key in one.printed]
        assert len(printed) == len(set(printed))


class TestOrigin:
    def test_the_first_to_come_out(self) -> None:
        origin = origin_of([article(1, 180), article(2, 0), article(3, 400)])
        assert (origin.article_id, origin.name) == (2, "Paper 2")
        assert origin.why == "it came out first, 3 h before the next"
        assert origin_of([article(1)]).why == "nobody else has printed it"

    def test_clocks_do_not_agree_to_the_minute(self) -> None:
        origin = origin_of([article(1, 0, word_count=100), article(2, 6, word_count=400), article(3, 60)])
        assert (origin.article_id, origin.why) == (
            2,
            "it has the fullest text of 2 that came out within 10 min",
        )
        origin = origin_of([article(1, 3), article(2, 0)])
        assert origin.article_id == 2

    def test_an_agency_that_is_here_comes_before_the_clock(self) -> None:
        wire = article(9, 30, **WIRE)
        copies = [article(n, n, dateline="SENJA (Mandala Wire)") for n in (1, 2)]
        origin = origin_of([*copies, article(3, 0), wire])
        assert (origin.article_id, origin.name) == (9, "Mandala Wire")
        assert origin.why == "2 of the other 3 name it in the dateline"
        assert origin_of([copies[0], wire]).why == "the other one names it in the dateline"

    def test_an_agency_that_is_not_here_is_named(self) -> None:
        origin = origin_of([article(1, 0), article(2, 5, dateline="JAKARTA, ANTARA"), article(3)])
        assert (origin.article_id, origin.name) == (None, "ANTARA")
        assert origin.why == "1 of 3 name it in the dateline; its own article is not here"

    def test_an_unknown_name_has_to_be_given_by_two_outlets(self) -> None:
        one = article(1, dateline="SENJA (Mandala Wire)")
        assert origin_of([one, article(2, 60)]).article_id == 1
        both = origin_of([one, article(2, 60, credits=("Mandala Wire",), dateline="SENJA (Mandala Wire)")])
        assert (both.article_id, both.name) == (None, "Mandala Wire")

    def test_initials_are_no_agency(self) -> None:
        members = [article(n, 60 * n, byline="(jhn/yn)", closing="Selesai. (jhn/yn)") for n in (1, 2, 3)]
        assert origin_of(members).article_id == 1

    def test_who_is_credited_beside_is_no_agency(self) -> None:
        members = [article(n, 60 * n, credits=("Jane Doe",), authors=("Redaksi",)) for n in (1, 2, 3)]
        assert origin_of(members).article_id == 1

    def test_a_city_is_no_agency(self) -> None:
        members = [article(n, 60 * n, dateline="SENJA, Utara") for n in (1, 2, 3)]
        assert origin_of(members).article_id == 1

    def test_an_outlet_naming_itself_says_nothing(self) -> None:
        members = [
            article(1, 60, dateline="JAKARTA, KOMPAS.com", site="kompas.com", publisher="Kompas.com"),
            article(2, 0),
        ]
        assert origin_of(members).article_id == 2

    def test_an_agency_of_its_own(self) -> None:
        wire = article(1, 60, site="reuters.com", publisher="Reuters", dateline="LONDON (Reuters)")
        origin = origin_of([wire, article(2, 0)])
        assert (origin.article_id, origin.why) == (1, "reuters.com is a news agency")
        named = origin_of([wire, article(2, 0, byline="(Reuters)")])
        assert (named.article_id, named.why) == (1, "the other one names it in the byline")

    def test_who_took_the_picture_did_not_write_the_text(self) -> None:
        members = [article(n, 60 * n, credits=("Getty Images",)) for n in (1, 2, 3)]
        assert origin_of(members).article_id == 1

    def test_times_that_cannot_be(self) -> None:
        midnight = datetime(2026, 11, 26, tzinfo=UTC)
        bare = article(1, published_at=midnight, first_seen_at=midnight + timedelta(hours=14))
        ahead = article(2, published_at=NOON + timedelta(hours=9), first_seen_at=NOON)
        unknown = article(3, published_at=None, first_seen_at=NOON)
        assert came_out(bare) == midnight + timedelta(hours=14)
        assert came_out(ahead) == came_out(unknown) == NOON
        assert [member.id for member in in_time([bare, unknown, ahead])] == [2, 3, 1]


class TestRoles:
    @pytest.mark.parametrize(
        ("shares", "words", "name", "why"),
        [
            ((1.0, 1.0), 300, "copy", "the same text as the original"),
            ((0.93, 0.9), 310, "copy", "93% of it stands in the original, 90% of that in it"),
            ((0.99, 0.4), 120, "shortened", "it keeps 40% of the original"),
            ((0.7, 0.4), 150, "shortened", "it keeps 40% of the original and has words of its own"),
            ((0.6, 0.98), 500, "expanded", "40% of it is not in the original, of which it has 98%"),
            ((0.7, 0.7), 300, "copy", "70% of it stands in the original, 70% of that in it"),
        ],
    )
    def test_roles(self, shares: tuple[float, float], words: int, name: str, why: str) -> None:
        own, other = shares
        role = role_of(own_share=own, other_share=other, words=words, other_words=300, other="the original")
        assert (role.name, role.why) == (name, why)

    def test_nothing_is_divided_by_nothing(self) -> None:
        assert role_of(own_share=0, other_share=0, words=0, other_words=0, other="x").name == "shortened"
