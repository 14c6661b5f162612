"""Names out of by-lines."""

import pytest

from spiders.readers.byline import clean_name, looks_like_person, names_editor, split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Budi Santoso", ["Budi Santoso"]),
        ("Oleh: Budi Santoso, Siti Aminah dan Joko", ["Budi Santoso", "Siti Aminah", "Joko"]),
        ("By Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Von Anna Sleegers", ["Anna Sleegers"]),
        ("Reuters,EL PAÍS", ["Reuters", "EL PAÍS"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Ana Díaz y Luis Gómez", ["Ana Díaz", "Luis Gómez"]),
        ("Budi Santoso, S.Pd., M.Si", ["Budi Santoso, S.Pd., M.Si"]),
        ("Martin Luther King, Jr.", ["Martin Luther King, Jr."]),
        ("Penulis: Naufal Zuhdi | Editor: Heryadi", ["Naufal Zuhdi"]),
        ("신현주 기자", ["신현주"]),
        ("山田太郎、鈴木花子", ["山田太郎", "鈴木花子"]),
        ("Tim Hanlon", ["Tim Hanlon"]),
        ("Rina Wati - detikNews", ["Rina Wati"]),
        ("srf/hosb", ["srf/hosb"]),
        ("Jane Doe (Jakarta)", ["Jane Doe"]),
        ("https://www.facebook.com/warta", []),
        ("admin", []),
        ("Redaksi", []),
        ("  ", []),
        ("Rebecca Lake, CEPF®", ["Rebecca Lake, CEPF®"]),
        ("Jeffrey Slotnick CPP, PSP, Ann Lee", ["Jeffrey Slotnick CPP, PSP", "Ann Lee"]),
        ("Ann Lee, AFP", ["Ann Lee", "AFP"]),
        ("ANN LEE, CPA", ["ANN LEE", "CPA"]),
        ("Ben Johnson, Sr. Director of Operations", ["Ben Johnson"]),
        ("Ann Lee, Senior Legal Analyst", ["Ann Lee"]),
        ("Dec. 19, 2025 · Niko Mats on behalf of the group", ["Dec. 19", "Niko Mats on behalf of the group"]),
        ("Jan Novák a Petr Dvořák", ["Jan Novák", "Petr Dvořák"]),
        ("Иван Петров и Ольга Ли", ["Иван Петров", "Ольга Ли"]),
        ("Νίκος Παππάς και Μαρία Ιωάννου", ["Νίκος Παππάς", "Μαρία Ιωάννου"]),
        ("page.head.extra.author", []),
        ("{{ post.author }}", []),
    ],
)
def test_split(text: str, names: list[str]) -> None:
    assert list(split_names(text)) == names


def test_one_name() -> None:
    assert clean_name(" By  Jane   Doe, ") == "Jane Doe"
    assert clean_name("jane@warta.example") is None
    assert clean_name("12345") is None
    assert clean_name("x" * 300) is None


def test_roles() -> None:
    assert names_editor("Editor : Heryadi")
    assert not names_editor("Reporter: Naufal")


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Naufal Zuhdi", True),
        ("山田太郎", True),
        ("Warta", False),
        ("3 menit lalu", False),
        ("baca juga", False),
    ],
)
def test_people(name: str, person: bool) -> None:
    assert looks_like_person(name) is person
