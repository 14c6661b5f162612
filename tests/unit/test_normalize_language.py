"""Languages: claims, detector, the Indonesian and Malay words, priors."""

from datetime import UTC, datetime

import pytest

from crawler.normalize import EntryFacts
from crawler.normalize.language import is_plainly_english, malay_or_indonesian, primary_tag, warm
from spiders.items import Document
from tests.drafts import drafter

NOW = datetime(2025, 10, 22, tzinfo=UTC)
TEXTS = {
    "id": "Polisi mengatakan bahwa tersangka ditangkap pada Jumat karena diduga mencuri sepeda motor. "
    "Kerugian mencapai 20 juta rupiah, kata Kapolres di kantornya.",
    "ms": "Polis berkata bahawa suspek ditahan pada Jumaat kerana disyaki mencuri motosikal milik penduduk. "
    "Kerugian dianggarkan RM20,000, kata Ketua Polis Daerah dalam satu kenyataan.",
    "en": "Police said the suspect was arrested on Friday on suspicion of stealing a motorcycle.",
    "de": "Die Polizei teilte mit, der Mann sei am Freitag wegen Diebstahls festgenommen worden.",
    "ja": "警察によると、容疑者は金曜日にオートバイを盗んだ疑いで逮捕された。被害額は二十万円に上るという。",
    "th": "ตำรวจกล่าวว่าผู้ต้องสงสัยถูกจับกุมเมื่อวันศุกร์ในข้อหาขโมยรถจักรยานยนต์ของชาวบ้าน",
    "zh": "警方表示，犯罪嫌疑人因涉嫌盗窃一名居民的摩托车于星期五被捕，损失估计达两万元。",
    "ar": "قالت الشرطة إن المشتبه به اعتقل يوم الجمعة للاشتباه في سرقة دراجة نارية تابعة لأحد السكان.",
}
PAGE = Document(
    url="https://www.example.com/a",
    requested_url="https://www.example.com/a",
    fetched_at=NOW.timestamp(),
    title="A",
    text=TEXTS["en"],
    provenance={"language": "html"},
)


draft = drafter(PAGE, NOW)


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    warm()


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("claim", [None, "en", "und", "nb-NO"])
def test_detected_when_the_claim_is_worth_nothing(language: str, claim: str | None) -> None:
    found = draft(text=TEXTS[language], title=TEXTS[language][:30], language=claim)
    assert found.language == language
    assert found.provenance["language"].startswith("normalize: ")


def test_claim_is_believed() -> None:
    found = draft(language="de-AT")
    assert (found.language, found.provenance["language"]) == ("de", "html")


@pytest.mark.parametrize(("claim", "language"), [("ms", "id"), ("id", "ms")])
def test_words_decide_between_indonesian_and_malay(claim: str, language: str) -> None:
    found = draft(text=TEXTS[language], title="", language=claim)
    assert found.language == language
    assert found.provenance["language"] == f"normalize: words usual in {language} only"


def test_no_own_words_no_change() -> None:
    assert malay_or_indonesian("satu dua tiga", "ms") == "ms"


def test_short_text_leaves_it_to_claim_and_source() -> None:
    assert draft(text="Foto: OK", title="Foto", language="en").language == "en"
    prior = draft(EntryFacts(source_language="sv-SE"), text="Foto: OK", title="Foto", language=None)
    assert (prior.language, prior.provenance["language"]) == ("sv", "feed")
    assert (
        draft(EntryFacts(language="fi", source_language="sv"), text="OK", title="OK", language=None).language
        == "fi"
    )


def test_without_letters_there_is_no_language() -> None:
    assert draft(text="12345 67890", title="1", language=None).language is None


@pytest.mark.parametrize(
    ("tag", "primary"),
    [
        ("id-ID", "id"),
        ("in_ID", "id"),
        ("EN-us", "en"),
        ("iw", "he"),
        ("zh-Hans-CN", "zh"),
        ("ind", "id"),
        ("fil", "fil"),
        ("English", "en"),
        ("bahasa Indonesia", "id"),
        ("und", None),
        ("", None),
        (None, None),
        ("mul", None),
        ("12", None),
        ("x-klingon", None),
        ("{{lang}}", None),
        ("japanese", None),
        ("de" * 500, None),
    ],
)
def test_tags(tag: str | None, primary: str | None) -> None:
    assert primary_tag(tag) == primary


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("The minister said that the price of rice and the price of oil rose in the north of Java.", True),
        ("The Beatles dan The Rolling Stones tampil di The Forum, kata panitia and kawan.", False),
        ("De prijs van rijst steeg of daalde, of bleef gelijk, of niet, of toch wel, of nooit.", False),
        ("", False),
    ],
)
def test_english_shows_in_its_most_frequent_words(text: str, english: bool) -> None:
    assert is_plainly_english(text) is english
