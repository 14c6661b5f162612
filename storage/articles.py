"""Articles with their revisions: kept, judged against, found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, select, update

from storage import candidates, facets, newcomers, search, tables, word_index
from storage.contents import READ, content_of, headings
from storage.database import Database
from storage.errors import AlreadyExists, ArticleNotFound
from storage.found import Found
from storage.hits import FACETS, Chosen, Facet, FacetName, Filters, Hit, Page
from storage.kinds import Kinds
from storage.model import Article, ArticleRef, Candidates, Content, Revision, RevisionKind
from storage.newcomers import Newcomer
from storage.places import Place, places
from storage.snippet import snippet
from storage.values import LARGEST_ID, chunks, clean, key_of, moment, seconds

_ARTICLE = tables.articles
_REVISION = tables.revisions
_KEPT = (
    *("id", "first_seen_at", "last_seen_at", "fetched_at"),
    *("revision", "edits", "story_id", "duplicate_of", "order_at", "withdrawn_at", "returned_at"),
)

_MOST_HITS = 1_000_000
"""Of a page."""
_JOINED = _ARTICLE.join(_REVISION, _REVISION.c.id == _ARTICLE.c.revision_id)
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
# Made once: to put a select of forty columns together takes longer than to run it.
_COLUMNS = (*READ, *(_ARTICLE.c[name] for name in _KEPT))
_ROWS = select(*_COLUMNS).select_from(_JOINED)
_OF_REVISION = (*READ, _REVISION.c.kind, _REVISION.c.number, _REVISION.c.seen_at)
_KINDS, _KINDS_OF_REVISION = Kinds(_COLUMNS), Kinds(_OF_REVISION)
_ROWS_OF = _ROWS.where(_ARTICLE.c.id.in_(_IDS)).order_by(_ARTICLE.c.id)
_URLS_OF = "SELECT article_id, url FROM article_urls WHERE article_id WITHIN ? ORDER BY id"
_CARRIERS_OF = (
    "SELECT c.article_id, s.url FROM article_sources c JOIN sources s ON s.id = c.source_id"
    " WHERE c.article_id WITHIN ? ORDER BY c.seen_at, c.source_id"
)


class Articles:
    """The articles of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # --- keeping

    def candidates(
        self,
        *,
        url_keys: Sequence[str],
        canonical_key: str | None,
        content_hash: str,
        answered_keys: Sequence[str] = (),
    ) -> Candidates:
        """Return kept articles that might be the one at hand, by URL keys, canonical key and content.

        By canonical URL: the article at that address, or at one that redirects led to (``answered_keys``),
        else the first that claims one of these addresses as its canonical URL.
        """
        claimed = [*([canonical_key] if canonical_key else []), *answered_keys]
        with self._db.read() as connection:
            return candidates.candidates(
                self._db, connection, url_keys=url_keys, claimed_keys=claimed, content_hash=content_hash
            )

    def familiar(
        self, *, url_keys: Iterable[str], content_hashes: Iterable[str]
    ) -> tuple[set[str], set[str]]:
        """Return which of these URL keys articles have or claim, and which of these hashes their texts have.

        What is not among them has no candidates.
        """
        with self._db.read() as connection:
            return candidates.familiar(self._db, connection, url_keys=url_keys, content_hashes=content_hashes)

    def ref(self, article_id: int) -> ArticleRef | None:
        """Return what it takes to judge against an article; None when there is none of that number."""
        with self._db.read() as connection:
            return candidates.ref(self._db, connection, article_id)

    def refs(self, article_ids: Sequence[int]) -> dict[int, ArticleRef]:
        """Return what it takes to judge against articles, by their numbers, for those that there are."""
        with self._db.read() as connection:
            return candidates.refs(self._db, connection, article_ids)

    def reserve(self, number: int) -> Sequence[int]:
        """Return numbers for articles to be added, before any other, in the transaction this is called in."""
        with self._db.write() as connection:
            return self._db.reserve(connection, _ARTICLE, number)

    def add_all(self, new: Sequence[Newcomer]) -> int:
        """Keep new articles; returns how many URLs lead to them, leaving out those of other articles."""
        with self._db.write() as connection:
            return newcomers.add(self._db, connection, new)

    def add(
        self,
        content: Content,
        *,
        url_keys: Sequence[tuple[str, str]],
        source_id: int | None,
        fetched_at: datetime,
        duplicate_of: int | None,
        canonical_key: str | None = None,
    ) -> int:
        """Keep a new article and return its number. ``url_keys`` are pairs of URL and key, the first its own.

        ``canonical_key`` is the key of the canonical URL it claims: a claim, not an address of it.

        A duplicate joins the story of its original. Raises AlreadyExists when every key is another
        article's (two workers had the same page in hand), ArticleNotFound when there is no original.
        """
        with self._db.write() as connection:
            [article_id] = self._db.reserve(connection, _ARTICLE, 1)
            story_id = article_id if duplicate_of is None else _story(connection, duplicate_of)
            newcomer = Newcomer(
                id=article_id,
                content=content,
                url_keys=url_keys,
                source_id=source_id,
                fetched_at=fetched_at,
                story_id=story_id,
                duplicate_of=duplicate_of,
                canonical_key=canonical_key,
            )
            if newcomers.add(self._db, connection, [newcomer]) == 0 and url_keys:
                owner = candidates.first_by_key(self._db, connection, [key for _, key in url_keys])
                raise AlreadyExists(f"the article {url_keys[0][0]}", owner.id if owner else article_id)
        return article_id

    def revise(
        self,
        article_id: int,
        content: Content,
        *,
        url_keys: Sequence[tuple[str, str]],
        source_id: int | None,
        fetched_at: datetime,
        canonical_key: str | None = None,
        kind: RevisionKind = "published",
    ) -> int:
        """Keep a new text of an article and return the number of the revision. Raises ArticleNotFound.

        One of the kind ``reread`` is no edit of its publisher: the times of the article and the count of its
        edits stay; ``fetched_at`` is then when its page was read anew.
        """
        at, reread = seconds(fetched_at), kind == "reread"
        with self._db.write() as connection:
            row = _locked(connection, article_id)
            number = row.revision + 1
            [revision_id] = self._db.reserve(connection, _REVISION, 1)
            head = (revision_id, article_id, number, at, kind)
            newcomers.revise(self._db, connection, head, content)
            word_index.drop(self._db, connection, row.revision_id)
            values = {"revision_id": revision_id, "revision": number}
            values |= headings(content, row.first_seen_at, canonical_key, url_keys)
            if not reread:
                last = max(at, row.last_seen_at)
                values |= {"fetched_at": at, "last_seen_at": last, "edits": row.edits + 1}
            connection.execute(update(_ARTICLE).where(_ARTICLE.c.id == article_id).values(**values))
            self._met(connection, article_id, url_keys, source_id, at)
        return int(number)

    def seen(
        self,
        article_id: int,
        *,
        url_keys: Sequence[tuple[str, str]],
        source_id: int | None,
        seen_at: datetime,
    ) -> None:
        """Note that an article was met again, under further URLs or in a further source.

        Keys that are another article's already are left alone. Raises ArticleNotFound.
        """
        at = seconds(seen_at)
        with self._db.write() as connection:
            row = _locked(connection, article_id)
            values = {"last_seen_at": max(at, row.last_seen_at)}
            connection.execute(update(_ARTICLE).where(_ARTICLE.c.id == article_id).values(**values))
            self._met(connection, article_id, url_keys, source_id, at)

    def _met(
        self,
        connection: Connection,
        article_id: int,
        url_keys: Sequence[tuple[str, str]],
        source_id: int | None,
        at: float,
    ) -> None:
        newcomers.link(self._db, connection, [(key, article_id, url) for url, key in url_keys])
        if source_id is not None:
            newcomers.carry(self._db, connection, [(article_id, source_id, at)])

    # --- reading

    def get(self, ref: int | str) -> Article:
        """Return an article by its number, one of its ``urls``, or a URL's key. Raises ArticleNotFound."""
        text = clean(str(ref)).strip()
        found = None
        with self._db.read() as connection:
            if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID:
                found = next(_read(self._db, connection, [int(text)]), None)
            if found is None and isinstance(ref, str):
                found = self.by_keys([ref, key_of(text, "")])
        if found is None:
            raise ArticleNotFound(ref, f"there is no article {text!r}")
        return found

    def by_keys(self, url_keys: Sequence[str]) -> Article | None:
        """Return the article that the first known of these URL keys leads to, or None."""
        with self._db.read() as connection:
            ref = candidates.first_by_key(self._db, connection, url_keys)
            return next(_read(self._db, connection, [ref.id]), None) if ref else None

    def revisions(self, ref: int | str) -> list[Revision]:
        """Return all texts of the article that ``get`` finds, the first one first. Raises ArticleNotFound."""
        article_id = ref if isinstance(ref, int) else self.get(ref).id
        query = select(*_OF_REVISION).where(_REVISION.c.article_id == article_id)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(_REVISION.c.number)).all()
            found = [_revision(article_id, row) for row in rows]
        if not found:
            raise ArticleNotFound(article_id, f"there is no article {article_id}")
        return found

    def search(self, query: str | Filters = "", **filters: Unpack[Chosen]) -> Found:
        """Return what a search finds; iterated over, it yields all articles in constant memory.

        ``query`` is in kabar's query language. The keywords are the fields of ``Filters``: ``since`` and
        ``until`` (date-times), ``source``, ``site``, ``language``, ``author``, ``story``,
        ``one_per_story``, ``sort`` (``newest``, ``oldest``, ``relevance``), ``limit`` (0: all), ``cursor``.

        Raises InvalidQuery for what cannot be understood, TypeError for other keywords.
        """
        asked = search.asked(query, filters)
        plan = search.plan(self._db, asked)
        search.place(plan.filters)  # raises what there is to raise, before reading
        return Found(self, asked)

    def page(self, filters: Filters) -> Page:
        """Return one page of hits: ``filters.limit`` of them, going on from ``filters.cursor``.

        ``relevance`` weighs freshness and words: all words in the title count as much as two weeks.
        Raises InvalidQuery for a query or cursor that cannot be understood, TookTooLong after half a minute.
        """
        plan = search.plan(self._db, filters)
        limit = min(max(filters.limit, 1), _MOST_HITS)
        with self._db.read() as connection:
            with self._db.impatient(connection, search.SECONDS):
                rows = places(plan, connection, limit + 1)
            found = read_places(self._db, connection, rows[:limit])
        hits = tuple(Hit(article=article, snippet=_passage(article, plan)) for article in found)
        return Page(hits=hits, cursor=cursor_after(filters, rows[limit - 1]) if len(rows) > limit else None)

    def count(self, filters: Filters) -> int:
        """Return how many articles a search finds, whatever its limit and cursor. Raises InvalidQuery.

        With ``one_per_story`` it is the number of stories.
        """
        plan = search.plan(self._db, filters)
        number = func.count(_ARTICLE.c.story_id.distinct()) if filters.one_per_story else func.count()
        query = select(number).select_from(_ARTICLE).where(plan.matching)
        with self._db.read() as connection, self._db.impatient(connection, search.SECONDS):
            return connection.scalar(query) or 0

    def facets(
        self, filters: Filters, *, by: Sequence[FacetName] = FACETS, most: int = 10, exact: bool = False
    ) -> dict[FacetName, tuple[Facet, ...]]:
        """Count the articles of a search by site, language, day (in UTC), tag, author and story.

        At most ``most`` values of each: days the newest first, everything else the most frequent first. The
        limit and the cursor do not matter; with ``one_per_story`` those that tell each story are counted.
        Of very many articles an even sample is counted, which gives estimates, unless they are to be
        ``exact``. Raises InvalidQuery, TookTooLong when it takes too long.
        """
        return facets.counted(self._db, filters, by=by, most=most, exact=exact)

    def iterate(self, filters: Filters, *, batch: int = 500) -> Iterator[Article]:
        """Yield the articles of a search in constant memory, ``filters.limit`` of them (0: all).

        Articles added meanwhile never cause one to be left out or to come twice. Raises InvalidQuery.
        """
        left = filters.limit if filters.limit > 0 else None
        while left is None or left > 0:
            size = batch if left is None else min(batch, left)
            plan = search.plan(self._db, filters)
            with self._db.read() as connection:
                rows = places(plan, connection, size)
                found = read_places(self._db, connection, rows)
            yield from found
            if len(rows) < size:
                return
            left = None if left is None else left - size
            filters = replace(filters, cursor=cursor_after(filters, rows[-1]))


