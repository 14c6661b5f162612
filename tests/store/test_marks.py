"""Marks: feed lines known without being read again."""

from sqlalchemy import text

from storage.model import NewEntry, PollCounts, Source
from storage.offers import MOST_VISITS
from storage.store import Store
from tests.keeping import NOW, add_source, give_back, lease_one, line, offer, result

BIG = 2**63 - 1


def poll(
    store: Store, source: Source, *lines: NewEntry, seen: tuple[int, ...] = (), now: float = NOW
) -> PollCounts:
    held = lease_one(store, source.host, now=now)
    [counts] = store.sources.record_polls([result(held, source, *lines, now=now, seen=seen)], now=now)
    give_back(store, held, now=now)
    return counts


def test_new_lines_keep_their_marks(store: Store) -> None:
    one, other = add_source(store, "one"), add_source(store, "other")
    [a] = offer(store, one, line("a", mark=BIG))
    [b] = offer(store, one, line("b", mark=2))
    offer(store, other, line("c", mark=3))
    offer(store, one, line("d"))
    assert store.entries.marked(one.id, [BIG, 2, 3, 4]) == {BIG: a.id, 2: b.id}
    assert store.entries.marked(one.id, []) == {}
    assert store.entries.marked(other.id, [BIG, 2]) == {}


def test_a_mark_of_two_entries_names_neither(store: Store) -> None:
    source = add_source(store)
    offer(store, source, line("a", mark=1))
    offer(store, source, line("b", mark=1))
    assert store.entries.marked(source.id, [1]) == {}


def test_lines_known_by_their_marks_are_marked_seen(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", mark=1))
    [b] = offer(store, source, line("b", mark=2))
    later = NOW + 600
    counts = poll(store, source, line("c", mark=3), seen=(a.id,), now=later)
    assert counts == PollCounts(source_id=source.id, new=1, changed=0, known=1)
    assert store.entries.get(a.id).last_seen_at == later
    assert store.entries.get(b.id).last_seen_at == NOW
    counts = poll(store, source, seen=(a.id, b.id), now=later + 600)
    assert counts == PollCounts(source_id=source.id, new=0, changed=0, known=2)
    assert store.entries.get(b.id).last_seen_at == later + 600


def test_a_waiting_entry_is_known_as_well(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", mark=1))
    assert a.outcome is None
    assert store.entries.marked(source.id, [1]) == {1: a.id}


def test_an_entry_of_an_older_release_gets_its_mark(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", title="T"))
    poll(store, source, line("a", title="T", mark=1))
    assert store.entries.marked(source.id, [1]) == {1: a.id}
    poll(store, source, line("a", title="T"))  # read whole where the walk was unsure
    assert store.entries.marked(source.id, [1]) == {1: a.id}


def test_a_changed_entry_gets_the_new_mark(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", title="T", mark=1))
    store.entries.finish(a.id, outcome="stored", now=NOW)
    counts = poll(store, source, line("a", title="U", mark=2))
    assert counts.changed == 1
    assert store.entries.marked(source.id, [1, 2]) == {2: a.id}


def test_a_change_while_the_page_waits_is_found_afterwards(store: Store) -> None:
    """The mark must not hide it."""
    source = add_source(store)
    [a] = offer(store, source, line("a", title="T", mark=1))
    assert poll(store, source, line("a", title="U", mark=2)).changed == 0
    assert store.entries.marked(source.id, [2]) == {}
    store.entries.finish(a.id, outcome="stored", now=NOW)
    assert poll(store, source, line("a", title="U", mark=2)).changed == 1
    assert store.entries.marked(source.id, [2]) == {2: a.id}


def test_a_line_that_differs_without_being_asked_for_again_gets_the_new_mark(store: Store) -> None:
    """A new publication date asks for no page; it must not be read at each poll for ever."""
    source = add_source(store)
    [a] = offer(store, source, line("a", title="T", published="1", mark=1))
    assert poll(store, source, line("a", title="T", published="2", mark=2)).changed == 0
    assert store.entries.marked(source.id, [2]) == {2: a.id}


def test_an_entry_that_is_never_asked_for_again_gets_the_new_mark(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", title="T", mark=1))
    store.entries.finish(a.id, outcome="stored", now=NOW)
    with store._database.write() as connection:
        connection.execute(text(f"UPDATE entries SET visits = {MOST_VISITS}"))
    assert poll(store, source, line("a", title="U", mark=2)).changed == 0
    assert store.entries.marked(source.id, [2]) == {2: a.id}


def test_numbers_of_lines(store: Store) -> None:
    source = add_source(store)
    [a] = offer(store, source, line("a", guid="g"))
    [b] = offer(store, source, line("b"))
    lines = [line("elsewhere", guid="g"), line("b"), line("new")]
    assert store.entries.numbers(source.id, lines) == {a.id, b.id}
    assert store.entries.numbers(source.id, []) == set()


def test_looking_marks_up_reads_the_index_alone(store: Store) -> None:
    if store._database.postgres:
        return  # its planner goes by the size of the table
    sql = (
        "EXPLAIN QUERY PLAN SELECT mark, min(id), max(id) FROM entries WHERE source_id = 1"
        " AND mark IN (SELECT value FROM json_each('[1]')) AND mark IS NOT NULL GROUP BY mark"
    )
    with store._database.read() as connection:
        plan = " ".join(row[3] for row in connection.execute(text(sql)))
    assert "COVERING INDEX entries_mark (source_id=? AND mark=?)" in plan
