"""A small store of one week in which ten questions of a newsroom have an answer. Times are UTC."""

from datetime import UTC, datetime
from typing import Any

from storage.store import Store
from storage.tables import sources
from tests.keeping import add_article, add_source, content

CITES: dict[str, Any] = {"citations": ({"name": "The Guardian"},)}


def when(text: str) -> datetime:
    """Return a time in November 2026, like ``16 10:18``."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def fill(store: Store) -> None:
    """Keep what a wire agency and six papers printed from the 9th to the 22nd of November 2026."""
    followed = {
        name: add_source(store, name, now=when("01 00:00").timestamp())
        for name in ("mandala", "senja", "bentala", "selat", "arung", "ledger", "rayhan")
    }

    def printed(name: str, at: str, title: str, text: str, **more: Any) -> int:
        fields = {"language": "id", "site": f"{name}.example", "published_at": when(at), **more}
        slug = f"{name}-{at.replace(' ', '-').replace(':', '')}"
        seen = when(at).timestamp() + 600
        return add_article(store, slug, title=title, text=text, source=followed[name], seen_at=seen, **fields)

    cable = "Kabel laut di selat putus sejak pagi."
    first = printed("mandala", "16 10:00", "Kabel laut putus", cable)
    printed(
        "senja", "16 10:18", "Kabel bawah laut putus", cable, duplicate_of=first, authors=("Ratih Wulan",)
    )
    printed("bentala", "16 10:48", "Singkat: kabel putus", cable, duplicate_of=first)
    funds = "Dana pelabuhan sebesar 74 miliar rupiah hilang."
    funds_id = printed("selat", "18 02:00", "Dana pelabuhan hilang", funds, authors=("Laksmi Arung",))
    printed("arung", "18 04:30", "Ke mana dana pelabuhan?", funds, duplicate_of=funds_id)
    printed(
        "senja",
        "19 08:00",
        "Inggris memilih",
        "Hasilnya, tulis The Guardian, mengejutkan.",
        **CITES,
    )
    printed("bentala", "20 09:00", "London banjir", "The Guardian melaporkan banjir.", **CITES)
    printed(
        "ledger",
        "20 11:00",
        "London floods",
        "As The Guardian reports.",
        **CITES,
        language="en",
        paywalled=False,
    )
    gone = printed("rayhan", "17 07:00", "Menteri mundur", "Menteri dikabarkan mundur.")
    printed("senja", "22 06:00", "Harga beras naik", "Harga beras naik di pasar.", authors=("Ratih Wulan",))
    mended = "Kabel laut di selat sudah diperbaiki."
    again = printed("mandala", "22 07:00", "Kabel diperbaiki", mended, tags=("kabel", "laut"))
    printed(
        "senja", "22 07:30", "Kabel laut pulih", mended, duplicate_of=again, authors=("Laksmi Arung",),
        tags=("kabel",),
    )  # fmt: skip
    printed(
        "ledger", "09 12:00", "An older cable", "The cable was laid in spring.", language="en",
        tags=("laut",), paywalled=True,
    )  # fmt: skip
    corrected = content(
        "selat-18-0200", site="selat.example", language="id", published_at=when("18 02:00"),
        title="Dana pelabuhan 47 miliar hilang", text=funds.replace("74", "47"), authors=("Laksmi Arung",),
    )  # fmt: skip
    store.articles.revise(
        funds_id, corrected, url_keys=[], source_id=followed["selat"].id, fetched_at=when("18 21:00")
    )
    store.revisits.withdraw(gone, at=when("18 09:00").timestamp())
    _look(store)


def _look(store: Store) -> None:
    """Note when each source last had something new."""
    newest = {"mandala": "22 07:10", "senja": "22 07:40", "bentala": "20 09:10", "ledger": "20 11:10"}
    newest |= {"selat": "18 02:10", "arung": "18 04:40", "rayhan": "17 07:10"}
    with store._database.write() as connection:
        for name, at in newest.items():
            change = sources.update().where(sources.c.title == name)
            connection.execute(change.values(last_new_at=when(at).timestamp()))