def _passage(article: Article, plan: search.Plan) -> str | None:
    if not plan.phrases:
        return None
    content = article.content
    texts = (content.text, content.lead, content.title, "; ".join(content.authors), content.byline)
    return snippet(texts, plan.phrases, language=content.language)


def cursor_after(filters: Filters, row: Any) -> str:
    """Return the cursor of the place behind a row of a search."""
    return search.cursor(filters, row.rank, row.order_at, row.id)


def select_rows(rank: ColumnElement[int]) -> Select[Any]:
    """Return the select of everything that ``read_rows`` needs, and of a rank."""
    return _ROWS.add_columns(rank.label("rank"))


def _read(database: Database, connection: Connection, ids: Sequence[int]) -> Iterator[Article]:
    yield from read_rows(database, connection, connection.execute(_ROWS_OF, {"ids": ids}).all())


def read_places(database: Database, connection: Connection, found: Sequence[Place]) -> list[Article]:
    """Return the articles of these places; one that was deleted meanwhile is missing."""
    read: dict[int, Article] = {}
    for piece in chunks([place.id for place in found], 500):
        read |= {article.id: article for article in _read(database, connection, piece)}
    return [read[place.id] for place in found if place.id in read]


def read_rows(database: Database, connection: Connection, rows: Sequence[Any]) -> list[Article]:
    """Return the articles of these rows, with their URLs and sources."""
    for row in rows:
        _KINDS.require(row)
    ids = [row.id for row in rows]
    urls = _grouped(database, connection, _URLS_OF, ids)
    sources = _grouped(database, connection, _CARRIERS_OF, ids)
    own = _first_urls(connection, rows)
    return [
        _article(row, sources.get(row.id, ()), [url or own[row.id] for url in urls.get(row.id, ())])
        for row in rows
    ]


