"""Passages that stand twice inside one text."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.marks import repeats
from crawler.marks.repeats import MOST

ONE = (
    "Menurut laporan surat kabar setempat, petani di wilayah timur sedang menunggu hujan pertama. Puluhan "
    "petani dibagi menjadi beberapa kelompok yang bertugas menjaga saluran air."
)
TOLD_AGAIN = (
    "Menurut laporan surat kabar, petani di wilayah timur masih menunggu hujan pertama. Puluhan petani itu "
    "dibagi menjadi beberapa kelompok, bertugas menjaga saluran air."
)
OTHER = (
    "Pemerintah kabupaten menyatakan anggaran untuk perbaikan jalan sudah disetujui dewan dan pengerjaannya "
    "akan dimulai pada awal bulan depan di tiga kecamatan."
)


def test_a_paragraph_told_again_is_found_with_both_places() -> None:
    text = "\n\n".join((ONE, OTHER, TOLD_AGAIN))
    [found] = repeats(text)
    assert text[slice(*found.first)] == ONE
    assert text[slice(*found.second)] == TOLD_AGAIN
    assert 0.7 <= found.score < 1


def test_word_for_word_is_one() -> None:
    assert [found.score for found in repeats(f"{OTHER}\n\n{ONE}\n\n{OTHER}")] == [1.0]


def test_ordinary_texts_have_none() -> None:
    assert repeats(f"{ONE}\n\n{OTHER}") == ()
    assert repeats("") == ()


def test_short_lines_may_stand_twice() -> None:
    assert repeats("Refrain, sing it again!\n\nA verse.\n\nRefrain, sing it again!") == ()


def test_the_same_words_in_another_order_say_something_else() -> None:
    words = ONE.split()
    assert repeats(f"{ONE}\n\n{' '.join(sorted(words))}") == ()


def test_rows_of_a_table_may_be_alike() -> None:
    row = "Name of the boat | Length of its hull in all | Draught when it is loaded | {} tons | {} knots"
    assert repeats("\n\n".join(row.format(number, number) for number in range(9))) == ()


def test_the_same_words_with_other_numbers_are_rows_of_a_list() -> None:
    row = (
        "The ferry {} leaves the old harbour at {} and comes to the island at {}, for {} a seat on weekdays."
    )
    assert repeats("\n\n".join(row.format(n, n + 40, n + 80, n + 90) for n in range(1, 9))) == ()
    assert len(repeats("\n\n".join(row.format(7, 47, 87, 97) for _ in range(2)))) == 1


def test_one_number_that_was_put_right_makes_no_other_passage() -> None:
    told = ONE.replace("pertama", "pertama sejak {} hari")
    assert len(repeats(f"{told.format(40)}\n\n{OTHER}\n\n{told.format(41)}")) == 1


def test_commas_set_otherwise_do_not_hide_a_repeat() -> None:
    again = ONE.replace(" petani", ", petani").replace(" yang", ", yang").replace(" di ", " – di ")
    assert len(repeats(f"{ONE}\n\n{OTHER}\n\n{again}")) == 1


def test_scripts_without_blanks() -> None:
    passage = "中国外交部发言人星期三在北京举行的例行记者会上回答了记者提出的有关问题"
    [found] = repeats(
        f"{passage}。\n\n另一段完全不同的文字讲述了经济发展的最新情况和未来计划。\n\n{passage}！"
    )
    assert found.score == 1.0


def test_thousands_of_equal_paragraphs_end_soon() -> None:
    assert len(repeats("\n\n".join([ONE] * 10_000))) == MOST
    distinct = "\n\n".join(f"{ONE} {number} {OTHER[number % 50 :]}" for number in range(1_000))
    assert len(repeats(distinct)) == MOST


@given(
    st.lists(st.sampled_from([ONE, OTHER, TOLD_AGAIN, "a", "\n", "  "]) | st.text(max_size=20), max_size=12)
)
def test_places_are_lines_of_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    for found in repeats(text):
        assert found.first[1] <= found.second[0]
        for start, end in (found.first, found.second):
            assert text[start:end].strip() == text[start:end]
            assert "\n" not in text[start:end]
