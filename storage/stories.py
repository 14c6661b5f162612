"""Stories: the articles that carry one text. Listed, looked into, and changed by people.

A story is what articles have in common in ``story_id``; nothing else is kept of it. What a person decided
stands in ``story_choices``, above what kabar judges, until the person lets kabar judge again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, tuple_, update

from storage import branches, cursors, members, search, tables
from storage.branches import Place
from storage.database import Database
from storage.errors import ArticleNotFound, StoryNotFound
from storage.hits import Filters
from storage.membership import Choice, Member, Moved, Story, StoryPage, StorySort
from storage.values import chunks, moment

_ARTICLE = tables.articles
_CHOICE = tables.story_choices
_JOIN = tables.joins
_TOGETHER = 500


class Stories:
    """The stories of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # --- reading

    def get(self, story_id: int) -> Story:
        """Return the story of that number. Raises StoryNotFound."""
        with self._db.read() as connection:
            found = self._counted(connection, [story_id])
        if not found:
            raise StoryNotFound(story_id, f"there is no story {story_id}; `kabar stories` lists them")
        return found[0]

    def members(self, story_ids: Sequence[int], *, each: int = 1000) -> list[Member]:
        """Return the articles of stories in the order in which they came out, at most ``each`` of a story."""
        with self._db.read() as connection:
            return members.members(self._db, connection, story_ids, each=each)

    def find(self, filters: Filters, *, least: int = 2, sort: StorySort = "newest") -> StoryPage:
        """Return a page of the stories in which an article fits the filters, each with all its articles.

        Only those of at least ``least`` articles; ``newest`` puts those first whose newest article came out
        last. Raises InvalidQuery, TookTooLong when it takes too long.
        """
        limit = max(filters.limit, 1)
        query = self._newest(filters, least) if sort == "newest" else self._largest(filters, least)
        with self._db.read() as connection:
            with self._db.impatient(connection, search.SECONDS):
                rows = connection.execute(query.limit(limit + 1)).all()
            stories = self._counted(connection, [row.story_id for row in rows[:limit]])
        more = len(rows) > limit
        place = list(rows[limit - 1])[1:] if more else []
        return StoryPage(stories=tuple(stories), cursor=cursors.written(sort, place) if more else None)

    def count(self, filters: Filters, *, least: int = 2) -> int:
        """Return how many stories ``find`` finds, whatever its limit and cursor. Raises InvalidQuery."""
        grouped = self._grouped(filters, least).subquery()
        with self._db.read() as connection, self._db.impatient(connection, search.SECONDS):
            return connection.scalar(select(func.count()).select_from(grouped)) or 0

    def _newest(self, filters: Filters, least: int) -> Select[Any]:
        """Select stories by their newest articles, so that a page needs to look at the newest only."""
        newer, member = _ARTICLE.alias("newer"), _ARTICLE.alias("member")
        key = tuple_(_ARTICLE.c.order_at, _ARTICLE.c.id)
        after = select(newer.c.id).where(
            newer.c.story_id == _ARTICLE.c.story_id, tuple_(newer.c.order_at, newer.c.id) > key
        )
        enough = select(member.c.id).where(member.c.story_id == _ARTICLE.c.story_id)
        enough = enough.limit(1).offset(max(least, 1) - 1)
        query = select(_ARTICLE.c.story_id, _ARTICLE.c.order_at, _ARTICLE.c.id)
        query = query.where(~after.exists(), *self._fitting(filters))
        if least > 1:
            query = query.where(enough.exists())
        if filters.cursor is not None:
            query = query.where(key < tuple_(*cursors.read(filters.cursor, "newest", (float, int))))
        return query.order_by(_ARTICLE.c.order_at.desc(), _ARTICLE.c.id.desc())

    def _largest(self, filters: Filters, least: int) -> Select[Any]:
        number, last = func.count(), func.max(_ARTICLE.c.order_at)
        query = self._grouped(filters, least).add_columns(number, last, _ARTICLE.c.story_id)
        key = (number, last, _ARTICLE.c.story_id)
        if filters.cursor is not None:
            place = cursors.read(filters.cursor, "size", (int, float, int))
            query = query.having(tuple_(*key) < tuple_(*place))
        return query.order_by(*(column.desc() for column in key))

    def _grouped(self, filters: Filters, least: int) -> Select[Any]:
        query = select(_ARTICLE.c.story_id).where(*self._fitting(filters)).group_by(_ARTICLE.c.story_id)
        return query.having(func.count() >= least) if least > 1 else query

    def _fitting(self, filters: Filters) -> list[ColumnElement[bool]]:
        """Return the condition that an article of the same story fits the filters, if they ask for any."""
        row = _ARTICLE.alias("fitting")
        fits = search.matching(self._db, filters, row)
        asked = replace(filters, limit=0, cursor=None) != Filters(limit=0)
        return [_ARTICLE.c.story_id.in_(select(row.c.story_id).where(fits))] if asked else []

    def _counted(self, connection: Connection, story_ids: Sequence[int]) -> list[Story]:
        found: dict[int, Story] = {}
        columns = (
            func.count(),
            func.count(_ARTICLE.c.site.distinct()),
            func.min(_ARTICLE.c.order_at),
            func.max(_ARTICLE.c.order_at),
        )
        query = select(_ARTICLE.c.story_id, *columns).group_by(_ARTICLE.c.story_id)
        for piece in chunks(story_ids, _TOGETHER):
            for number, articles, outlets, first, last in connection.execute(
                query.where(_ARTICLE.c.story_id.in_(piece))
            ):
                found[number] = Story(
                    id=number,
                    articles=articles,
                    outlets=outlets,
                    first_at=moment(first),
                    last_at=moment(last),
                )
        return [found[number] for number in story_ids if number in found]

    # --- what people decide

    def choices(self, article_ids: Iterable[int]) -> list[Choice]:
        """Return what people decided about these articles, by their numbers."""
        found: list[Choice] = []
        with self._db.read() as connection:
            for piece in chunks(sorted(set(article_ids)), _TOGETHER):
                query = select(_CHOICE).where(_CHOICE.c.article_id.in_(piece))
                found += (_choice(row) for row in connection.execute(query.order_by(_CHOICE.c.article_id)))
        return found

    def apart_from(self, article_ids: Iterable[int]) -> list[Choice]:
        """Return what people decided about the articles that would have joined these, but are kept apart."""
        found: list[Choice] = []
        with self._db.read() as connection:
            for piece in chunks(sorted(set(article_ids)), _TOGETHER):
                query = select(_CHOICE).where(_CHOICE.c.kind != "joined", _CHOICE.c.before_id.in_(piece))
                found += (_choice(row) for row in connection.execute(query.order_by(_CHOICE.c.article_id)))
        return found

    def part(self, article_id: int, *, at: float) -> Moved:
        """Take an article out of its story, with those that joined because of it; it stays out of that one.

        Taken out of another story later, it stays out of all. ``at`` is epoch seconds. The first article of a
        story is not taken out of it. Raises ArticleNotFound.
        """
        with self._db.write() as connection:
            story_id = self._story_of(connection, article_id)
            places = self._places(connection, story_id)
            before = branches.parent_of(article_id, places)
            if before is None:
                return Moved(articles=(), before=story_id, story=story_id)
            head = self._head(connection, story_id)
            again = any(choice.kind != "joined" for choice in self.choices([article_id]))
            kind = "alone" if again else "apart"
            self._choose(connection, article_id, kind=kind, other_id=head, before_id=before, at=at)
            return self._move(connection, article_id, places, before=story_id, story=article_id)

    def join(self, article_id: int, story_id: int, *, at: float) -> Moved:
        """Put an article into a story, with those that joined because of it; it stays there.

        ``at`` is epoch seconds. The first article of a story brings the whole story along. Raises
        ArticleNotFound, StoryNotFound.
        """
        with self._db.write() as connection:
            own = self._story_of(connection, article_id)
            head = self._head(connection, story_id)
            if own == story_id:
                return Moved(articles=(), before=own, story=own)
            places = self._places(connection, own)
            before = branches.parent_of(article_id, places)
            self._choose(connection, article_id, kind="joined", other_id=head, before_id=before, at=at)
            return self._move(connection, article_id, places, before=own, story=story_id, head=head)

    def release(self, article_id: int) -> Moved:
        """Let kabar's judgement hold again for an article; it goes back to where that had put it.

        Raises ArticleNotFound.
        """
        with self._db.write() as connection:
            own = self._story_of(connection, article_id)
            row = connection.execute(select(_CHOICE).where(_CHOICE.c.article_id == article_id)).first()
            if row is None:
                return Moved(articles=(), before=own, story=own)
            places = self._places(connection, own)
            connection.execute(delete(_CHOICE).where(_CHOICE.c.article_id == article_id))
            back = self._ref(connection, row.before_id)
            if back is None or row.before_id in branches.below(article_id, places):
                return self._move(connection, article_id, places, before=own, story=article_id)
            head = self._head(connection, back.story_id)
            return self._move(connection, article_id, places, before=own, story=back.story_id, head=head)

    def follow(self, article_ids: Iterable[int]) -> int:
        """Let articles that people put into the stories of these come after them; returns how many moved.

        Those that joined because of them go with them. For when these were judged anew.
        """
        moved = 0
        with self._db.write() as connection:
            for piece in chunks(sorted(set(article_ids)), _TOGETHER):
                query = select(_CHOICE).where(_CHOICE.c.kind == "joined", _CHOICE.c.other_id.in_(piece))
                for row in connection.execute(query.order_by(_CHOICE.c.at, _CHOICE.c.article_id)).all():
                    moved += self._follow(connection, row.article_id, row.other_id)
        return moved

    def _follow(self, connection: Connection, article_id: int, other_id: int) -> int:
        article, other = self._ref(connection, article_id), self._ref(connection, other_id)
        if article is None or other is None or article.story_id == other.story_id:
            return 0
        before, story = article.story_id, other.story_id
        places, head = self._places(connection, before), self._head(connection, story)
        moved = self._move(connection, article_id, places, before=before, story=story, head=head)
        return len(moved.articles)

    def judged(self, article_id: int, other_id: int | None) -> None:
        """Keep which article kabar's newest judgement has it join, below what a person decided."""
        change = update(_CHOICE).where(_CHOICE.c.article_id == article_id)
        with self._db.write() as connection:
            connection.execute(change.values(before_id=other_id))

    def _move(
        self,
        connection: Connection,
        article_id: int,
        places: dict[int, Place],
        *,
        before: int,
        story: int,
        head: int | None = None,
    ) -> Moved:
        """Give an article, and those below it, to a story that ``head`` begins (None: the article itself)."""
        articles = branches.below(article_id, places)
        for piece in chunks(articles, _TOGETHER):
            change = update(_ARTICLE).where(_ARTICLE.c.id.in_(piece))
            connection.execute(change.values(story_id=story, duplicate_of=head or article_id))
        if head is None:
            connection.execute(update(_ARTICLE).where(_ARTICLE.c.id == article_id).values(duplicate_of=None))
        return Moved(articles=tuple(articles), before=before, story=story)

    def _choose(self, connection: Connection, article_id: int, **values: Any) -> None:
        known = connection.execute(select(_CHOICE).where(_CHOICE.c.article_id == article_id)).first()
        if known is not None:  # what kabar had judged stands behind the choice before
            values["before_id"] = known.before_id
            connection.execute(delete(_CHOICE).where(_CHOICE.c.article_id == article_id))
        connection.execute(self._db.insert(_CHOICE).values(article_id=article_id, **values))

    def _story_of(self, connection: Connection, article_id: int) -> int:
        found = self._ref(connection, article_id)
        if found is None:
            raise ArticleNotFound(article_id, f"there is no article {article_id}")
        return int(found.story_id)

    def _ref(self, connection: Connection, article_id: int | None) -> Any:
        """Return an article's number and story, if it is there; it stays in that until the end."""
        if article_id is None:
            return None
        query = select(_ARTICLE.c.id, _ARTICLE.c.story_id).where(_ARTICLE.c.id == article_id)
        return connection.execute(query.with_for_update()).first()

    def _head(self, connection: Connection, story_id: int) -> int:
        """Return the first article of a story, which it stays until the end. Raises StoryNotFound."""
        rows = self._members(connection, story_id)
        if not rows:
            raise StoryNotFound(story_id, f"there is no story {story_id}; `kabar stories` lists them")
        return int(next((number for number, head in rows if head is None), rows[0][0]))

    def _members(self, connection: Connection, story_id: int) -> Sequence[Any]:
        """Return number and first article of each article of a story; they are kept from changing."""
        query = select(_ARTICLE.c.id, _ARTICLE.c.duplicate_of).where(_ARTICLE.c.story_id == story_id)
        return connection.execute(query.order_by(_ARTICLE.c.id).with_for_update()).all()

    def _places(self, connection: Connection, story_id: int) -> dict[int, Place]:
        """Return why each article of a story is in it; they are kept from changing."""
        rows = self._members(connection, story_id)
        mine = select(_ARTICLE.c.id).where(_ARTICLE.c.story_id == story_id)
        joins = select(_JOIN.c.article_id, _JOIN.c.other_id).where(_JOIN.c.article_id.in_(mine))
        joined = {row[0]: row[1] for row in connection.execute(joins)}
        choices = select(_CHOICE).where(_CHOICE.c.article_id.in_(mine))
        chosen = {row.article_id: row for row in connection.execute(choices)}
        return {
            number: Place(
                head=head,
                joined=joined.get(number),
                chosen=chosen[number].kind if number in chosen else None,
                other=chosen[number].other_id if number in chosen else None,
            )
            for number, head in rows
        }


def _choice(row: Any) -> Choice:
    return Choice(**{**row._mapping, "at": moment(row.at)})
