"""The newest articles, as the watch over sites sees them."""

from storage.store import Store
from tests.keeping import add_article


def test_the_newest_come_first_with_the_fields_they_have(store: Store) -> None:
    add_article(store, "a", authors=("A. Person",), tags=(), section=None)
    add_article(store, "b", authors=(), tags=("x",), section="World", image_url="https://a.example/p.jpg")
    add_article(store, "c", text_source="feed")
    second, first = store.sightings(most=10)
    assert (first.filled["authors"], first.filled["tags"], first.filled["section"]) == (True, False, False)
    assert (second.filled["authors"], second.filled["tags"], second.filled["section"]) == (False, True, True)
    assert second.filled["image_url"]
    assert second.filled["title"]
    assert len(store.sightings(most=1)) == 1
