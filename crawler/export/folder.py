"""Folders: files in the making stand in a folder of their own inside, and come to their places together."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from crawler.export import markdown
from crawler.export.file import known_as, sync_folder
from crawler.export.note import Note
from crawler.export.partial import Partial
from storage.durable import sync_file
from storage.model import Article

_STAGE = ".kabar.part"
_LIST = "files"
_UNFINISHED = ".part"
"""Behind the names of files in the making: ``**/*.parquet`` goes into folders that begin with a dot, too."""


class Staged:
    """The files of an export to a folder that are not yet in their places.

    Names that were written are listed in a file, which is also what the note and the hold of one process
    are for.
    """

    def __init__(self, folder: Path, *, shown: Path | None = None, own: bool = False) -> None:
        """``shown`` is the name a person knows it by; ``own``: the folder is for the export alone."""
        self._folder = folder
        self._shown = shown or folder
        self._stage = folder if own else folder / _STAGE
        self._list = Partial(self._stage / _LIST, shown=self._shown)
        self._fresh: list[Path] = []
        self._made = False
        self.number = 0
        """How many files there are."""

    def kept(self) -> Note | None:
        """Return the note of an export that was interrupted here."""
        return self._list.kept()

    def open(self, note: Note | None) -> None:
        """Make the folder and go on from a note, or begin anew. Raises ExportHeld, ExportGone, OSError."""
        self._made = not self._folder.exists()
        try:
            if note is None:
                self._stage.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise known_as(error, self._shown) from error
        file = self._list.open(note)
        if note is None:
            self._clear()
        file.seek(0)
        self.number = sum(1 for _ in file)

    def _clear(self) -> None:
        """Remove files in the making that nobody goes on with; those of a kabar of old have final names."""
        for path in self._stage.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif not path.name.startswith(f".{_LIST}."):
                path.unlink(missing_ok=True)

    def file(self, name: str) -> Path:
        """Return the path at which a file is to be written, and list it. Raises ExportGone, OSError."""
        self._list.require_held()  # else it might be written over one of another export
        path = self._at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        assert self._list.file is not None
        self._list.file.write(f"{name}\n".encode())
        self._fresh.append(path)
        self.number += 1
        return path

    def sync(self) -> int:
        """Bring all files that were written to disk. Raises ExportGone, OSError."""
        self._list.require_held()
        for path in self._fresh:
            sync_file(path)
        self._fresh.clear()
        return self._list.sync()

    def keep(self, note: Note) -> None:
        """Note how far it has come."""
        self._list.keep(note)

    def finish(self, *, replaced: Callable[[str], bool] | None = None) -> None:
        """Put all files in their places; others that are ``replaced`` (``FOLDER/NAME``) go."""
        self.sync()
        there = self._folder.glob("*/*") if replaced else ()
        old = {path for path in there if replaced and replaced(path.relative_to(self._folder).as_posix())}
        touched = {self._folder}
        for name in self._names():
            final = self._folder / name
            self._place(self._at(name), final)
            touched.add(final.parent)
            old.discard(final)
        for path in old:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # something else is in its folder
                path.parent.rmdir()
        for folder in touched:
            sync_folder(folder)
        self.end()

    def files(self) -> Iterator[Path]:
        """Yield where all files are, in the order in which they were written."""
        return map(self._at, self._names())

    def _at(self, name: str) -> Path:
        return self._stage / f"{name}{_UNFINISHED}"

    def _names(self) -> Iterator[str]:
        assert self._list.file is not None
        self._list.file.seek(0)
        for line in self._list.file:
            yield line.decode().removesuffix("\n")

    def end(self) -> None:
        """Say that everything is in its place: what is left in the making goes when it is left."""
        self._list.forget()
        self._made = False

    def _place(self, new: Path, final: Path) -> None:
        final.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.replace(final)
        except FileNotFoundError:
            # It is in its place already: the export was interrupted while it put its files there.
            if not final.exists():
                raise

    def leave(self) -> bool:
        """Leave everything as it was last noted; returns whether it can be taken up again. Else it goes."""
        if self._list.held and not self._list.noted:
            shutil.rmtree(self._stage, ignore_errors=True)
            if self._made:
                with suppress(OSError):  # somebody put something there meanwhile
                    self._folder.rmdir()
        return self._list.leave()


class MarkdownFolder:
    """A folder with one Markdown document an article, whose names never change."""

    resumable = True

    def __init__(self, folder: Path) -> None:
        self._staged = Staged(folder)
        self.path: Path | None = folder

    def begin(self, note: Note | None) -> None:
        """Make room beside the folder's files."""
        self._staged.open(note)

    def write(self, articles: Sequence[Article]) -> int:
        """Write one document an article."""
        for article in articles:
            path = self._staged.file(markdown.name(article))
            path.write_text(markdown.document(article), encoding="utf-8", errors="replace", newline="\n")
        return len(articles)

    def sync(self) -> int:
        """Bring all documents to disk."""
        return self._staged.sync()

    def keep(self, note: Note) -> None:
        """Note how far it has come."""
        self._staged.keep(note)

    def finish(self, latest: datetime | None) -> None:
        """Put all documents in their places."""
        self._staged.finish()

    def leave(self) -> bool:
        """Leave everything as it was last noted, or remove it."""
        return self._staged.leave()
