"""Lists that kabar writes: what they say, and that nothing a person chose is lost on the way round."""

import io
from dataclasses import fields as fields_of
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.export import opml, sheet
from crawler.export.listed import has_secrets
from crawler.importing import run_import
from crawler.proposals import propose
from spiders.readers.lists import read_list
from storage import open_store
from storage.model import NewSource, Source
from storage.store import Store
from tests.keeping import NOW

WRITE = {"opml": opml.write, "csv": sheet.write}
SECRET = {"auth": ["me", "hunter2"], "cookies": [["a", "hunter2"]], "headers": [["X-Key", "hunter2"]]}


def kept(store: Store, *fields: dict[str, Any]) -> list[Source]:
    for number, values in enumerate(fields):
        store.sources.add(_new(number, values), now=NOW)
    return store.sources.list()


def _new(number: int, values: dict[str, Any]) -> NewSource:
    return NewSource(**{"url": f"https://a.example/{number}", "host": "a.example", **values})


def source_of(number: int, new: NewSource) -> Source:
    """Return the source that a store would make of a new one."""
    chosen = {field.name: getattr(new, field.name) for field in fields_of(NewSource)}
    rest = dict.fromkeys(field.name for field in fields_of(Source) if field.name not in chosen)
    return Source(**{**rest, **chosen, "id": number})  # type: ignore[arg-type]


def written(format_: str, sources: list[Source], *, secrets: bool = False) -> str:
    out = io.StringIO(newline="")
    assert WRITE[format_](sources, out, secrets=secrets) == len(sources)
    return out.getvalue()


def round_trip(
    format_: str, *fields: dict[str, Any], secrets: bool = True
) -> tuple[list[Source], list[Source]]:
    """Return sources as they were and as they are in another store; the lists of both are the same bytes."""
    with open_store("sqlite://") as here, open_store("sqlite://") as there:
        before = kept(here, *fields)
        text = written(format_, before, secrets=secrets)
        report = run_import(there, [("x", text.encode())], now=NOW, first_interval=60.0)
        assert {row.outcome for row in report.rows} <= {"added"}, report
        after = there.sources.list()
        assert written(format_, after, secrets=secrets) == text
    return before, after


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
TITLES = WORDS | st.sampled_from(
    ["=1+1", "'=x", "@a", "https://a.example/0", "a;b,c/d", "<&\"'>", "[1]", "-"]
)
SOURCES = st.fixed_dictionaries(
    {},
    optional={
        "title": TITLES,
        "language": st.sampled_from(["id", "en-GB"]),
        "country": st.sampled_from(["ID"]),
        "site_url": st.sampled_from(["https://a.example/", "HTTP://A.example", "nothing", "/relative"]),
        "tags": st.lists(TITLES.filter(str.strip), max_size=3, unique_by=str.casefold).map(tuple),
        "kind": st.sampled_from(["feed", "sitemap", "section"]),
        "state": st.sampled_from(["active", "paused", "gone"]),
        "interval": st.floats(1, 3e9) | st.integers(1, 1000).map(lambda n: n * 60.0),
        "since": st.floats(0, 4e9),
        "schedule": st.sampled_from(
            [{"cron": "0 6 * * *", "zone": "Asia/Jakarta"}, {"min": 60, "max": 600.5}]
        ),
        "options": st.sampled_from(
            [
                SECRET,
                {"user_agent": 'a"b', "verify_tls": False, "obey_robots": True},
                {"impersonate": "chrome", "render": True},
            ]
        ),
    },
)


HARD = [
    {"title": "=cmd", "tags": ("b", "a")},
    {"tags": ("x,y", "z/ü", " edge "), "title": "'"},
    {"title": "https://a.example/0", "tags": ("a",), "state": "paused", "interval": 0.1, "since": 1.5},
    {"tags": ("b",), "options": SECRET, "schedule": {"quiet": "23:00-05:00"}, "kind": "sitemap"},
]


@pytest.mark.parametrize("format_", ["opml", "csv"])
@given(fields=st.lists(SOURCES, min_size=1, max_size=3))
@example(fields=HARD)
def test_everything_chosen_survives_to_the_byte(format_: str, fields: list[dict[str, Any]]) -> None:
    before = [source_of(number, _new(number, values)) for number, values in enumerate(fields)]
    text = written(format_, before, secrets=True)
    proposals = propose(("x", line) for line in read_list(text.encode(), name="x").lines)
    after = [source_of(number, proposal.new) for number, proposal in enumerate(proposals) if proposal.new]
    assert written(format_, after, secrets=True) == text
    exact = ("kind", "state", "interval", "language", "country", "schedule", "options", "tags")
    known = {source.url: source for source in after}
    assert len(known) == len(before)
    for source in before:
        for name in exact:
            assert getattr(known[source.url], name) == getattr(source, name), name
        assert (known[source.url].title or "") == " ".join((source.title or "").split())
        assert known[source.url].since == pytest.approx(source.since, abs=1e-6)


@pytest.mark.parametrize("format_", ["opml", "csv"])
def test_a_store_comes_out_of_a_list_as_it_went_in(format_: str) -> None:
    before, after = round_trip(format_, *HARD)
    assert {source.url: source.tags for source in before} == {source.url: source.tags for source in after}


@pytest.mark.parametrize("format_", ["opml", "csv"])
def test_secrets_stay_at_home_unless_asked_for(format_: str) -> None:
    fields = {
        "url": "https://me:hunter2@a.example/f",
        "options": {**SECRET, "proxy": "http://p:hunter2@proxy.example:3128", "user_agent": "me"},
    }
    with open_store("sqlite://") as store:
        sources = kept(store, fields, {"title": "open"})
        text = written(format_, sources)
        assert [has_secrets(source) for source in sources] == [True, False]
        assert "hunter2" in written(format_, sources, secrets=True)
    assert "hunter2" not in text
    assert "proxy.example:3128" in text
    round_trip(format_, fields, secrets=False)


def test_opml_speaks_to_other_readers() -> None:
    with open_store("sqlite://") as store:
        sources = kept(
            store,
            {"title": "A & B", "tags": ("News", "x"), "site_url": "https://a.example/", "language": "id"},
            {"interval": 900.0, "state": "paused"},
        )
        lines = written("opml", sources).splitlines()
    assert lines[1] == '<opml version="2.0" xmlns:kabar="urn:kabar:opml">'
    assert lines[6:10] == [
        '    <outline type="rss" text="https://a.example/1" xmlUrl="https://a.example/1"'
        ' kabar:state="paused" kabar:interval="15m"/>',
        '    <outline text="News">',
        '      <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/0"'
        ' htmlUrl="https://a.example/" language="id" category="News,x"/>',
        "    </outline>",
    ]


def test_no_cell_is_a_formula() -> None:
    with open_store("sqlite://") as store:
        sources = kept(
            store, {"title": '=HYPERLINK("x")', "tags": ("@SUM(1)",), "language": "+1", "country": "-1"}
        )
        text = written("csv", sources)
    assert text.splitlines()[1] == ('https://a.example/0,"\'=HYPERLINK(""x"")",,\'+1,\'-1,\'@SUM(1),,,,,,')
