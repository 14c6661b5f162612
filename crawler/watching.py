"""What follows for looking again from a page that was just kept: a plan, fresh validators, a return."""

from dataclasses import dataclass

from crawler.normalize.url import url_key
from crawler.revisit import Plan, age_at, next_look
from crawler.rules import plan_of
from storage.errors import ValueDamaged
from storage.looks import Revisit
from storage.model import Article, Content, Entry, Lease
from storage.spent import is_long
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """How a page was had: the validators that it came with, and the plan for looking at it again."""

    plan: Plan
    etag: str | None = None
    last_modified: str | None = None


def watch(
    store: Store, article_id: int, content: Content, entry: Entry, had: Had, *, added: bool, now: float
) -> bool:
    """Plan the looks at an article that was ``added``, or note that the page of a known one is there.

    Returns whether it is one that had been taken away. Called inside the transaction that keeps the page.
    """
    if added:
        age = age_at(content.published_at, content.modified_at, since=now)
        due = next_look(had.plan, since=now, age=age, now=now)
        if due is not None:
            store.revisits.plan(
                article_id,
                entry,
                next_due_at=due,
                since=now,
                etag=had.etag,
                last_modified=had.last_modified,
            )
            return False
    if is_long(entry):
        store.revisits.over(article_id)
    if added or content.text_source == "feed":  # it was not there before, or its page could not be had
        return False
    store.revisits.had(article_id, entry, etag=had.etag, last_modified=had.last_modified)
    return store.revisits.restore(article_id, at=now)


def look_later(
    store: Store, revisit: Revisit, content: Content, plan: Plan, *, lease: Lease, now: float
) -> None:
    """Plan the next look after one that found the article, or end its plan. Raises LeaseLost."""
    age = age_at(content.published_at, content.modified_at, since=revisit.since)
    due = next_look(plan, since=revisit.since, age=age, now=now)
    if due is None:
        store.revisits.end(revisit, now=now, lease=lease)
    else:
        store.revisits.put_off(
            revisit,
            next_due_at=due,
            looks=revisit.looks + 1,
            attempts=0,
            missing_at=None,
            now=now,
            lease=lease,
        )


def take_away(store: Store, url: str, after: str, *, now: float) -> bool:
    """Note that an article's page was gone (410) outside its plan; returns whether that is new.

    Nothing is noted of an address that is not that of its newest text, which may well be there, nor where the
    feed's own text is kept, which proves nothing. It may come back: where a followed source led to it and its
    plan (``after`` is the setting) is over, one more look is planned.
    """
    with store.transaction():
        try:
            article = store.articles.by_keys([url_key(url)])
        except ValueDamaged:  # nobody looks at it any more
            return False
        if article is None or article.content.text_source == "feed":
            return False
        if url_key(article.content.url) != url_key(url) or not store.revisits.withdraw(article.id, at=now):
            return False
        if store.revisits.of(article.id) is None:
            _look_once_more(store, article, after, now=now)
        return True


def _look_once_more(store: Store, article: Article, after: str, *, now: float) -> None:
    history = store.entries.history(url_keys=[url_key(url) for url in article.urls])
    sources = store.sources.by_ids({entry.source_id for entry in history if entry.source_id is not None})
    for entry in reversed(history):
        plan = plan_of(sources.get(entry.source_id or 0), after)
        if plan and entry.article_id == article.id:
            due, since = now + max(plan), article.first_seen_at.timestamp()
            store.revisits.plan(
                article.id, entry, next_due_at=due, since=since, etag=None, last_modified=None
            )
            return
