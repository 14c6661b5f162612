"""A newsroom of ten outlets and a wire agency: what each prints of a report, and when.

Reports are prose of no language in two halves of an event's words and the desk's own, so that two desks can
tell one event without telling one text.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.copies import edited, furnished, prose, trimmed
from tests.loopback import LoopbackOutlet, Piece
from tests.newspaper import Newspaper

AGENCY = "mandala"
OUTLETS = (
    "senja", "bentala", "callow", "ledger", "kirihama", "rayhan", "utara", "selat", "tanjung", "arung",
)  # fmt: skip
HOUR = 3600.0


@dataclass
class Newsroom:
    """The outlets, under a clock whose hours are counted from the start."""

    paper: Newspaper
    start: float

    def __post_init__(self) -> None:
        for name in (AGENCY, *OUTLETS):
            title = "Mandala Wire" if name == AGENCY else f"Harian {name.title()}"
            self.paper.outlet(name, language="id", name=title)

    def outlet(self, name: str) -> LoopbackOutlet:
        return self.paper.outlets[name]

    def at(self, hours: float) -> datetime:
        """Return the moment so many hours after the start."""
        return datetime.fromtimestamp(self.start + hours * HOUR, UTC)

    def publish(self, name: str, hours: float, title: str, text: str, **about: Any) -> Piece:
        """Let an outlet print a text so many hours after the start."""
        lead = f"{title}: apa yang terjadi di pelabuhan."
        return self.outlet(name).publish(title=title, text=text, lead=lead, at=self.at(hours), **about)


def report(number: int, *, words: int = 320) -> str:
    """Return the report of a number, with a dateline's worth of capital letters at its beginning."""
    return prose(number, words=words)


def wired(text: str) -> str:
    """Return a text as the agency, and those who name it, begin it."""
    return f"SENJA (Mandala Wire) - {text}"


def lot(seed: int) -> random.Random:
    return random.Random(seed)


def cut(text: str, share: float) -> str:
    """Leave out the end of a text."""
    return trimmed(share)(text, lot(1))


def grown(text: str, number: int) -> str:
    """Put paragraphs of the desk's own behind a text."""
    return f"{text}\n\n{prose(9000 + number, words=220)}"


def desked(text: str, seed: int) -> str:
    """Change a few words, as a desk does."""
    return edited(0.04)(text, lot(seed))


def decorated(text: str, seed: int) -> str:
    return furnished(text, lot(seed))


def weather(city: str, day: int, seed: int) -> str:
    """Return a forecast: the same form every day, with other numbers."""
    draw = lot(seed * 100 + day)
    low, high, wind, rain = (draw.randrange(*span) for span in ((18, 24), (27, 36), (3, 40), (0, 95)))
    return (
        f"Prakiraan cuaca untuk {city} hari ini: suhu antara {low} dan {high} derajat Celsius, angin dari "
        f"tenggara dengan kecepatan {wind} kilometer per jam, kelembapan udara {rain} persen. Gelombang di "
        f"selat setinggi {wind / 20:.1f} meter. Nelayan diminta memperhatikan peringatan dini dan tidak "
        f"melaut bila angin melampaui {wind + 12} kilometer per jam. Matahari terbit 05.{rain % 60:02d} "
        f"dan terbenam pukul 17.{(rain + high) % 60:02d}. Indeks ultraungu mencapai {high - 25}. Data dari "
        f"stasiun {city} nomor {seed * 7 + day * 13}, dicatat pukul 04.{low:02d}, diperbarui setiap enam jam."
    )


def gold(day: int) -> str:
    """Return the gold price of a day, in the form of every day."""
    draw = lot(700 + day)
    price, change, back = draw.randrange(1_200, 1_900), draw.randrange(1, 40), draw.randrange(1_000, 1_190)
    return (
        f"Harga emas batangan hari ini tercatat Rp {price}.000 per gram, berubah Rp {change}.000 dari hari "
        f"sebelumnya. Harga jual kembali berada di Rp {back}.000 per gram. Untuk pecahan 0,5 gram harganya "
        f"Rp {price // 2 + 25}.500, untuk 2 gram Rp {price * 2 - 40}.000, 5 gram Rp {price * 5 - 110}.000, "
        f"untuk 10 gram Rp {price * 10 - 250}.000 dan untuk 100 gram Rp {price * 100 - 3100}.000. Harga itu "
        f"belum termasuk pajak {draw.randrange(1, 9) / 10:.1f} persen bagi pemegang nomor pokok wajib pajak. "
        f"Di pasar dunia harga emas {draw.randrange(2_300, 2_900)} dolar per ons pukul {day % 12 + 8}.15."
    )


@dataclass
class Week:
    """What was printed in the week, by a short name."""

    pieces: dict[str, Piece]
    forms: list[Piece]
    """Forecasts and prices: forms that are filled in every day."""
    lone: list[Piece]
    """Reports that nobody else printed."""


