"""What follows for looking again from a page that was just kept: a plan, fresh validators, a return."""

from dataclasses import dataclass

from crawler.normalize.url import url_key
from crawler.revisit import Plan, age_at, next_look
from crawler.rules import plan_of
from storage.errors import ArticleNotFound, ValueDamaged
from storage.looks import Revisit
from storage.model import Content, Entry, Lease
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


def take_away(store: Store, article_id: int, entry: Entry, plan: Plan, *, now: float) -> bool:
    """Note that the page behind an entry of an article was gone (410) outside its plan; whether that is new.

    It may come back: one look at least is planned at which that would be noticed. Nothing is noted where the
    feed's own text is kept, which proves nothing.
    """
    with store.transaction():
        try:
            article = store.articles.get(article_id)
        except (ArticleNotFound, ValueDamaged):  # pruned, or nobody looks at it any more
            return False
        if article.content.text_source == "feed" or not store.revisits.withdraw(article_id, at=now):
            return False
        if plan and store.revisits.of(article_id) is None:
            since = article.first_seen_at.timestamp()
            due = now + max(plan)
            store.revisits.plan(
                article_id, entry, next_due_at=due, since=since, etag=None, last_modified=None
            )
        return True


def take_away_at(store: Store, url: str, after: str, *, now: float) -> bool:
    """Note the same of the article that a URL leads to, if any; ``after`` is the setting of plans."""
    article = store.articles.by_keys([url_key(url)])
    if article is None:
        return False
    history = store.entries.history(url_keys=[url_key(address) for address in article.urls])
    own = [entry for entry in history if entry.article_id == article.id]
    if not own:
        return False
    entry = own[-1]
    source = None if entry.source_id is None else store.sources.by_ids([entry.source_id]).get(entry.source_id)
    return take_away(store, article.id, entry, plan_of(source, after), now=now)
