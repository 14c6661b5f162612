"""How much of what a search finds is counted: all of it, or an even sample of it.

To count some thousand articles takes a fraction of a second, to count hundreds of thousands takes many. Of
many, those are counted whose revision has a number that a power of two divides: the same ones at each call
and on either database, spread evenly over times and sites. Each then stands for so many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from storage.conditions import Compiler, Every
from storage.places import few
from storage.reach import far, reach_of
from storage.search import Plan
from storage.tables import SAMPLED, articles

ENOUGH = 500
"""Articles that are sample enough."""
_LOOKED_AT = 16_000
"""Articles of the first look, whatever they say: at most so many, however large the store."""
_SURELY = 1.15
"""A closer look is taken where so much more than enough should be seen."""
_FEW_WORDED, _MOST_WORDED = 3_000, 75_000
"""Revisions with the words of a search: so few, and so many, of which each may be looked up."""
_MANY_WORDED, PLENTY = 20_000, 1_500
"""Where so many have the words, to look up each costs more than so many are worth."""
_WHOLE_INDEX = 16
"""To look through the whole index of words pays up to this step."""
_A = articles.c


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for the articles that are counted, and how many articles each of them stands for."""

    condition: ColumnElement[bool]
    step: int = 1


@dataclass(frozen=True, slots=True)
class _Look:
    """What every so many articles say of a search."""

    step: int
    fitting: Sequence[int]
    """The revisions of those that fit, of which some may have been replaced since."""
    worded: int | None = None
    """About how many revisions have the words, where it asks for any."""


def chosen(plan: Plan, connection: Connection, *, most: int) -> Chosen:
    """Choose what is counted of a search, without regard to who tells a story.

    All is counted where about ``most`` articles are found at most; else so many of them, and ``ENOUGH``.
    """
    newest = connection.scalar(select(func.max(_A.revision_id))) or 0
    look = _look(plan, connection, max(SAMPLED, _step(newest, _LOOKED_AT)))
    closer = _closer(look)
    if SAMPLED <= closer < look.step:
        look = _look(plan, connection, closer)
    if len(look.fitting) >= ENOUGH:
        return _among(plan, look, _step(look.step * len(look.fitting), most))
    worded = look.worded
    lane = few(plan, connection) if worded is None or worded > _FEW_WORDED else None
    if lane is not None:
        compiler = Compiler(plan.database, articles, reach_of(lane, far=far(postgres=plan.database.postgres)))
        return Chosen(and_(compiler.among(_A.revision_id, lane), compiler.node(plan.tree)))
    plenty = most if worded is None or worded < _MANY_WORDED else min(most, PLENTY)
    step = max(_step(worded or 0, _MOST_WORDED), _step(look.step * len(look.fitting), plenty))
    if step == 1:
        return _all(plan, connection)
    if step > _WHOLE_INDEX:
        step = max(step, SAMPLED)
        return _among(plan, _look(plan, connection, step), step)
    return Chosen(_sampled(plan, step), step)


def _closer(look: _Look) -> int:
    """Return the largest step, a power of two, at which enough should fit; 0 when there are too few."""
    return 1 << int(look.step * len(look.fitting) / (_SURELY * ENOUGH)).bit_length() >> 1


def _all(plan: Plan, connection: Connection) -> Chosen:
    compiler = Compiler(plan.database, articles, _every(plan, 1))
    matching = compiler.node(plan.tree)
    if not plan.database.postgres:
        return Chosen(matching)
    # Their numbers stand in indexes: else PostgreSQL fetches all articles of a site to ask each for words.
    found = connection.execute(select(_A.revision_id).where(matching)).scalars().all()
    return Chosen(compiler.among(_A.revision_id, found))


def _among(plan: Plan, look: _Look, step: int) -> Chosen:
    """Choose those that a look found to fit, or of these every so many."""
    step = max(look.step, step)
    numbers = [number for number in look.fitting if number % step == 0]
    return Chosen(Compiler(plan.database, articles).among(_A.revision_id, numbers), step)


def _sampled(plan: Plan, step: int) -> ColumnElement[bool]:
    """Return the condition that an article is one of every so many and fits."""
    every = _every(plan, step)
    return and_(every.holds(_A.revision_id), Compiler(plan.database, articles, every).node(plan.tree))


def _look(plan: Plan, connection: Connection, step: int) -> _Look:
    """Look at every so many articles of the store."""
    words = plan.tree.words
    if not words:
        fitting = connection.execute(select(_A.revision_id).where(_sampled(plan, step)))
        return _Look(step, fitting.scalars().all())
    compiler = Compiler(plan.database, articles, _every(plan, step))
    found = connection.execute(compiler.found(words)).scalars().all()
    if len(words) == len(plan.tree.parts):
        # Not looked up: what newer revisions replaced is counted nowhere, and too little to matter here.
        return _Look(step, found, step * len(found))
    query = select(_A.revision_id, compiler.all_but_words(plan.tree))
    looked = connection.execute(query.where(compiler.among(_A.revision_id, found))).all()
    return _Look(step, [number for number, fits in looked if fits], step * len(looked))


def _every(plan: Plan, step: int) -> Every:
    return Every(step, worded=bool(plan.tree.words))


def _step(number: int, most: int) -> int:
    """Return the least power of two that leaves at most so many of a number."""
    step = 1
    while number > most * step:
        step *= 2
    return step
