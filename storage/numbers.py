"""The newest articles that have some words, or came by a source, looked for by the numbers an index knows.

Articles are numbered as they come, and most come soon after they came out: a run of the largest numbers
holds most of the newest that are looked for. Those that came late have smaller or larger numbers than the
run, and stand between its articles along the order, where they are looked up.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any as Whatever

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from storage.conditions import Compiler
from storage.database import Database
from storage.order import Fitting, Found, Key, Order
from storage.query import All, Any, Is, Node, Not, Within, Words
from storage.reach import BLOCK, Reach, far, reach_of
from storage.tables import articles

_FIRST, _SECOND = 512, 8_192
"""Numbers of the first run, and of the second at most."""
_BLOCK = 1 << BLOCK
"""Numbers of a block of PostgreSQL's."""
_AMPLE = 1.3
"""A run is so much longer than should be needed."""
_SPARE = 6
"""A run that holds no more than this above what is wanted is not used: some may have come out long before."""
_PEEK = 64
"""Articles at the place to go on from, whose numbers say where a run begins."""
_SPREAD = 0.25
"""Where most of these numbers are further apart than this share of all, they say nothing about the order."""
_ASTRAY = 300
"""They say nothing either where so many have the words, and too few of them come next."""
_LATE = (1_000, 20_000)
"""And nothing where more came late than twice what the run holds; that at least, and at most."""
_DEARER = 40
"""To fetch an article that is found costs as much as to pass by so many along the order."""
_FEWER = 4
"""All that are found are fetched up to so many times what pays: how many they are is guessed."""
_A = articles.c
_ORDER = Order(down=True)


def are_known(tree: All) -> bool:
    """Tell whether an index knows the numbers of what is asked for: whole words, or a source, of any time.

    What one source carried is of few sites and languages: whether it is of those asked for is looked at.
    """
    others = [part for part in tree.parts if part not in tree.times]
    if len(_sources(tree)) == 1:
        return all(isinstance(part, Is) and part.name in ("source", "site", "lang") for part in others)
    return bool(tree.words) and all(map(_whole_words_alone, others))


def _is_known(part: Node) -> bool:
    """Tell whether a part is asked of an index that knows numbers, or is a time."""
    return isinstance(part, Words | Within) or (isinstance(part, Is) and part.name == "source")


def _sources(tree: All) -> list[str]:
    return [part.value for part in tree.parts if isinstance(part, Is) and part.name == "source"]


def _whole_words_alone(node: Node) -> bool:
    """Tell whether a tree has nothing but words, and no beginnings: each look for one merges many lists."""
    if isinstance(node, Not):
        return _whole_words_alone(node.part)
    if isinstance(node, All | Any):
        return all(map(_whole_words_alone, node.parts))
    return isinstance(node, Words) and not node.prefix


