"""Copies are found whatever desks do to them; what only resembles a text is left alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.near.fingerprint import fingerprint
from crawler.near.match import Match, match
from tests.copies import EDITS, copied, prose
from tests.filler import made_up

FOOTER = (
    "The material on this site may not be reproduced, distributed or otherwise used, except with the "
    "prior written permission of the publisher. All quotes are delayed by a minimum of fifteen minutes."
    " If you have a tip or a correction for our newsroom, please contact the editors by email or "
    "through the form linked from the home page. Subscribers can comment on this story. We may earn a "
    "share of sales from links. "
)
WEATHER = (
    "The weather in {town} on {day} September: rain at {a} degrees. In the morning the weather service "
    "expects temperatures around {b} degrees, in the afternoon they rise to {c} degrees. The chance of "
    "rain is {d} per cent. The wind blows at {e} kilometres an hour. At night it cools to {f} degrees "
    "and stays mostly clear. The service points out that the forecast may change at short notice. "
    "Warnings stand on its pages."
)
FILING = (
    "On Tuesday a spokesman for {name} said that {name} is issuing a eurobond through its London "
    "office. The paper is led by {bank} and will be listed in Luxembourg, and the managers say that "
    "demand among investors was strong from the first hour. Fees were not disclosed, and {name} "
    "declined to comment on the use of the proceeds beyond what the prospectus says, which is that they"
    " serve general purposes of the company."
)
QUAKE = (
    "{a}月{b}日{c}時{d}分ごろ、{place}を震源とする地震がありました。気象庁によりますと、震源の深さはおよそ{e}キロ、"
    "地震の規模を示すマグニチュードは{f}.{g}と推定されています。この地震による津波の心配はありません。"
    "揺れの強かった地域では、今後の地震活動に注意するとともに、落石や崖崩れなどに十分に注意してください。"
)
JAPANESE = (
    "町は水曜日、新しい渡し船の桟橋を来年の春に開くと発表した。これまでの桟橋は古く、満潮のたびに水につかっていた。"
    "工事は夏の終わりから始まり、漁の季節をさけて進められるという。住民の多くは計画を歓迎しているが、費用を心配する声もある。"
    "町長は記者会見で、島の暮らしを守るためには船の便を増やすことが欠かせないと述べ、国にも助けを求める考えを示した。"
)


def compare(one: str, other: str) -> Match | None:
    return match(fingerprint(one), fingerprint(other))


def text_of(number: int, words: int = 300) -> str:
    return prose(number, words=words)


@pytest.mark.parametrize("name", EDITS)
def test_copies_are_found(name: str) -> None:
    found = [compare(text_of(number), copied(text_of(number), name, number)) for number in range(40)]
    assert sum(one is not None for one in found) >= 38, name


def test_two_different_edits_of_one_text() -> None:
    names = [*EDITS]
    pairs = [
        (one, other)
        for one in names
        for other in names
        if one < other and "its beginning" not in (one, other)
    ]
    found = [
        compare(copied(text_of(number), one, number), copied(text_of(number), other, number + 100))
        for number, (one, other) in enumerate(pairs)
    ]
    assert sum(one is not None for one in found) >= 0.9 * len(pairs)


def test_different_texts_do_not_match() -> None:
    texts = [fingerprint(text_of(number)) for number in range(60)]
    assert not [1 for at, one in enumerate(texts) for other in texts[:at] if match(one, other)]


def test_set_phrases_in_another_order_are_no_copy() -> None:
    """Half of the passages of these texts stand in each other, all over."""
    texts = [fingerprint(made_up(number, paragraphs=6)[1]) for number in range(60)]
    assert not [1 for at, one in enumerate(texts) for other in texts[:at] if match(one, other)]


def filled(form: str, seed: int) -> str:
    lot = random.Random(seed)
    numbers = {key: lot.randrange(1, 60) for key in "abcdefg"}
    towns = ("Dresden", "Kiel", "Ulm", "Bonn", "Trier", "Jena")
    places = ("熊本県", "能登半島", "千葉県", "石川県")
    names = ("Ossiana", "Tarvel", "Quenby", "Marlock", "Drivens", "Pellard", "Vintrup")
    return form.format(
        day=lot.randrange(1, 30), town=lot.choice(towns), place=lot.choice(places),
        name=names[seed % 7], bank=names[(seed + 3) % 7], **numbers,
    )  # fmt: skip


@pytest.mark.parametrize("form", [WEATHER, FILING, QUAKE])
def test_forms_filled_in_stay_apart(form: str) -> None:
    texts = [filled(form, seed) for seed in range(7)]
    assert not [1 for at, one in enumerate(texts) for other in texts[:at] if compare(one, other)]
    for text in texts:
        assert compare(text, f"LONDON (Reuters) - {text}\n\n(abc/def)")


@pytest.mark.parametrize("words", [40, 80, 160])
def test_briefs_under_one_footer_stay_apart(words: int) -> None:
    briefs = [" ".join(text_of(number).split()[:words]) for number in range(12)]
    for at, one in enumerate(briefs):
        for other in briefs[:at]:
            assert not compare(f"{one}\n\n{FOOTER}", f"{other}\n\n{FOOTER}")
        assert compare(f"{one}\n\n{FOOTER}", f"Rome (dpa) - {one}")


def test_a_follow_up_with_the_old_background_is_another_story() -> None:
    for number in range(20):
        background = text_of(number, words=150)
        one, other = text_of(number + 100), text_of(number + 200)
        assert not compare(f"{one}\n\n{background}", f"{other}\n\n{background}")


def test_signs_of_a_script_without_blanks() -> None:
    lot = random.Random(2)
    edited = "".join(
        lot.choice(("", "の", sign + sign)) if lot.random() < 0.06 else sign for sign in JAPANESE
    )
    found = compare(JAPANESE, f"（ロイター）- {edited}")
    assert found
    assert compare(JAPANESE, JAPANESE[:130])


@pytest.mark.parametrize(
    "line", ["", "Watch the video.", "Read more on our site, where you find all of it.", "続きを読む"]
)
def test_a_line_proves_nothing(line: str) -> None:
    assert compare(line, line) is None


def test_a_match_tells_why_and_does_not_depend_on_the_order() -> None:
    long, short = text_of(1), copied(text_of(1), "its beginning")
    there, back = compare(long, short), compare(short, long)
    assert there
    assert back
    assert (there.score, there.how, there.why) == (back.score, back.how, back.why)
    assert there.coverage == back.coverage[::-1]
    assert there.coverage[0] < 0.5 < there.coverage[1]
    assert 0 < there.score <= 1
    ways = {compare(text_of(1), copied(text_of(1), name, 7)) for name in EDITS} - {None}
    assert all(one and "%" in one.why and "\n" not in one.why for one in ways)


def test_the_same_text_scores_one() -> None:
    found = compare(text_of(3), text_of(3))
    assert found
    assert (found.score, found.jaccard, found.containment, found.lead) == (1, 1, 1, 1)


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_are_compared(one: str, other: str) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there is None) == (back is None)
    repeated = compare(one * 20, f"{one * 20} {other}")
    assert repeated is None or 0 < repeated.score <= 1


HUGE = {
    "one word": "x" * 5_000_000,
    "numbers": "12,345 " * 700_000,
    "marks": "a\u0301\u0327" * 1_500_000,
    "signs": "漢字" * 2_500_000,
    "ligatures": "\ufdfa and more words " * 250_000,
    "names": "Ab. " * 1_250_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_texts_of_five_megabytes(text: str) -> None:
    whole, part = fingerprint(text), fingerprint(text[: len(text) // 3] + " and 7 words of Its Own")
    match(whole, part)
    match(fingerprint(text_of(1) + text), whole)


def test_thousands_of_gaps() -> None:
    words = text_of(1, words=20_000).split()
    other = [word if at % 6 else f"Else{at}" for at, word in enumerate(words)]
    match(fingerprint(" ".join(words)), fingerprint(" ".join(other)))


def test_scripts_mixed_within_one_text() -> None:
    mixed = f"{JAPANESE} {text_of(1, words=60)} {JAPANESE[::-1]} قالت البلدية يوم الأربعاء ٢٠٢٦"
    assert compare(mixed, f"（ロイター）- {mixed} (abc)")
    assert not compare(mixed, text_of(2, words=120))
