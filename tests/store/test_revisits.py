"""Plans of articles that are looked at again, and articles that were taken away."""

from dataclasses import replace

import pytest

from storage import tables
from storage.errors import LeaseLost
from storage.hits import Filters
from storage.looks import Revisit
from storage.model import Entry, NewEntry, Source
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, at, content, give_back, lease, lease_one, line, offer

HOUR = 3600.0


def stored(store: Store, source: Source, name: str, **fields: str) -> tuple[Entry, int]:
    """Let a source offer a line whose page is read and kept."""
    [entry] = offer(store, source, line(name, **fields), next_due_at=NOW + 1e9)
    article = add_article(store, name, source=source)
    store.entries.finish(entry.id, outcome="stored", article_id=article, now=NOW)
    return store.entries.get(entry.id), article


@pytest.fixture
def source(store: Store) -> Source:
    return add_source(store, "a", next_due_at=NOW + 1e9)


def planned(store: Store, source: Source, name: str = "x", *, after: float = HOUR, **more: str) -> Revisit:
    entry, article = stored(store, source, name)
    store.revisits.plan(article, entry, next_due_at=NOW + after, since=NOW, **more)
    found = store.revisits.of(article)
    assert found is not None
    return found


def due(store: Store, now: float) -> list[Revisit]:
    held = lease(store, now=now)
    found = store.revisits.due(held, now=now, per_host=10)
    give_back(store, *held, now=now)
    return [revisit for revisits in found.values() for revisit in revisits]


def test_what_is_planned_is_due_when_its_time_has_come(store: Store, source: Source) -> None:
    late = planned(store, source, "late", after=2 * HOUR)
    soon = planned(store, source, "soon", etag='"1"', last_modified="Mon")
    assert store.hosts.next_due_at() is not None
    assert due(store, NOW + HOUR - 1) == []
    assert due(store, NOW + HOUR) == [soon]
    assert due(store, NOW + 2 * HOUR) == [soon, late]
    assert (soon.etag, soon.last_modified, soon.entry.outcome) == ('"1"', "Mon", "stored")


@pytest.mark.parametrize(("text_source", "left"), [("page", None), ("feed", "<p>All of it.</p>")])
def test_what_a_feed_carried_goes_with_the_last_look(
    store: Store, source: Source, text_source: str, left: str | None
) -> None:
    told = {"content": "<p>All of it.</p>", "summary": "Short."}
    lines = (line(name, url_key=f"https://pages.example/{name}", **told) for name in ("x", "y"))
    entry, other = offer(store, source, *lines, next_due_at=NOW + 1e9)
    article = add_article(store, "x", source=source, text_source=text_source)
    store.entries.finish(entry.id, outcome="stored", article_id=article, now=NOW)
    store.entries.finish(other.id, outcome="stored", article_id=add_article(store, "y"), now=NOW)
    store.revisits.plan(article, entry, next_due_at=NOW + HOUR, since=NOW)
    revisit = store.revisits.of(article)
    assert revisit is not None
    assert revisit.entry.content == "<p>All of it.</p>", "it stands by while the page is looked at"
    store.revisits.end(revisit, now=NOW + HOUR)
    kept = store.entries.get(entry.id)
    assert (kept.content, kept.summary) == (left, "Short.")
    assert store.entries.get(other.id).content == "<p>All of it.</p>", "that of another article"


def test_what_a_feed_carried_stays_while_a_page_is_looked_at(store: Store, source: Source) -> None:
    """Also what another line of it brings; behind the last look that goes at once."""
    told = {
        "content": "<p>All of it.</p>",
        "summary": "All of it. " * 200,
        "url_key": "https://pages.example/x",
    }
    entry, other = offer(
        store, source, line("x", **told), line("x", guid="other", **told), next_due_at=NOW + 1e9
    )
    article = add_article(store, "x", source=source)
    store.entries.finish(entry.id, outcome="stored", article_id=article, now=NOW)
    store.revisits.plan(article, entry, next_due_at=NOW + HOUR, since=NOW)
    store.revisits.over(article)
    assert store.entries.get(entry.id).content, "somebody is to look at it"
    revisit = store.revisits.of(article)
    assert revisit is not None
    store.revisits.end(revisit, now=NOW + HOUR)
    assert store.entries.get(other.id).content, "it waits"
    store.entries.finish(other.id, outcome="duplicate", article_id=article, now=NOW)
    store.revisits.over(article)
    kept = [store.entries.get(one.id) for one in (entry, other)]
    assert [(one.content, one.summary) for one in kept] == [(None, None)] * 2


def test_what_a_feed_carried_of_no_article_goes(store: Store, source: Source) -> None:
    told = {"content": "<p>All of it.</p>", "summary": "Short."}
    entry, other = offer(store, source, line("x", **told), line("y", **told), next_due_at=NOW + 1e9)
    store.entries.finish(entry.id, outcome="rejected", reason="no_text", now=NOW)
    kept = [store.entries.get(one.id) for one in (entry, other)]
    assert [(one.content, one.summary) for one in kept] == [(None, "Short."), ("<p>All of it.</p>", "Short.")]


