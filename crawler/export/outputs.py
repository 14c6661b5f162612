"""What exports write to: a stream, or a file in the making."""

import gzip
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from crawler.export.note import Note
from crawler.export.partial import Partial
from crawler.export.shape import Shape
from storage.model import Article


class Output(Protocol):
    """Where the articles of an export go, a few at a time."""

    resumable: bool
    """Whether it can go on where it was interrupted."""
    path: Path | None
    """What it writes, as a person knows it; None: a stream."""

    def begin(self, note: Note | None) -> None:
        """Begin anew, or go on from a note. Raises OSError."""
        ...

    def write(self, articles: Sequence[Article]) -> int:
        """Write articles and return of how many there was something to write. Raises OSError."""
        ...

    def sync(self) -> int:
        """Bring everything to disk; returns the size for the note."""
        ...

    def keep(self, note: Note) -> None:
        """Note how far it has come."""
        ...

    def finish(self, latest: datetime | None) -> None:
        """Write the end and put everything in its place."""
        ...

    def leave(self) -> bool:
        """Let go: what is not finished stays as it was last noted, or goes. Returns whether one can go on."""
        ...


class Stream:
    """For somebody who reads along: stdout, a pipe."""

    resumable = False

    path: Path | None = None

    def __init__(self, out: BinaryIO, end: Callable[[], None], shape: Shape) -> None:
        """``end`` is called when everything is written."""
        self._out, self._end, self._shape = out, end, shape
        self._any = False

    def begin(self, note: Note | None) -> None:
        """Write what stands before the first article."""
        self._put(self._shape.head)

    def write(self, articles: Sequence[Article]) -> int:
        """Write articles."""
        number = 0
        for article in articles:
            if piece := self._shape.one(article):
                if self._any:
                    self._put(self._shape.between)
                self._put(piece)
                self._any, number = True, number + 1
        return number

    def _put(self, piece: str | bytes) -> None:
        self._out.write(_bytes(piece))

    def sync(self) -> int:
        """Do nothing."""
        return 0

    def keep(self, note: Note) -> None:
        """Do nothing."""

    def finish(self, latest: datetime | None) -> None:
        """Write the end."""
        self._put(self._shape.tail(latest))
        self._end()

    def leave(self) -> bool:
        """Nothing can be taken back."""
        return False


class File:
    """A file, packed with gzip or not, that appears complete or not at all."""

    resumable = True

    def __init__(self, path: Path, shape: Shape, *, packed: bool) -> None:
        self._partial, self._shape, self._packed = Partial(path), shape, packed
        self.path: Path | None = self._partial.final
        self._gzip: gzip.GzipFile | None = None
        self._any = False

    def begin(self, note: Note | None) -> None:
        """Open the file; a new one gets what stands before the first article."""
        self._partial.open(note)
        self._any = note is not None and note.number > 0
        if note is None:
            self._put(self._shape.head)

    def write(self, articles: Sequence[Article]) -> int:
        """Write articles."""
        number = 0
        for article in articles:
            if piece := self._shape.one(article):
                if self._any:
                    self._put(self._shape.between)
                self._put(piece)
                self._any, number = True, number + 1
        return number

    def _put(self, piece: str | bytes) -> None:
        file: BinaryIO | gzip.GzipFile | None = self._partial.file
        if self._packed:
            if self._gzip is None:
                self._gzip = gzip.GzipFile("", "wb", fileobj=self._partial.file, mtime=0)
            file = self._gzip
        assert file is not None
        file.write(_bytes(piece))

    def sync(self) -> int:
        """Bring everything to disk. A gzip file may have several members, so each time one is ended."""
        self._end_member()
        return self._partial.sync()

    def _end_member(self) -> None:
        member, self._gzip = self._gzip, None
        if member is not None:
            member.close()

    def keep(self, note: Note) -> None:
        """Note how far the file has come."""
        self._partial.keep(note)

    def finish(self, latest: datetime | None) -> None:
        """Write the end and put the file in its place."""
        self._put(self._shape.tail(latest))
        self._end_member()
        self._partial.finish()

    def leave(self) -> bool:
        """Leave the file as it was last noted, or remove it."""
        if self._gzip is not None:
            self._gzip.fileobj = None  # type: ignore[assignment]  # else it would write its end when it is collected
        return self._partial.leave()


def _bytes(piece: str | bytes) -> bytes:
    """Return a piece in UTF-8, whatever the terminal or the language of the machine is."""
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")
