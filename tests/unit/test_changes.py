"""What counts as a change of an article, and what does not."""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.changes import changed_fields
from crawler.changes.noise import is_noise
from crawler.changes.plain import plain
from storage.model import Content
from tests.kept import WIB, content

STORY = (
    "A fire broke out in the old market on Monday night. At least 20 people died.",
    "The mayor, who came at once, said that the cause was not known yet.",
    "Firemen worked until the morning. Some 1,200 people lost their homes.",
)
TEXT = "\n\n".join(STORY)


def article(text: str = TEXT, **changes: Any) -> Content:
    return replace(content(1), **{"text": text, "lead": "The market burnt.", "byline": "(ani)", **changes})


def with_line(line: str, place: int = 1) -> str:
    return "\n\n".join((*STORY[:place], line, *STORY[place:]))


def changed(text: str, old: str = TEXT) -> bool:
    found = changed_fields(article(old), article(text))
    assert set(found) <= {"text"}
    return bool(found)


class TestWhatIsNoChange:
    @pytest.mark.parametrize(
        "text",
        [
            TEXT.replace(" ", "  "),
            TEXT.replace("\n\n", "\n"),
            TEXT.replace("market on", "market\non"),
            TEXT.replace(" ", "\u00a0"),
            TEXT.replace("mayor", "may\u00ador"),
            TEXT.replace("fire", "\u200bfire"),
            TEXT.upper(),
            TEXT.replace("fire", "ﬁre"),
            TEXT.replace("20", "２０"),
        ],
    )
    def test_another_form_of_the_same(self, text: str) -> None:
        assert not changed(text)

    def test_quotes_and_dashes(self) -> None:
        old = 'He said: "It\'s over" - and left.'
        for new in ("He said: “It’s over” – and left.", "He said: „It‘s over“ — and left."):
            assert not changed(new, old)

    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
    def test_forms_of_unicode(self, text: str) -> None:
        # A letter and what it is made of; not the other way round, which may join what was apart.
        other = unicodedata.normalize("NFC", text)
        assert changed_fields(article(other), article(unicodedata.normalize("NFD", other))) == ()

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("1,234 views", "2,345 views"),
            ("Updated 5 minutes ago", "Updated 2 hours ago"),
            ("Last updated on Monday, 14:05 WIB", "Last updated on Monday, 15:20 WIB"),
            (
                "Reporter: Budi Santoso | Editor: Ani Rahma | 14:05",
                "Reporter: Budi Santoso | Editor: Ani Rahma | 14:25",
            ),
            ("Senin, 24 Nov 2026 20:43 WIB", "Selasa, 25 Nov 2026 06:10 WIB"),
            ("Comments (12)", "Comments (431)"),
            ("Dibaca 1.234 kali", "Dibaca 5.678 kali"),
            ("阅读 1234", "阅读 5678"),
            ("5分前", "2時間前"),
            ("منذ 5 دقائق", "منذ 3 ساعات"),
            ("5 минут назад", "3 часа назад"),
            ("Read also: Two ships collide", "Read also: Prices of rice fall again"),
            ("Baca juga: Banjir di Jakarta", "Baca juga: Gempa di Cianjur"),
            ("关联新闻", "关联新闻"),
            ("相关阅读：两船相撞", "相关阅读：米价又跌"),
            ("Advertisement", "Scroll to continue"),
            ("3 min read", ""),
            ("", "ADVERTISEMENT"),
            ("", "12,345"),
        ],
    )
    @pytest.mark.parametrize("place", [0, 1, 3])
    def test_what_changes_by_itself(self, before: str, after: str, place: int) -> None:
        assert not changed(with_line(after, place), with_line(before, place))

    def test_a_block_of_links(self) -> None:
        old = f"{TEXT}\n\nTwo ships collide off Bali\n\nPrices of rice fall again\n\nMayor resigns over fire"
        for new in (
            f"{TEXT}\n\nHow to cook a goose\n\nElection set for May\n\nTen dogs that look like cats",
            f"{TEXT}\n\nTwo ships collide off Bali\n\nElection set for May",
            TEXT,
        ):
            assert not changed(new, old)
            assert not changed(old, new)

    def test_a_block_of_links_between_paragraphs(self) -> None:
        links = ("Two ships collide off Bali", "Prices of rice fall again", "Mayor resigns over fire")
        others = ("How to cook a goose", "Election set for May", "Ten dogs that look like cats")
        old, new = ("\n\n".join((*STORY[:2], *block, STORY[2])) for block in (links, others))
        assert not changed(new, old)

    def test_a_lead_that_begins_the_text_or_comes_and_goes(self) -> None:
        cut = article(lead=f"{TEXT[:60]}…")
        assert changed_fields(cut, article(lead="Another one.")) == ()
        assert (
            changed_fields(article(lead=None), article())
            == changed_fields(article(), article(lead=None))
            == ()
        )

    def test_times_that_are_the_same_moment_or_not_known(self) -> None:
        at = article().published_at or datetime(2026, 11, 2, tzinfo=WIB)
        for other in (at + timedelta(seconds=30), at.astimezone(), None):
            assert changed_fields(article(), article(published_at=other)) == ()

    def test_what_stands_around_the_article(self) -> None:
        other = article(
            section="Kota", tags=("x",), image_url="https://x/1.jpg", publisher="X", language="en"
        )
        assert changed_fields(article(), other) == ()

    def test_a_page_that_shows_less_to_those_who_do_not_pay(self) -> None:
        teaser = article(STORY[0][:50] + "…", paywalled=True)
        assert changed_fields(article(), teaser) == ()
        assert changed_fields(teaser, article(paywalled=True)) == ("text",), "now all of it is there"
        assert changed_fields(article(), article(STORY[0])) == ("text",), "no paywall: it was shortened"

    @given(st.text(), st.sampled_from(STORY))
    def test_an_article_is_the_same_as_itself(self, noise: str, story: str) -> None:
        assert changed_fields(article(f"{story}\n{noise}"), article(f"{story}\n{noise}")) == ()