def test_hosts_are_leased_for_revisits_alone(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    give_back(store, *lease(store), now=NOW)
    assert store.hosts.next_due_at() == NOW + HOUR
    store.revisits.end(revisit, now=NOW)
    give_back(store, lease_one(store, revisit.entry.host), now=NOW)
    assert (store.hosts.next_due_at() or 1e12) > NOW + HOUR, "nothing is left to be done there"


def test_a_revisit_is_no_offer(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    before = store.entries.accounting()
    assert before == {**before, "offered": 1, "stored": 1, "deferred": 0}
    assert store.entries.waiting([source.id]) == 0
    store.revisits.put_off(revisit, next_due_at=NOW + 9 * HOUR, looks=1, attempts=0, missing_at=None, now=NOW)
    assert store.entries.accounting() == before
    assert store.status(now=NOW).revisits == {"planned": 1, "due": 0}
    assert store.status(now=NOW + 9 * HOUR).revisits == {"planned": 1, "due": 1}


def test_put_off_and_ended(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    store.revisits.put_off(revisit, next_due_at=NOW + 9, looks=2, attempts=1, missing_at=NOW, now=NOW)
    found = store.revisits.of(revisit.article_id)
    assert found is not None
    assert (found.next_due_at, found.looks, found.attempts, found.missing_at) == (NOW + 9, 2, 1, NOW)
    assert found.since == NOW
    store.revisits.end(found, now=NOW)
    assert store.revisits.of(revisit.article_id) is None


def test_had_under_another_address(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    store.revisits.put_off(revisit, next_due_at=NOW + HOUR, looks=1, attempts=0, missing_at=NOW, now=NOW)
    [other] = offer(store, source, line("new-slug", host="elsewhere.example"))
    store.revisits.had(revisit.article_id, other, etag='"2"', last_modified=None)
    found = store.revisits.of(revisit.article_id)
    assert found is not None
    assert (found.entry.id, found.etag, found.missing_at, found.looks) == (other.id, '"2"', None, 1)
    assert [one.article_id for one in due(store, NOW + HOUR)] == [revisit.article_id]
    store.revisits.end(found, now=NOW)
    store.revisits.had(revisit.article_id, other, etag=None, last_modified=None)
    assert store.revisits.of(revisit.article_id) is None, "a plan that is over is not begun anew"


@pytest.mark.parametrize("once", [False, True])
def test_had_by_hand_leaves_the_plan_with_its_source(store: Store, source: Source, once: bool) -> None:
    revisit = planned(store, source)
    store.revisits.put_off(revisit, next_due_at=NOW + HOUR, looks=1, attempts=0, missing_at=NOW, now=NOW)
    page = line("by-hand", host="elsewhere.example")
    mine = store.entries.add_page(url=page.url, url_key=page.url_key, host=page.host, now=NOW)
    if once:
        feed = add_source(store, "once", state="once")
        mine = offer(store, feed, page)[-1]
    store.revisits.had(revisit.article_id, mine, etag='"2"', last_modified=None)
    found = store.revisits.of(revisit.article_id)
    assert found is not None
    assert (found.entry.id, found.etag, found.missing_at) == (revisit.entry.id, None, None)
    assert [one.article_id for one in due(store, NOW + HOUR)] == [revisit.article_id]


def test_a_lost_lease_writes_nothing(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    old = lease_one(store, revisit.entry.host, owner="late", ttl=10)
    lease_one(store, revisit.entry.host, now=NOW + 10, owner="new")
    for write in (
        lambda: store.revisits.end(revisit, now=NOW + 11, lease=old),
        lambda: store.revisits.put_off(
            revisit, next_due_at=NOW, looks=9, attempts=9, missing_at=None, now=NOW + 11, lease=old
        ),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.revisits.of(revisit.article_id) == revisit


def test_plans_go_with_their_source(store: Store, source: Source) -> None:
    other = add_source(store, "b")
    gone, kept = planned(store, source, "gone"), planned(store, other, "kept")
    store.sources.remove(source.id)
    assert store.revisits.of(gone.article_id) is None
    assert store.revisits.of(kept.article_id) == kept


def offered_too(store: Store, revisit: Revisit, name: str, entry: NewEntry, **fields: str) -> Entry:
    """Let another source offer a line that leads to the article of a plan."""
    other = add_source(store, name, next_due_at=NOW + 1e9, **fields)
    [found] = [one for one in offer(store, other, entry, next_due_at=NOW + 1e9) if one.source_id == other.id]
    store.articles.seen(
        revisit.article_id, url_keys=[(found.url, found.url_key)], source_id=other.id, seen_at=at()
    )
    store.entries.finish(found, outcome="duplicate", article_id=revisit.article_id, now=NOW)
    return found


def test_a_plan_passes_to_what_another_source_offered(store: Store, source: Source) -> None:
    revisit = planned(store, source, etag='"1"', last_modified="Mon")
    store.revisits.put_off(revisit, next_due_at=NOW + HOUR, looks=1, attempts=1, missing_at=NOW, now=NOW)
    before = store.revisits.of(revisit.article_id)
    removed, once = offered_too(store, revisit, "r", line("x")), offered_too(store, revisit, "o", line("x"))
    store.sources.remove(removed.source_id or 0)
    with store._database.write() as connection:
        change = tables.sources.update().where(tables.sources.c.id == once.source_id)
        connection.execute(change.values(state="once"))
    elsewhere = offered_too(store, revisit, "b", line("slug", host="elsewhere.example"))
    same = offered_too(store, revisit, "c", line("x", host="pages.example"))

    store.sources.remove(source.id)
    found = store.revisits.of(revisit.article_id)
    assert (found, before) == (replace(before or revisit, entry=found.entry if found else same), before)
    assert (found and found.entry.id) == same.id

    store.sources.remove(same.source_id or 0)
    give_back(store, *lease(store), now=NOW)
    found = store.revisits.of(revisit.article_id)
    assert found is not None
    assert (found.entry.id, found.etag, found.last_modified) == (elsewhere.id, None, None)
    assert (found.looks, found.attempts, found.missing_at, found.next_due_at) == (1, 0, None, NOW + HOUR)
    assert [one.article_id for one in due(store, NOW + HOUR)] == [revisit.article_id]

    store.sources.remove(elsewhere.source_id or 0)
    assert store.revisits.of(revisit.article_id) is None
    assert store.check() == []


def test_what_leads_to_another_article_takes_no_plan_over(store: Store, source: Source) -> None:
    revisit = planned(store, source)
    other = add_source(store, "b", next_due_at=NOW + 1e9)
    stored(store, other, "y")
    store.sources.remove(source.id)
    assert store.revisits.of(revisit.article_id) is None


def test_a_line_that_leads_elsewhere_does_not_lead_its_article_there(store: Store, source: Source) -> None:
    entry, article = stored(store, source, "x", guid="1", title="One")
    store.revisits.plan(article, entry, next_due_at=NOW + HOUR, since=NOW)
    [other] = offer(store, source, line("y", guid="1", title="Two"), now=NOW + 1e5)
    found = store.revisits.of(article)
    assert found is not None
    assert (found.entry.url, other.url) == ("https://pages.example/x", "https://pages.example/y")
    store.sources.remove(source.id)
    assert store.revisits.of(article) is None
    assert store.check() == []


def test_a_source_goes_whose_page_waits_while_another_is_looked_at_through_it(
    store: Store, source: Source
) -> None:
    revisit = planned(store, source)
    with store._database.write() as connection:
        waits = {"outcome": None, "next_due_at": NOW, "article_id": None}
        connection.execute(tables.entries.update().values(**waits))
    store.sources.remove(source.id)
    assert store.revisits.of(revisit.article_id) is None


def test_a_wrong_clock_is_mended(store: Store, source: Source) -> None:
    entry, article = stored(store, source, "x")
    year = 365 * 24 * HOUR
    store.revisits.plan(article, entry, next_due_at=NOW + year + HOUR, since=NOW + year)
    store.mend_clock(now=NOW, longest=24 * HOUR)
    assert [revisit.since for revisit in due(store, NOW)] == [NOW]


def test_withdrawn_and_back(store: Store) -> None:
    one, other = add_article(store, "a"), add_article(store, "b")
    assert not store.revisits.restore(one, at=NOW)
    assert store.revisits.withdraw(one, at=NOW)
    assert not store.revisits.withdraw(one, at=NOW + 5), "the first time counts"
    assert store.articles.get(one).withdrawn_at == at(NOW)
    found = store.articles.search(Filters(words="is:withdrawn")).hits
    assert [hit.article.id for hit in found] == [one]
    assert store.articles.count(Filters(words="title:title -is:withdrawn")) == 1
    assert store.status(now=NOW).withdrawn == 1
    assert store.revisits.restore(one, at=NOW + 9)
    article = store.articles.get(one)
    assert (article.withdrawn_at, article.returned_at) == (None, at(NOW + 9))
    assert store.articles.get(other).returned_at is None


def test_revised_articles_are_found(store: Store) -> None:
    one = add_article(store, "a")
    add_article(store, "b")
    store.articles.revise(one, content("a", text="New."), url_keys=[], source_id=None, fetched_at=at())
    assert [hit.article.id for hit in store.articles.search(Filters(words="is:revised")).hits] == [one]


def test_what_is_over_costs_nothing(store: Store) -> None:
    """Looks are found by host and time, and a host's next one in an index alone."""
    if store._database.postgres:
        pytest.skip("told by SQLite's plan; the indexes are the same")
    due = store._database.per_host("t.id", "revisits", "x.next_due_at <= ?")
    first = "SELECT min(next_due_at) FROM revisits WHERE host_id = ?"
    with store._database.read() as connection:
        plans = [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in ((due, ("[1]", NOW, 10)), (first, (1,)))
        ]
    assert all("revisits_due (host_id=?" in plan for plan in plans), plans
    assert not any("SCAN x" in plan or "SCAN revisits" in plan for plan in plans), plans