def week(room: Newsroom) -> Week:
    """Lay down what is printed in seven days; everything stands on its site from its hour on."""
    pieces = _cable(room) | _scoop(room) | _foreign(room) | _two_desks(room) | _live(room)
    forms = [
        room.publish(
            name, 24 * day + 4.5, f"Cuaca {name.title()} hari ke-{day + 1}", weather(name.title(), day, at)
        )
        for day in range(7)
        for at, name in enumerate(("senja", "callow", "utara"))
    ]
    forms += [
        room.publish("ledger", 24 * day + 8.2, f"Harga emas hari ke-{day + 1}", gold(day)) for day in range(7)
    ]
    lone = [
        room.publish(
            name, 24 * day + 6 + at / 2, f"Warta {name} {day + 1}", prose(2000 + 20 * day + at, words=180)
        )
        for day in range(7)
        for at, name in enumerate(OUTLETS)
    ]
    return Week(pieces, forms, lone)


def _cable(room: Newsroom) -> dict[str, Piece]:
    """A report of the agency, with all that ten papers make of one."""
    text = wired(report(1))
    bare = report(1)
    printed = {
        "agency": room.publish(AGENCY, 10, "Kabel laut putus", text),
        "early": room.publish("utara", 9.9, "Kabel laut putus, kata awak kapal", text),
        "same": room.publish("senja", 10.3, "Kabel bawah laut putus di selat", text, slug="kabel-putus"),
        "short": room.publish("bentala", 10.8, "Singkat: kabel putus", cut(text, 0.55)),
        "desked": room.publish("callow", 11, "Kabel Selat Putus", desked(text, 3)),
        "grown": room.publish("ledger", 12, "Kabel putus: apa artinya", grown(text, 1)),
        "decorated": room.publish("kirihama", 13, "Kabel laut terputus", decorated(bare, 4)),
        "gone": room.publish("rayhan", 20, "Kabel putus lagi", bare),
    }
    callow, senja = room.outlet("callow"), room.outlet("senja")
    callow.edit(printed["desked"], title="Kabel Selat Putus, Menteri Minta Maaf", at=room.at(27))
    senja.remove(printed["same"], at=room.at(30))
    printed["moved"] = room.publish(
        "senja", 30, printed["same"].title, text, slug="kabel-laut-putus-di-selat"
    )
    room.outlet("rayhan").remove(printed["gone"], at=room.at(40))
    return printed


def _scoop(room: Newsroom) -> dict[str, Piece]:
    """A paper's own report, which others copy without a word; one corrects a number at night."""
    text = report(2)
    printed = {
        "scoop": room.publish("selat", 50, "Dana pelabuhan hilang", text, authors=("Laksmi Arungbinar",)),
        "scoop copy": room.publish("arung", 52.5, "Ke mana dana pelabuhan?", desked(text, 5)),
        "scoop short": room.publish("tanjung", 55, "Dana hilang", cut(text, 0.6)),
    }
    corrected = text.replace(".", ". Jumlahnya 47 miliar rupiah, bukan 74 miliar.", 1)
    room.outlet("selat").edit(printed["scoop"], text=corrected, at=room.at(75))
    return printed


def _foreign(room: Newsroom) -> dict[str, Piece]:
    """A report of an agency whose own pages are not followed."""
    text = f"LONDON (Reuters) - {report(3)}"
    return {
        "foreign 1": room.publish("bentala", 60, "Harga minyak naik", text),
        "foreign 2": room.publish("kirihama", 61, "Minyak kian mahal", desked(text, 6)),
        "foreign 3": room.publish("rayhan", 66, "Minyak: naik lagi", cut(report(3), 0.3)),
    }


def _two_desks(room: Newsroom) -> dict[str, Piece]:
    """One event, told by two desks with the same quote and background, each copied once."""
    quote = prose(4, words=70)
    one, two = (f"{report(number, words=260)}\n\n{quote}" for number in (5, 6))
    return {
        "desk one": room.publish("senja", 80, "Feri karam", one),
        "desk one copy": room.publish("selat", 83, "Feri karam di selat", desked(one, 7)),
        "desk two": room.publish("utara", 80.5, "Feri tenggelam", two),
        "desk two copy": room.publish("arung", 84, "Kapal tenggelam", decorated(two, 8)),
    }


def _live(room: Newsroom) -> dict[str, Piece]:
    """Two days of a live page, each growing, under one heading that stands on both."""
    heading = prose(10, words=45)
    printed = {}
    for day in range(2):
        entries = [prose(3000 + 10 * day + at, words=60) for at in range(4)]
        begun = room.publish(
            "tanjung", 100 + 24 * day, f"Langsung: pemilu hari {day + 1}", f"{heading}\n\n{entries[0]}"
        )
        for at in range(1, 4):
            text = "\n\n".join((heading, *reversed(entries[: at + 1])))
            room.outlet("tanjung").edit(begun, text=text, at=room.at(100 + 24 * day + at))
        printed[f"live {day + 1}"] = begun
    return printed
