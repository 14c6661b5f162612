"""The store: its repositories behind one door."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from storage import hold, mending, schema
from storage.archives import Archives
from storage.arrivals import arrivals
from storage.articles import Articles
from storage.asking import answered
from storage.database import Database
from storage.entries import Entries
from storage.exports import Exports
from storage.fingerprints import Fingerprints
from storage.harvest import Harvest
from storage.harvests import harvests
from storage.hits import Answer
from storage.hosts import Hosts
from storage.pages import Pages
from storage.past import Past
from storage.polls import Polls
from storage.pruned import PrunedArticles
from storage.rereads import Rereads
from storage.retained import Held, Pruning
from storage.revisits import Revisits
from storage.sources import Sources
from storage.status import StoreStatus, measured
from storage.stories import Stories
from storage.subscriptions import Subscriptions
from storage.templates import Templates
from storage.upkeep import checking, pruning
from storage.upkeep.copying import Step
from storage.upkeep.findings import Finding


def _unwatched(done: int, total: int | None, message: str = "") -> None:
    pass


class Store:
    """An open store. Safe to use from several threads; writes of one process to SQLite take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.hosts = Hosts(database)
        self.sources = Sources(database)
        self.entries = Entries(database)
        self.articles = Articles(database)
        self.fingerprints = Fingerprints(database)
        self.past = Past(database, self.fingerprints)
        self.stories = Stories(database)
        self.revisits = Revisits(database)
        self.polls = Polls(database)
        self.subscriptions = Subscriptions(database)
        self.archives = Archives(database)
        self.pruned = PrunedArticles(database)
        self.pages = Pages(database)
        self.exports = Exports(database)
        self.rereads = Rereads(database)
        self.templates = Templates(database)

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Open the store behind a database URL; an empty one is set up when ``create`` is true.

        A SQLite file that cannot be written is opened to be read only: ``is_frozen`` says so.
        Raises SchemaOutdated, SchemaTooNew, StoreReadOnly, or StoreUnavailable with the reason.
        """
        return cls(schema.opened(url, create=create))

    @staticmethod
    def upgrade(url: str) -> tuple[str, str]:
        """Bring the store behind a URL to the newest schema. Returns the revision before and after."""
        return schema.upgraded(url)

    @property
    def url(self) -> str:
        """The database URL, without its password."""
        return self._database.name

    @property
    def is_frozen(self) -> bool:
        """Whether it was opened to be read only, as its file cannot be written."""
        return self._database.frozen is not None

    def require_writable(self) -> None:
        """Raise StoreReadOnly when the store was opened to be read only."""
        self._database.require_writable()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Put everything this thread does to the store inside the block into one write transaction.

        An exception undoes all of it. Blocks inside blocks join the outermost.
        """
        with self._database.write():
            yield

    def hold_daemon(self, description: str) -> AbstractContextManager[hold.Renew]:
        """Hold the store as its one daemon; free at once when the process ends, even by kill -9.

        ``description`` says who holds it. Gives a function to be called now and then: it holds the store
        again after the database was gone for a while. Raises StoreHeld, with the holder's description.
        """
        return hold.held(self._database, description)

    def daemon_holder(self) -> str | None:
        """Return the description of the daemon that holds the store, or None when none does."""
        return hold.holder(self._database)

    def mend_clock(self, *, now: float, longest: float) -> int:
        """Bring back what a clock that ran ahead put off too far; return how many things were.

        ``now`` is epoch seconds, ``longest`` the seconds that a source may wait at most.
        """
        return mending.mend_clock(self._database, now=now, longest=longest)

    def follow_clock(self, *, by: float, now: float, machine: str) -> int:
        """Move what waits along with a clock that was set ``by`` seconds (negative: back); return how much.

        ``now`` is what it shows since, in epoch seconds. Leases of owners whose names begin with ``machine``
        move as well.
        """
        return mending.follow_clock(self._database, by=by, now=now, machine=machine)

    def check(self, *, repair: bool = False, step: Step = _unwatched) -> list[Finding]:
        """Return everything that is wrong in the store; with ``repair`` what can be mended is.

        ``step`` is told how far it has come. Raises StoreBusy.
        """
        found = checking.check(self._database, step=step)
        return checking.mend(self._database, found, step=step) if repair else found

    def misfit(self, *, seconds: float) -> str | None:
        """Return where the store holds a value that is not of the kind of its column, ``articles 7 (edits)``.

        None where none is found in these seconds. PostgreSQL keeps no such values.
        """
        return checking.misfit(self._database, seconds=seconds)

    def prune(
        self, *, before: float, unwanted: Callable[[Held], bool], now: float, dry: bool = False
    ) -> Iterator[Pruning]:
        """Delete the articles first seen before a moment that ``unwanted`` says so of, as it is iterated.

        ``before`` and ``now`` are epoch seconds. Yields how much was deleted so far, after every few of them:
        each goes with all that is kept of it, and its URLs stay known. With ``dry`` they are only counted.
        """
        return pruning.prune(self._database, before=before, unwanted=unwanted, now=now, dry=dry)

    def arrivals(self, *, since: float, width: int) -> list[float]:
        """Return in which stretches of ``width`` seconds since ``since`` a new article was stored.

        Each is told by its beginning, in epoch seconds, ascending.
        """
        return arrivals(self._database, since=since, width=width)

    def harvests(self, *, since: float) -> list[Harvest]:
        """Return what articles first seen since ``since`` (epoch seconds) came with, by site, day, reader.

        Sites in alphabetical order, the days of each ascending; of very many articles a sample is counted.
        """
        return list(harvests(self._database, since=since))

    def sql(self, statement: str, *, seconds: float = 30.0) -> Answer:
        """Run one statement of SQL that only reads, on the views ``v_articles``, ``v_revisions``,
        ``v_stories``, ``v_polls`` and ``v_sources``, and return its whole answer.

        Raises InvalidSql for a statement that is wrong or would change anything, and for answers of more
        than a million rows; TookTooLong when it takes longer than ``seconds`` (0.001 to 86,400).
        """
        return answered(self._database, statement, seconds=seconds)

    def status(self, *, now: float) -> StoreStatus:
        """Return the store in numbers; ``now`` is epoch seconds."""
        return measured(self._database, now=now)
