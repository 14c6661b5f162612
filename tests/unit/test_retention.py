"""How long is an article kept?"""

import pytest

from crawler.errors import SettingsError
from crawler.retention import FOREVER, Choice, Retention, age, ages, retention_of, tokens
from crawler.settings import RetentionSettings, load
from storage.retained import Held

DAY = 86_400.0


def held(*tags: str, sources: tuple[int, ...] = (), days: float = 0.0) -> Held:
    return Held(id=1, first_seen_at=-days * DAY, tags=tags, source_ids=sources)


RULES = Retention(
    age=400 * DAY, sources={1: 30 * DAY, 2: FOREVER}, tags={"#weather": 7 * DAY, "#law": FOREVER}
)


@pytest.mark.parametrize(
    ("article", "days"),
    [
        (held(), 400),
        (held(sources=(9,)), 400),
        (held(sources=(1,)), 30),
        (held(sources=(1, 9)), 400),
        (held(sources=(1, 2)), FOREVER),
        (held("Weather"), 7),
        (held("weather", sources=(2,)), 7),
        (held("weather", "law"), FOREVER),
        (held("other", sources=(1,)), 30),
    ],
)
def test_kept(article: Held, days: float) -> None:
    assert RULES.kept(article) == days * DAY
    assert RULES.shortest == 7 * DAY


def test_ended() -> None:
    assert not RULES.ended(held(days=400), now=0.0)
    assert RULES.ended(held(days=401), now=0.0)
    assert not Retention().ended(held(days=1e6), now=0.0)


@pytest.mark.parametrize(
    ("choice", "article", "named"),
    [
        (Choice(), held(days=1), True),
        (Choice(age=DAY), held(days=1), False),
        (Choice(age=DAY), held(days=1.1), True),
        (Choice(sources=frozenset({1})), held(sources=(1,), days=1), True),
        (Choice(sources=frozenset({1})), held(sources=(1, 2), days=1), False),
        (Choice(sources=frozenset({1})), held(days=1), False),
        (Choice(tags=tokens(["Sport"])), held("sport", "x", days=1), True),
        (Choice(tags=tokens(["Sport"])), held("sports", days=1), False),
        (Choice(age=DAY, tags=tokens(["Sport"])), held("sport", days=0.5), False),
        (Choice(tags=tokens(["Sport", "x"])), held("X", "sport", days=1), True),
        (Choice(tags=tokens(["Sport", "x"])), held("sport", days=1), False),
    ],
)
def test_named(choice: Choice, article: Held, named: bool) -> None:
    assert choice.names(article, now=0.0) is named


def test_ages() -> None:
    assert ages("7=30d https://a.example/f?x=1=forever") == {
        "7": 30 * DAY,
        "https://a.example/f?x=1": FOREVER,
    }
    assert ages("horse racing=7d, law = forever", apart=",") == {"horse racing": 7 * DAY, "law": FOREVER}
    assert ages("") == {}
    assert ages("7") is None
    assert ages("7=soon") is None
    assert (age("400d"), age("Forever"), age("soon")) == (400 * DAY, FOREVER, None)


def test_settings() -> None:
    flags = {
        "retention.age": "400d",
        "retention.sources": "7=30d x=1w",
        "retention.tags": "horse racing=7d, law=forever",
    }
    settings = load(environment={}, flags=flags).settings.retention
    made = retention_of(settings, {"7": 7, "x": 8}.__getitem__)
    assert made == Retention(
        age=400 * DAY, sources={7: 30 * DAY, 8: 7 * DAY}, tags={"#horse_racing": 7 * DAY, "#law": FOREVER}
    )
    assert retention_of(RetentionSettings(), int).shortest == FOREVER
    for key, text in (("age", "0d"), ("age", "soon"), ("sources", "7"), ("sources", "7=x"), ("tags", "law")):
        with pytest.raises(SettingsError):
            load(environment={}, flags={f"retention.{key}": text})