class Numbers:
    """Looks for the articles of a tree whose numbers are known; ``columns`` are read of each."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        tree: All,
        columns: Sequence[ColumnElement[Whatever]],
    ) -> None:
        self._database, self._connection, self._tree = database, connection, tree
        self._words, self._sources, times = tree.words, _sources(tree), tree.times
        self._others = All(tuple(part for part in tree.parts if not _is_known(part)))
        self._since = max((time.since for time in times if time.since is not None), default=None)
        self._until = min((time.until for time in times if time.until is not None), default=None)
        self._number = _A.revision_id if self._words else _A.id
        self._columns = columns

    def newest(self, at: Key | None, wanted: int) -> Found | None:
        """Return the first of them behind a place, ``wanted`` or more, and where they end.

        None: numbers say nothing about the order there.
        """
        if self._until is not None:
            at = min(at or (self._until, -1), (self._until, -1))  # there is nothing at the place itself
        last = self._last(at)
        if not last:
            return None if last is None else ([], None)
        size, few = _FIRST, math.isqrt(wanted * last // _DEARER)
        while True:
            run = self._run(last, size)
            held = self._held(run)
            fitting = self._fitting(held, at)
            if len(fitting) >= wanted + _SPARE:
                return self._with_late(run, fitting, at, fitting[wanted - 1][:2])
            if self._since is not None and sum(row[0] < self._since for row in held) >= _SPARE:
                found = self._with_late(run, fitting, at, (self._since, -1))
                return found and (found[0], None)
            if len(held) > _ASTRAY:
                return None
            share = (len(held) + 0.5) / (run.last - run.first + 1)
            if few and (run.first == 0 or (size > _FIRST and share * last <= few)):
                every = self._of_all(at, wanted, most=_FEWER * few)
                if every is not None:
                    return every, every[-1][:2] if len(every) == wanted else None
                few = 0
            if run.first == 0:
                return None
            needed = max(int(_AMPLE * (wanted + _SPARE) / share), 2 * size)
            size = min(needed, _SECOND) if size == _FIRST else needed

    def _last(self, at: Key | None) -> int | None:
        """Return the number where a run ends, 0 when nothing follows; None where numbers are in disorder."""
        following = select(self._number).where(*_ORDER.behind(at)).order_by(*_ORDER.keys()).limit(_PEEK)
        numbers: list[int] = sorted(self._connection.execute(following).scalars())
        if not numbers:
            return 0
        low, high = (numbers[len(numbers) * tenths // 10] for tenths in (1, 9))
        return None if high - low > high * _SPREAD else high

    def _run(self, last: int, size: int) -> Reach:
        """Return a run of so many numbers; PostgreSQL looks through whole blocks in any case."""
        block = _BLOCK if self._database.postgres else 1
        first = max(last - size, 0) // block * block
        return Reach(first, last // block * block + block - 1)

    def _held(self, run: Reach) -> list[Fitting]:
        """Return all that a run of numbers holds."""
        compiler = self._compiler(run)
        return self._read([self._number.in_(self._known(compiler)), compiler.node(self._others)])

    def _fitting(self, held: Sequence[Fitting], at: Key | None) -> list[Fitting]:
        """Return those behind a place that came out since the time that is asked for."""
        since = self._since
        return [row for row in held if (at is None or row[:2] < at) and (since is None or row[0] >= since)]

    def _of_all(self, at: Key | None, wanted: int, *, most: int) -> list[Fitting] | None:
        """Return the first of all that there are; None when an index knows more numbers than ``most``."""
        compiler = self._compiler()
        numbers = self._connection.execute(self._known(compiler).limit(most + 1)).scalars().all()
        if len(numbers) > most:
            return None
        time = _A.order_at + 0.0  # an expression: sorted are those that are found, not all there are
        holds = [compiler.among(self._number, numbers), compiler.node(self._others), *_ORDER.behind(at, time)]
        holds += [] if self._since is None else [time >= self._since]
        return self._read(holds, order=_ORDER.keys(time), limit=wanted)

    def _compiler(self, reach: Reach | None = None) -> Compiler:
        return Compiler(self._database, articles, reach, by_number=True)

    def _known(self, compiler: Compiler) -> Select[int]:
        """Return a select of the numbers that an index knows."""
        return compiler.found(self._words) if self._words else compiler.carried_by(*self._sources)

    def _with_late(self, run: Reach, fitting: list[Fitting], at: Key | None, end: Key) -> Found | None:
        """Return those up to a place, with those that are not in the run."""
        outside = or_(self._number < run.first, self._number > run.last)
        query = select(self._number).where(*_ORDER.behind(at), _ORDER.up_to(end), outside)
        most = min(max(2 * (run.last - run.first), _LATE[0]), _LATE[1])
        numbers = self._connection.execute(query.limit(most + 1)).scalars().all()
        if len(numbers) > most:
            return None
        late = self._late(numbers) if numbers else []
        return sorted({*late, *(row for row in fitting if row[:2] >= end)}, reverse=True), end

    def _late(self, numbers: Sequence[int]) -> list[Fitting]:
        reach = reach_of(numbers, far=far(postgres=self._database.postgres)) if self._words else Reach(0, -1)
        compiler = self._compiler(reach)
        return self._read([compiler.among(self._number, numbers), compiler.node(self._tree)])

    def _read(
        self,
        holds: Iterable[ColumnElement[bool]],
        *,
        order: Sequence[ColumnElement[Whatever]] = (),
        limit: int | None = None,
    ) -> list[Fitting]:
        query = select(*self._columns).where(*holds).order_by(*order).limit(limit)
        rows = self._connection.execute(query)
        return sorted(((row[0], row[1], row[2]) for row in rows), reverse=True)