def _revision(article_id: int, row: Any) -> Revision:
    _KINDS_OF_REVISION.require(row)
    content, (kind, number, seen_at) = content_of(row), row[-3:]
    return Revision(article_id=article_id, number=number, seen_at=moment(seen_at), content=content, kind=kind)


def _first_urls(connection: Connection, rows: Sequence[Any]) -> Mapping[int, str]:
    """Return by article the URL of its first revision."""
    found = {row.id: row.url for row in rows}
    first = select(_REVISION.c.article_id, _REVISION.c.url).where(_REVISION.c.number == 1)
    for piece in chunks([row.id for row in rows if row.revision > 1], 500):
        found |= {
            row[0]: row[1] for row in connection.execute(first.where(_REVISION.c.article_id.in_(piece)))
        }
    return found


def _article(row: Any, sources: Sequence[str], urls: Sequence[str]) -> Article:
    return Article(
        id=row.id, content=content_of(row), first_seen_at=moment(row.first_seen_at),
        last_seen_at=moment(row.last_seen_at), fetched_at=moment(row.fetched_at), revision=row.revision,
        edits=row.edits, story_id=row.story_id, duplicate_of=row.duplicate_of, sources=tuple(sources),
        urls=tuple(urls), withdrawn_at=None if row.withdrawn_at is None else moment(row.withdrawn_at),
        returned_at=None if row.returned_at is None else moment(row.returned_at),
    )  # fmt: skip


def _grouped(
    database: Database, connection: Connection, statement: str, ids: Sequence[int]
) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for id_, value in database.fetch(connection, statement, (database.each(ids),), cleaned=True):
        found.setdefault(id_, []).append(value)
    return found


def _story(connection: Connection, original: int) -> int:
    story = connection.scalar(select(_ARTICLE.c.story_id).where(_ARTICLE.c.id == original))
    if story is None:
        raise ArticleNotFound(original, f"there is no article {original}")
    return int(story)


def _locked(connection: Connection, article_id: int) -> Any:
    """Return an article's row, kept from changing until the transaction ends."""
    query = select(_ARTICLE).where(_ARTICLE.c.id == article_id)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        raise ArticleNotFound(article_id, f"there is no article {article_id}")
    return row
