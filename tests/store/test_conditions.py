"""A condition says the same of articles whether the index is asked for all of them or they are looked up."""

import pytest
from sqlalchemy import select

from storage.conditions import Compiler, Reach
from storage.query import parse
from storage.store import Store
from storage.tables import articles
from storage.values import moment
from tests.keeping import add_article

FOUND = {
    **{"harbour": "abc", "harb*": "abc", "h*": "abc", "t*": "a", "n*": "a", "b*": "b", "port -t*": "bc"},
    **{
        '"old harbour"': "ab",
        '"old harb"': "",
        "port harbour": "abc",
        "harbour -old": "c",
        "old OR quay": "abd",
    },
    **{
        "title:harbour": "b",
        "title:harb*": "b",
        'title:"new port"': "a",
        'title:"port the"': "",
        "title:port": "a",
    },
    **{"author:ann": "a", 'author:"ann lee"': "a", "author:harb*": "c", "author:port": ""},
    **{"tag:sea": "a", 'tag:"deep sea"': "b", "tag:deep": "", "sea": "", "中国": "c", "中": "c", "国": "c"},
}
"""Names of articles by query."""


def found(store: Store, query: str, reach: Reach | None) -> list[int]:
    tree = parse(query, now=moment(0.0))
    condition = Compiler(store._database, articles, reach).node(tree)
    with store._database.read() as connection:
        return sorted(connection.execute(select(articles.c.id).where(condition)).scalars())


@pytest.fixture
def harbours(store: Store) -> Store:
    add_article(
        store, "a", title="New port", text="The old harbour is closed.", authors=("Ann Lee",), tags=("sea",)
    )
    add_article(
        store, "b", title="Harbour", text="A port. Old. Harbour.", authors=("Bo",), tags=("Deep sea",)
    )
    add_article(store, "c", title="中国", lead="Harbours", text="port", authors=("Harbour",))
    add_article(store, "d", title="Quay", lead=None, text="ship", authors=())
    return store


@pytest.mark.parametrize(("query", "names"), FOUND.items())
def test_what_is_looked_up_is_what_the_index_finds(harbours: Store, query: str, names: str) -> None:
    everything = found(harbours, "", None)
    expected = ["abcd".index(name) + 1 for name in names]
    for reach in (None, Reach(0, -1, tuple(everything)), Reach(1, 2, tuple(everything[2:]))):
        assert found(harbours, query, reach) == expected, reach
