"""What can go wrong while keeping and finding.

::

    StorageError
      NotFound (LookupError)
        EntryNotFound(ref)
        SourceNotFound(ref)
        ArticleNotFound(ref)
        StoryNotFound(ref)
        PageNotFound(ref)        no raw page of the article is kept
      AlreadyExists(what, existing_id)
      InvalidQuery(query, column, hint) (ValueError)
      InvalidSql (ValueError)
      NeedsArrow(library)        the extra "arrow" is not installed
      LeaseLost(host)            another worker owns the host now; drop the result
      ArchiveHeld(path)          another process reads the archive
      ExportMoved(name)          another export under that name was faster
      StoreClosed                the program that uses the store closed it
      StoreHeld(holder)          another daemon runs on this store
      PageDamaged(what)          a kept page is not what it was
      RowMissing                 a row names another that is not there
      ValueDamaged(value, kind)  a stored value is not of its kind
      Misfits(url, where)        stored values are not of the kinds of their columns, and something failed
      StoreUnavailable(url)      cannot be opened or reached
        StoreDamaged(url)        a part of the file cannot be read
      CopyRefused(url)           the target of a copy holds something else, or is in use
      CopyDiffers(table)         what was copied is not what is there
      BackupFailed(path)
      StoreBusy                  locked or restarting: try again
        TookTooLong              a search or a statement took longer than it may
      StoreFull                  no space left, or over quota
      StoreReadOnly              the file or disk cannot be written
      SchemaOutdated(url, found, expected)
      SchemaTooNew(url, found, expected)
"""

import shlex
from typing import ClassVar


class StorageError(Exception):
    """Anything the store reports. ``transient`` says whether trying again makes sense."""

    transient: ClassVar[bool] = False


class NotFound(StorageError, LookupError):
    """What was asked for is not in the store."""

    def __init__(self, ref: object, message: str) -> None:
        super().__init__(message)
        self.ref = ref


class EntryNotFound(NotFound):
    """No entry has this number; it may have gone with its source."""


class SourceNotFound(NotFound):
    """No source has this id, URL or name."""


class ArticleNotFound(NotFound):
    """No article has this id or URL."""


class StoryNotFound(NotFound):
    """No story has this number."""


class PageNotFound(NotFound):
    """No raw page of this article is kept."""


class AlreadyExists(StorageError):
    """The same thing is already in the store."""

    def __init__(self, what: str, existing_id: int) -> None:
        super().__init__(f"{what} is already in the store (number {existing_id})")
        self.what = what
        self.existing_id = existing_id


class InvalidQuery(StorageError, ValueError):
    """A search query cannot be understood; ``column`` is the 1-based place of the trouble.

    Where a filter cannot be, ``query`` is empty, and there is no place to tell of.
    """

    def __init__(self, query: str, column: int, hint: str) -> None:
        super().__init__(f"query, column {column}: {hint}" if query else hint)
        self.query = query
        self.column = column
        self.hint = hint


class InvalidSql(StorageError, ValueError):
    """A statement of SQL cannot be run: it is wrong, or does not only read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"sql: {why}")
        self.why = why


class NeedsArrow(StorageError):
    """A library for tables is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(f"tables need {library}: pip install 'kabar[arrow]'")
        self.library = library


class LeaseLost(StorageError):
    """Another worker owns the host now; the result must be dropped."""

    def __init__(self, host: str) -> None:
        super().__init__(f"the lease on {host} was lost to another worker")
        self.host = host


