"""The lead: whose summary is taken, and when the first paragraph speaks instead."""

from datetime import UTC, datetime

import pytest

from crawler.normalize import EntryFacts
from spiders.items import Candidate, Document
from tests.drafts import drafter

NOW = datetime(2025, 10, 22, tzinfo=UTC)
SENTENCE = "Warga desa menyambut jalan baru yang dibuka kemarin sore oleh pemerintah kabupaten."
OPENING = f"{SENTENCE} {SENTENCE}"
SUMMARY = "Jalan sepanjang dua kilometer itu menghubungkan tiga dusun."
PAGE = Document(
    url="https://www.example.com/read/1/jalan-baru-dibuka",
    requested_url="https://www.example.com/read/1/jalan-baru-dibuka",
    fetched_at=NOW.timestamp(),
    title="Jalan baru dibuka",
    text=f"{OPENING}\n\n{SENTENCE} {SENTENCE} {SENTENCE}",
    language="id",
    publisher="Warta Online",
    image_url="https://www.example.com/jalan.jpg",
    image_caption="Bupati (kiri) memotong pita di jalan baru itu, Senin.",
    image_credit="Antara/Siti",
    provenance={"text": "extract", "lead": "json-ld"},
)


draft = drafter(PAGE, NOW)


def also(summary: str) -> dict[str, tuple[Candidate, ...]]:
    """Candidates of a page whose og:description is ``summary``, less believed than its JSON-LD."""
    return {"lead": (Candidate(("anything",), "json-ld", 0.8), Candidate((summary,), "og", 0.6))}


def test_it_is_the_description() -> None:
    found = draft(lead="Jalan sepanjang dua kilometer itu\ndibuka kemarin.")
    assert found.lead == "Jalan sepanjang dua kilometer itu dibuka kemarin."
    assert found.provenance["lead"] == "json-ld"


@pytest.mark.parametrize(
    "lead",
    [
        None,
        "Jalan baru dibuka",
        "Jalan baru dibuka | Warta Online",
        PAGE.image_caption,
        "Warga desa menyambut jalan baru yang...",
        "Warga desa menyambut […]",
        pytest.param("Warga desa menyambut jalan baru yang dib", id="cut within a word"),
        pytest.param(f"{SENTENCE} Warga desa menyambut jalan", id="cut behind a word"),
        pytest.param(SENTENCE[1:], id="without its initial"),
        pytest.param(f"{OPENING} Warga desa", id="cut in the second paragraph"),
    ],
)
def test_it_is_the_first_paragraph_when_the_description_says_nothing(lead: str | None) -> None:
    found = draft(lead=lead)
    assert found.lead == OPENING
    assert found.provenance["lead"] == "normalize: first paragraph"


def test_whole_sentences_of_the_text_are_a_lead() -> None:
    assert draft(lead=SENTENCE).lead == SENTENCE


def test_a_paragraph_without_full_stop_is_whole() -> None:
    standfirst = "Tiga dusun kini terhubung oleh satu jalan"
    assert draft(lead=standfirst, text=f"{standfirst}\n\n{PAGE.text}").lead == standfirst


def test_the_next_summary_of_the_page_comes_before_the_text() -> None:
    found = draft(lead=PAGE.image_caption, candidates=also(SUMMARY))
    assert (found.lead, found.provenance["lead"]) == (SUMMARY, "og")
    assert draft(lead=PAGE.image_caption, candidates=also("Kabupaten kami.")).lead == OPENING


def test_the_summary_of_the_feed_comes_before_the_text() -> None:
    found = draft(EntryFacts(summary="<p>Ringkasan dari <b>umpan</b>.</p>"))
    assert (found.lead, found.provenance["lead"]) == ("Ringkasan dari umpan.", "feed")


@pytest.mark.parametrize(
    "tail", [" - Warta Online", " | example.com", " |", " • Foto: Antara/Siti", " · Antara/Siti"]
)
def test_what_is_behind_it_is_taken_off(tail: str) -> None:
    assert draft(lead=SUMMARY + tail).lead == SUMMARY


@pytest.mark.parametrize("lead", ["Harga beras naik • gula turun", "Skor akhir 2 | 1 untuk tuan rumah"])
def test_other_tails_stay(lead: str) -> None:
    assert draft(lead=lead).lead == lead


def test_a_long_opening_is_cut_after_a_sentence() -> None:
    found = draft(text=f"{OPENING * 15}\n\n{OPENING}")
    assert found.lead is not None
    assert len(found.lead) <= 600
    assert found.lead.endswith("kabupaten.")
