"""The file of a store, opened as other programs open it: DuckDB and Datasette."""

import asyncio
import json
from pathlib import Path

import duckdb
import pytest

from storage import open_store
from tests.duck import scanner
from tests.keeping import add_article, add_source, line, offer

VIEWS = {"v_articles": 2, "v_revisions": 2, "v_stories": 1, "v_sources": 1, "v_polls": 1}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kabar.db"
    with open_store(f"sqlite:///{path}") as store:
        source = add_source(store)
        offer(store, source, line("x"))
        first = add_article(store, "a", source=source, title="Gempa: 100% 'pasti'")
        add_article(store, "b", source=source, duplicate_of=first)
    return path


def test_duckdb_reads_every_view(file: Path) -> None:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(f"LOAD '{scanner()}'")
        connection.execute(f"ATTACH '{file}' AS kabar (TYPE sqlite, READ_ONLY)")
        for view, rows in VIEWS.items():
            assert len(connection.execute(f"SELECT * FROM kabar.{view}").fetchall()) == rows, view
        query = "SELECT title, sorted_at::timestamptz IS NOT NULL FROM kabar.v_articles"
        assert connection.execute(f"{query} WHERE duplicate_of IS NULL").fetchall() == [
            ("Gempa: 100% 'pasti'", True)
        ]
        query = "SELECT articles::int, outlets::int FROM kabar.v_stories"
        assert connection.execute(query).fetchall() == [(2, 1)]


@pytest.mark.filterwarnings("ignore")
def test_datasette_shows_every_view(file: Path) -> None:
    from datasette.app import Datasette

    async def asked() -> dict[str, int]:
        site = Datasette(files=[str(file)])
        await site.invoke_startup()
        found = {}
        for view in VIEWS:
            page = await site.client.get(f"/kabar/{view}")
            data = await site.client.get(f"/kabar/{view}.json?_shape=array")
            assert (page.status_code, data.status_code) == (200, 200), view
            found[view] = len(json.loads(data.text))
        return found

    assert asyncio.run(asked()) == VIEWS
