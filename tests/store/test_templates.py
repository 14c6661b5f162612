"""What repeats on sites is learned from the newest texts, kept for a while, and never much of it."""

from datetime import timedelta

from storage.paragraphs import RepeatedParagraph
from storage.store import Store
from tests.keeping import NOW, add_article, at


def paragraph(mark: int, *, stories: int = 3) -> RepeatedParagraph:
    return RepeatedParagraph(mark=mark, text=f"Paragraph {mark}", stories=stories, among=9)


def test_texts_of_a_site_the_newest_first(store: Store) -> None:
    for number in range(4):
        site = "b.example" if number == 3 else "a.example"
        add_article(store, str(number), site=site, published_at=at(NOW) + timedelta(days=number))
    add_article(store, "fed", site="a.example", text_source="feed", published_at=at(NOW))
    found = store.templates.texts("a.example", limit=2)
    assert [text for _, text in found] == ["Text of 2.", "Text of 1."]
    assert len({story for story, _ in store.templates.texts("a.example", limit=9)}) == 3
    assert store.templates.texts("c.example", limit=9) == []
    add_article(store, "led", site="d.example", lead="A lead.")
    assert [text for _, text in store.templates.texts("d.example", limit=2)] == ["Text of led.\n\nA lead."]


def test_what_is_learned_again_is_known_once(store: Store) -> None:
    store.templates.keep("a.example", [paragraph(2**32 - 1), paragraph(5)], since=0.0, now=10.0, most=50)
    store.templates.keep("a.example", [paragraph(5, stories=4)], since=0.0, now=20.0, most=50)
    assert store.templates.of("a.example", since=0.0) == [paragraph(5, stories=4), paragraph(2**32 - 1)]
    assert store.templates.of("a.example", since=15.0) == [paragraph(5, stories=4)]
    assert store.templates.of("b.example", since=0.0) == []


def test_old_ones_go_and_there_are_never_many(store: Store) -> None:
    store.templates.keep("a.example", [paragraph(1), paragraph(2)], since=0.0, now=10.0, most=2)
    store.templates.keep("a.example", [paragraph(3)], since=0.0, now=20.0, most=2)
    assert [one.mark for one in store.templates.of("a.example", since=0.0)] == [1, 2]
    store.templates.keep("a.example", [paragraph(3)], since=15.0, now=30.0, most=2)
    assert [one.mark for one in store.templates.of("a.example", since=0.0)] == [3]
