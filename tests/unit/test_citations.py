"""Whom a text credits, in every language there are rules for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.marks import citations
from crawler.marks.citing import MOST

LANGUAGES = ("ar", "de", "en", "es", "fr", "id", "ja", "ms", "pt", "zh")


def names(text: str, language: str, *, own: tuple[str, ...] = ()) -> list[str]:
    return [found.name for found in citations(text, language, own=own)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("id", "Hal itu dikatakan Menteri kepada Antara, Selasa.", ["ANTARA"]),
        (
            "id",
            "Dilansir dari Kompas.com, harga naik. Mengutip surat kabar Sinar Harapan, Senin.",
            ["Kompas", "Sinar Harapan"],
        ),
        ("id", "Akun media sosial X, “@joni_askola,” menyatakan hal itu.", ["@joni_askola"]),
        (
            "ms",
            "Menurut laporan Bernama, banjir berlaku. “Sedia,” lapor agensi berita Xinhua.",
            ["Bernama", "Xinhua"],
        ),
        ("en", "According to the BBC, prices rose. “No,” he told Reuters.", ["BBC", "Reuters"]),
        (
            "en",
            "The newspaper Bild-Zeitung reported it, and the account @kabar_news did.",
            ["Bild-Zeitung", "@kabar_news"],
        ),
        (
            "en",
            "He spoke to the Daily Mail, and Bloomberg News reported on Friday.",
            ["Daily Mail", "Bloomberg"],
        ),
        (
            "de",
            "Laut dpa wurde der Mann gefasst. Wie der Spiegel berichtet, floh er.",
            ["dpa", "Der Spiegel"],
        ),
        (
            "de",
            "Das teilte die Nachrichtenagentur Reuters mit. Der Zeitung Kurier zufolge.",
            ["Reuters", "Kurier"],
        ),
        (
            "es",
            "Según El País, subió. “No”, dijo a Efe. La cuenta @gobierno publicó.",
            ["El País", "EFE", "@gobierno"],
        ),
        (
            "fr",
            "Selon Le Monde, le prix monte. D’après l’AFP, il a fui, rapporte France Info.",
            ["Le Monde", "AFP", "France Info"],
        ),
        ("fr", "Une source l’a confié au journal Sud Ouest.", ["Sud Ouest"]),
        (
            "pt",
            "Segundo a Folha de S. Paulo, subiu. O jornal O Globo noticiou.",
            ["Folha de S. Paulo", "O Globo"],
        ),
        ("zh", "据新华社报道，价格上涨。另据路透社消息，他接受BBC采访。", ["Xinhua", "Reuters", "BBC"]),
        (
            "ja",
            "NHKによると、価格が上がった。ロイター通信が報じた。朝日新聞の取材に答えた。",
            ["NHK", "Reuters", "Asahi Shimbun"],
        ),
        ("id", "Dikutip dari situs berita antaranews.com, Rabu.", ["ANTARA"]),
        (
            "en",
            "News site watson.example reported it. The Telegram channel t.me/kabar_kota said so.",
            ["watson.example", "t.me/kabar_kota"],
        ),
        ("de", "„Nein“, sagte sie der Süddeutschen Zeitung.", ["Süddeutsche Zeitung"]),
        ("fr", "« Non », a-t-il déclaré au Figaro.", ["Le Figaro"]),
        ("ja", "ロイター通信は3日、交渉が決裂したと報じた。", ["Reuters"]),
        ("ar", "وبحسب صحيفة نيويورك تايمز فشلت المحادثات.", ["The New York Times"]),
        ("ar", "وفقا لوكالة رويترز ارتفعت الأسعار. نقلت وكالة فرانس برس عن مصدر.", ["Reuters", "AFP"]),
    ],
)
def test_who_is_credited(language: str, text: str, expected: list[str]) -> None:
    assert names(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "Menurut polisi, pelaku kabur. Kompas adalah alat penunjuk arah. Ia membaca The Guardian."),
        ("ms", "Menurut polis, suspek lari."),
        (
            "en",
            "According to police and analysts, he fled. Time will tell. He bought Reuters shares.",
        ),
        ("de", "Laut Polizei floh er. Der Spiegel hing im Flur. Wie immer kam er zu spät."),
        ("es", "Según la policía, huyó. El mundo es grande."),
        ("fr", "Selon la police, il a fui. Le monde est grand."),
        ("pt", "De acordo com a polícia, fugiu. Ele foi à praia."),
        ("zh", "据警方通报，他已逃走。据了解，价格上涨。"),
        ("ja", "警察によると、男は逃げた。"),
        ("ja", "ロイター通信は大きい。警察が逃走を伝えた。"),
        ("id", "Dikutip dari laman Bank Senja, suku bunga naik. Surel: redaksi@kabar.example"),
        ("en", "The daily Mass reported good attendance. According to watson.example, fares rose."),
        ("ar", "وفقا للشرطة هرب."),
    ],
)
def test_who_is_not(language: str, text: str) -> None:
    assert names(text, language) == []


@pytest.mark.parametrize("language", [None, "", "xx", "sw", "../en", "e"])
def test_a_language_without_rules_credits_nobody(language: str | None) -> None:
    assert citations("According to Reuters, prices rose.", language) == ()


def test_a_name_comes_once_and_the_own_outlet_never() -> None:
    text = "He told Reuters so. According to Reuters, he left. According to the BBC, he stayed."
    assert names(text, "en") == ["Reuters", "BBC"]
    assert names(text, "en", own=("BBC", "reuters")) == []


@pytest.mark.parametrize(
    "own", ["Kompas", "KOMPAS.com", "kompas.com", "www.kompas.com", "https"], ids=lambda name: str(name)
)
def test_the_own_outlet_is_left_out_under_all_its_names(own: str) -> None:
    text = "He told Kompas.com so. He told The Guardian more."
    left = [] if own != "https" else ["Kompas"]
    assert names(text, "en", own=(own,)) == [*left, "The Guardian"]
    assert names(text, "en", own=("theguardian.com", own)) == left


@pytest.mark.parametrize("name", ["", ".", "the", "The", "www.", ".com", "。"])
def test_names_without_letters_leave_nobody_out(name: str) -> None:
    assert names("He told Reuters so.", "en", own=(name,)) == ["Reuters"]


def test_the_phrase_is_what_stands_there() -> None:
    text = "Menurut laporan dari media Inggris The Guardian, harga naik."
    [found] = citations(text, "id")
    assert (found.phrase, found.kind) == ("Menurut laporan dari media Inggris The Guardian", "outlet")
    assert text[found.start : found.end] == found.phrase


def test_a_cue_in_the_sentence_before_does_not_count() -> None:
    assert names("He said so according to the law. Reuters shares fell.", "en") == []


@given(
    st.lists(
        st.sampled_from(["told", "Reuters", "据", "新华社", "@a_b", "laut", "وفقا ل", ". ", "\n", "paper X"])
        | st.text(max_size=8),
        max_size=40,
    ),
    st.sampled_from(LANGUAGES),
)  # fmt: skip
def test_spans_are_true_whatever_the_text(pieces: list[str], language: str) -> None:
    text = " ".join(pieces)
    found = citations(text, language)
    assert len(found) <= MOST
    assert all(text[one.start : one.end] == one.phrase for one in found)
    assert len({one.name.casefold() for one in found}) == len(found)
