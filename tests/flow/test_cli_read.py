"""``kabar read``: files, addresses and lists of pages, read in real processes; nothing is kept."""

import gzip
import json
import os
from pathlib import Path

import pytest

from crawler.cli.main import run
from tests.newspaper import Newspaper
from tests.ports import dead_url
from tests.saved import PAGE, URL


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("KABAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KABAR_POOL__WORKERS", "2")
    monkeypatch.setenv("KABAR_FETCH__HOST_DELAY", "0")
    monkeypatch.setenv("KABAR_DATABASE", "sqlite:////nowhere/at/all.db")
    monkeypatch.chdir(tmp_path)


def test_a_manifest_becomes_a_line_a_page_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    names = [f"{number}.html.gz" for number in range(20)]
    for number, name in enumerate(names):
        page = PAGE.replace(b"Harga beras naik", f"Harga beras naik {number}".encode())
        (folder / name).write_bytes(gzip.compress(page))
    lines = [json.dumps({"file": name, "url": URL, "more": 1}) for name in names]
    lines[3] = "no JSON at all"
    lines[7] = json.dumps({"file": "missing.html", "url": URL})
    lines[9] = json.dumps({"file": names[9], "url": "no address"})
    manifest = folder / "list.jsonl"
    manifest.write_text("\ufeff" + "\n\n".join(lines), encoding="utf-8")

    assert run(["read", "--manifest", str(manifest), "-o", "out.jsonl"]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "missing.html: No such file" in told.err
    assert told.err.endswith("20 pages read, 2 of them no article; written to out.jsonl\n")
    records = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["file"] for record in records] == [
        *names[:3], f"{manifest}:7", *names[4:7], "missing.html", *names[8:],
    ]  # fmt: skip
    for number in (0, 4, 9, 19):
        assert records[number]["title"] == f"Harga beras naik {number}"
        assert (records[number]["error"], records[number]["url"]) == (None, URL)
    assert (records[3]["text"], records[3]["authors"], records[3]["reason"]) == ("", [], "unusable")
    assert records[7]["reason"] == "unreadable"


def test_a_page_is_shown_step_by_step(
    newspaper: Newspaper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    piece = newspaper.outlet("daily").publish(title="Sungai meluap di hulu")
    file = tmp_path / "page.html"
    file.write_bytes(PAGE)

    assert run(["read", "--allow-private", piece.url, str(file), dead_url()]) == 4
    told = capsys.readouterr()
    assert "title\tSungai meluap di hulu\n" in told.out
    assert f"address\t{URL}\n" in told.out
    assert told.out.index("\nfields\n") < told.out.index("\ntext\n")
    assert piece.text.split("\n\n")[0] in told.out
    assert "\x1b[" not in told.out

    assert run(["read", "--allow-private", "--partial-ok", "--json", piece.url, dead_url()]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["title"], first["url"]) == ("Sungai meluap di hulu", piece.url)
    assert [step["step"] for step in first["steps"]] == ["decoded", "parsed", "stated", "site rule"]
    assert (second["reason"], second["text"]) == ("connection_refused", "")

    assert run(["read", piece.url]) == 1
    assert "private" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a URL, a FILE or a --manifest"),
        (["none.html"], "no file none.html"),
        (["--url", "https://a.test/", "one.html", "two.html"], "--url is the address of one FILE"),
        (["--manifest", "list.jsonl", "one.html"], "name no others"),
        (["--url", "nonsense", "one.html"], "no web address"),
    ],
)
def test_what_makes_no_sense_is_said(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_an_article_on_several_pages_is_joined(
    newspaper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet, path = newspaper.outlet("daily"), "/berita/sungai-meluap-di-hulu"
    words = ("pertama", "kedua", "ketiga")
    links = "".join(f"<a href='{path}/{number}'>{number}</a>" for number in (2, 3, 4))
    for number, word in enumerate(words, 1):
        text = "".join(f"<p>{f'Warga {place} menulis pada bagian {word} ini. ' * 4}</p>" for place in "abc")
        article = f"<article><h1>Sungai meluap di hulu</h1>{text}</article>{links}"
        outlet.put(
            path if number == 1 else f"{path}/{number}", f"<html lang=id><body>{article}</body></html>"
        )
    assert run(["read", "--json", "--allow-private", outlet.base + path]) == 0
    record = json.loads(capsys.readouterr().out)
    assert all(f"bagian {word}" in record["text"] for word in words)
    assert record["provenance"]["parts"] == "3, then missing: page 4: http_404"
    outlet.put(f"{path}/4", f"<html lang=id><body>{article}</body></html>")
    assert run(["read", "--json", "--allow-private", outlet.base + path]) == 0
    assert json.loads(capsys.readouterr().out)["provenance"]["parts"] == "3"