class ArchiveHeld(StorageError):
    """Another process reads the archive at the same time."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is being read by another kabar process; let that one end first")
        self.path = path


class ExportMoved(StorageError):
    """Another export under the same name ended first."""

    def __init__(self, name: str) -> None:
        super().__init__(f"another export under the name {name} ended first; run this one again")
        self.name = name


class StoreClosed(StorageError):
    """The store was closed by the program that uses it."""

    def __init__(self) -> None:
        super().__init__("the store is closed; `open_store` opens it again")


class StoreHeld(StorageError):
    """Another daemon runs on this store, or a command works on it that must be alone."""

    def __init__(self, holder: str) -> None:
        daemon = f"another kabar daemon runs on this store: {holder}; stop it first"
        command = f"`{holder}` works on this store; let it end first"
        super().__init__(command if holder.startswith("kabar ") else daemon)
        self.holder = holder


class PageDamaged(StorageError):
    """A kept page, or what it is packed by, is not what it was when it was kept."""

    def __init__(self, what: str, *, page_id: int | None = None) -> None:
        super().__init__(f"{what} of the kept pages is damaged and cannot be unpacked")
        self.what, self.page_id = what, page_id


class RowMissing(StorageError):
    """A row that is to be written names another that is not there."""


class ValueDamaged(StorageError):
    """A value in the store is not of its kind, as after another program wrote into it."""

    def __init__(self, value: str, kind: str) -> None:
        super().__init__(value, kind)
        self.value, self.kind = value, kind
        self.url: str | None = None
        """The store, once it is known."""

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 60 else f"{self.value[:60]}…"
        store = f"the store {self.url}" if self.url else "the store"
        return (
            f"{store} holds {shown!r} where {self.kind} belongs: another program wrote it, or its file is"
            " damaged; `kabar db check` says where, a backup has it as it was"
        )


class Misfits(StorageError):
    """Something failed, and a store of SQLite holds values that are not of the kinds of their columns."""

    def __init__(self, url: str, where: str, failed: str) -> None:
        super().__init__(
            f"the store {url} holds values of a wrong kind, as in {where}: another program wrote them;"
            f" `kabar db check` says where ({failed})"
        )
        self.url = url


class StoreUnavailable(StorageError):
    """The database cannot be opened or reached."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"cannot open the store {url}: {why}")
        self.url = url


class StoreDamaged(StoreUnavailable):
    """A part of the database's file is damaged and cannot be read."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.why = why

    def __str__(self) -> str:
        return (
            f"the store {self.url} is damaged ({self.why}): `kabar db check` says where, "
            "and with --rescue FILE saves what can be read"
        )


class CopyRefused(StorageError):
    """A store cannot be copied into this target."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"cannot copy into {url}: {why}")
        self.url = url


class CopyDiffers(StorageError):
    """A table of the copy is not what the table of the source is."""

    def __init__(self, table: str, source: str, target: str) -> None:
        super().__init__(
            f"table {table} differs: the source has {source}, the copy {target}; the source was written "
            "between two runs, or the copy by another program: remove the copy and make it anew"
        )
        self.table = table


class BackupFailed(StorageError):
    """A backup could not be made; there is no file of its name, or the one of before."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"no backup was made to {path}: {why}")
        self.path = path
        self.why = why


class StoreBusy(StorageError):
    """The database is locked or restarting."""

    transient: ClassVar[bool] = True


class TookTooLong(StoreBusy):
    """A search, or a statement, took longer than it may; tried again, it would again."""

    transient: ClassVar[bool] = False


class StoreFull(StorageError):
    """There is no space left for the database."""

    transient: ClassVar[bool] = True


class StoreReadOnly(StorageError):
    """The database cannot be written."""


class SchemaOutdated(StorageError):
    """The store was made by an older version."""

    def __init__(self, url: str, found: str, expected: str) -> None:
        super().__init__(
            f"the store {url} has schema {found}, this kabar needs {expected}: "
            f"run `kabar db upgrade --database {shlex.quote(url)}`"
        )
        self.url = url
        self.found = found
        self.expected = expected


class SchemaTooNew(StorageError):
    """The store was made by a newer version."""

    def __init__(self, url: str, found: str, expected: str) -> None:
        super().__init__(
            f"the store {url} has schema {found}, newer than this kabar ({expected}): install a newer kabar"
        )
        self.url = url
        self.found = found
        self.expected = expected