class TestWhatIsAChange:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("20 people died", "23 people died"),
            ("1,200 people", "12,00 people"),
            ("not known yet", "known"),
            ("A fire broke out", "Fire? No fire broke out"),
            ("said that", "denied that"),
            ("Monday", "Tuesday"),
            (STORY[1] + "\n\n", ""),
        ],
    )
    def test_in_a_sentence(self, old: str, new: str) -> None:
        assert changed(TEXT.replace(old, new))

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("20 dead in fire", "23 dead in fire"),
            ("At least 20 dead", "At least 23 dead"),
            ("Death toll: 20", "Death toll: 23"),
            ("至少20人死亡", "至少23人死亡"),
            ("死者20人", "死者23人"),
            ("20 orang tewas", "23 orang tewas"),
            ("Strike lasts 3 days", "Strike lasts 4 days"),
            ("Votes: 2,300", "Votes: 3,300"),
            ("1-0", "2-0"),
            ("The quake struck at 14:05 WIB.", "The quake struck at 14:25 WIB."),
            ("", "A fourth paragraph was added."),
            ("What the mayor knew", "What the mayor hid"),
        ],
    )
    @pytest.mark.parametrize("place", [0, 1, 3])
    def test_a_line(self, before: str, after: str, place: int) -> None:
        assert changed(with_line(after, place), with_line(before, place))

    def test_an_item_of_a_list(self) -> None:
        items = ("Dead: 20 in the market", "Hurt: 110 in all", "Missing: 4 children")
        old = "\n\n".join((*STORY[:2], *items, STORY[2]))
        assert changed(old.replace("20 in the market", "23 in the market"), old)

    def test_a_list_that_is_longer_or_shorter(self) -> None:
        items = ("Dead: 20 in the market", "Hurt: 110 in all", "Missing: 4 children", "Saved: all dogs")
        longer, shorter = ("\n\n".join((*STORY[:2], *kept, STORY[2])) for kept in (items, items[:3]))
        assert changed(shorter, longer)
        assert changed(longer, shorter)
        assert changed(f"{longer}\n\nRead also: X\n\nOne more thing", longer)

    def test_fields(self) -> None:
        for name, value in {
            "title": "Harga beras naik 2",
            "lead": "The market burnt down.",
            "authors": ("Ani",),
            "byline": "(budi)",
            "dateline": "JAKARTA",
            "published_at": datetime(2026, 11, 3, 1, 15, tzinfo=WIB),
        }.items():
            assert changed_fields(article(), article(**{name: value})) == (name,)

    def test_all_that_changed_is_named_in_order(self) -> None:
        other = article("Something else altogether.", title="Other", authors=("X",))
        assert changed_fields(article(), other) == ("title", "text", "authors")

    def test_scripts_that_do_not_mark_the_ends_of_sentences(self) -> None:
        old = "ไฟไหม้ตลาดเก่าคืนวันจันทร์\n\nมีผู้เสียชีวิตอย่างน้อย 20 ราย\n\nนายกเทศมนตรีกล่าวว่ายังไม่ทราบสาเหตุ"
        assert changed(old.replace("20 ราย", "23 ราย"), old)


@pytest.mark.parametrize(
    "line",
    [
        *("Diperbarui pada Rabu, 26 November 2025 | 14:05 WIB", "November 26, 2025", "26/11/2025 14:03"),
        *("更新于 2025-11-26 14:05", "最終更新: 2025年11月26日 14時05分", "조회수 1,234", "5 นาทีที่แล้ว"),
        *("Publié le 26 novembre 2025 à 14h05 CET", "hace 3 horas", "vor 5 Minuten", "5 मिनट पहले"),
        *("1.2K shares", "1234 просмотров", "1.234 lượt xem", "1234 مشاهدة", "👁 1.234", "12:03:44", "***"),
        *("อ่านเพิ่มเติม: ข่าว", "اقرأ أيضا: خبر آخر", "IKLAN", "Just now"),
    ],
)
def test_noise(line: str) -> None:
    assert is_noise(plain(line))


@pytest.mark.parametrize(
    "line",
    [
        *("Recommended daily intake is 20 g.", "More than 20 people died", "See 20 houses burnt"),
        *("More on this matter was said when the minister met the press on Monday.", "Rp 1.500", "Skor: 2-1"),
        *("Related to the case, police named 3 suspects.", "23 dead 5 hours ago", "5 korban tewas"),
        *("Kick-off 19:30 at Gelora Bung Karno Stadium Jakarta", "停電3日間続く", "USD 15.600", "x" * 5000),
        *("$99.99", "€ 1.200"),
    ],
)
def test_no_noise(line: str) -> None:
    assert not is_noise(plain(line))


@given(st.text())
def test_any_line_gets_a_verdict(line: str) -> None:
    assert is_noise(plain(line)) in (True, False)
