"""What stands around a text is told from the text."""

import pytest

from spiders.readers.furniture import Block, fold, trim

TITLE = "Harga beras naik di tiga provinsi"
BODY = [
    Block("Menteri mengatakan harga beras naik sejak pekan lalu karena panen tertunda."),
    Block("Pemerintah menyiapkan operasi pasar di tiga provinsi mulai Senin."),
    Block("Stok di gudang cukup untuk tiga bulan, kata kepala badan itu. (jhn/yn)"),
]


def kept(*blocks: Block, authors: tuple[str, ...] = ()) -> list[Block]:
    return trim(blocks, titles=[TITLE], authors=authors)[0]


@pytest.mark.parametrize(
    "block",
    [
        Block("Baca juga: Panen raya mundur", linked=0.8),
        Block("BACA JUGA"),
        Block("Read more: Rice harvest late", linked=0.7),
        Block("Les også: Avlingen er sen", linked=0.9),
        Block("Panen raya mundur sampai Desember", linked=1.0),
        Block("- Panen mundur\n- Stok cukup", "list", 1.0),
        Block("Foto: Antara/Budi"),
        Block("ADVERTISEMENT"),
        Block("Empfohlener redaktioneller Inhalt"),
    ],
)
def test_pointers_inside_the_text_go(block: Block) -> None:
    blocks, left_out = trim([BODY[0], block, *BODY[1:]], titles=[], authors=[])
    assert blocks == BODY
    assert left_out == [block]


@pytest.mark.parametrize(
    "block",
    [
        Block("Related costs rose by a tenth in the third quarter, the ministry of trade said in a report."),
        Block("Bulog", linked=1.0),
        Block("- Beras\n- Gula", "list", 0.2),
        Block("Foto itu diambil pada Senin."),
        Block("A paragraph that is one long link. " * 10, linked=1.0),
        Block("Newsletter yang diterbitkan badan itu menyebut angka lain."),
    ],
)
def test_text_stays(block: Block) -> None:
    assert kept(BODY[0], block, *BODY[1:]) == [BODY[0], block, *BODY[1:]]


@pytest.mark.parametrize(
    "top",
    [
        [Block(TITLE, "head")],
        [Block("Ekonomi"), Block("EKONOMI: Harga beras naik di tiga provinsi!", "head")],
        [Block(TITLE), Block("21/10/2025 20:43 WIB"), Block("Budi Santoso")],
        [Block("Selasa, 21 Oktober 2025")],
        [Block("Waktu baca 3 menit")],
        [Block("Oleh Budi Santoso")],
    ],
)
def test_headline_date_and_author_on_top_go(top: list[Block]) -> None:
    assert kept(*top, *BODY, authors=("Budi Santoso",)) == BODY


@pytest.mark.parametrize(
    "end",
    [
        [Block("Berita lain", "head"), Block("- a\n- b", "list", 1.0)],
        [Block("Follow us on X and subscribe to our newsletter")],
        [Block("Copyright 2025 Warta. All rights reserved.")],
        [Block("Ikuti berita terbaru di Google News")],
    ],
)
def test_notices_at_the_end_go(end: list[Block]) -> None:
    assert kept(*BODY, *end) == BODY


def test_initials_and_datelines_stay() -> None:
    first = Block("EtIndonesia. Menurut laporan media, harga naik sejak pekan lalu.")
    assert kept(first, *BODY) == [first, *BODY]


def test_something_is_always_left() -> None:
    only = [Block("Baca juga: semua", linked=1.0)]
    assert trim(only, titles=[], authors=[]) == (only, [])
    assert kept(Block(TITLE)) == [Block(TITLE)]
    assert trim([], titles=[], authors=[]) == ([], [])


def test_fold() -> None:
    assert fold("“Harga–Beras”, NAIK!") == "harga beras naik"
