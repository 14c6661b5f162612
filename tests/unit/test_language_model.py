"""The language model out of the user's cache folder: the same answers, and no harm when it cannot be had."""

from pathlib import Path

import py3langid
import pytest

from crawler.normalize import detector

TEXTS = (
    "Harga beras naik di tiga provinsi sejak pekan lalu.",
    "The price of rice has risen in three provinces since last week.",
    "Der Preis für Reis ist seit voriger Woche in drei Provinzen gestiegen.",
    "先週から三つの州で米の値段が上がっている。",
    "ارتفعت أسعار الأرز في ثلاث محافظات منذ الأسبوع الماضي.",
    "1234",
)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deep" / "model"
    monkeypatch.setattr(detector, "cache_file", lambda source: path)
    detector._identifier.cache_clear()
    return path


def test_the_same_answers(kept: Path) -> None:
    expected = [py3langid.rank(text)[:3] for text in TEXTS]
    made = detector._identifier()
    assert kept.stat().st_size > 1_000_000
    detector._identifier.cache_clear()
    read = detector._identifier()
    for identifier in (made, read):
        assert [identifier.rank(text)[:3] for text in TEXTS] == expected


@pytest.mark.slow
def test_a_broken_file_is_made_anew(kept: Path) -> None:
    assert detector.classify(TEXTS[0]) == "id"
    whole = kept.stat().st_size
    with kept.open("r+b") as file:
        file.truncate(whole // 2)
    for content in (kept.read_bytes(), b"no model", b""):
        kept.write_bytes(content)
        detector._identifier.cache_clear()
        assert detector.classify(TEXTS[0]) == "id"
        assert kept.stat().st_size == whole
        assert list(kept.parent.iterdir()) == [kept]


def test_a_folder_that_cannot_be_written_is_no_harm(kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    assert detector.classify(TEXTS[0]) == "id"


def test_another_layout_is_left_to_the_library(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "_NEEDED", frozenset(["something else"]))
    assert detector.classify(TEXTS[1]) == "en"
