"""A file in the making: beside its final place, held by one process, and taken up again when interrupted."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from crawler.errors import ExportGone, ExportHeld
from crawler.export import note as notes
from crawler.export.file import beside, known_as, put_in_place
from crawler.export.note import Note


class Partial:
    """The unfinished file of an export, and the note beside it."""

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        self.final = Path(os.path.realpath(path))
        self._shown = shown or self.final
        self._path = beside(self.final, ".part")
        self._note = self._path.with_name(f"{self._path.name}.json")
        self.file: BinaryIO | None = None

    def kept(self) -> Note | None:
        """Return the note of an export that was interrupted; None when there is none to go on with.

        Raises OSError.
        """
        try:
            note, size = notes.read(self._note), self._path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise known_as(error, self._shown) from error
        return note if note is not None and size >= note.size else None

    def open(self, note: Note | None) -> BinaryIO:
        """Open the file behind what is kept of it, or anew. Raises ExportHeld, ExportGone, OSError."""
        create = os.O_CREAT if note is None else 0
        try:
            file = os.fdopen(os.open(self._path, os.O_RDWR | create, 0o666), "r+b")
        except FileNotFoundError as error:
            raise known_as(error, self._shown) if create else ExportGone(str(self._shown)) from error
        except OSError as error:
            raise known_as(error, self._shown) from error
        if not self._taken(file):
            file.close()
            raise ExportHeld(str(self._shown))
        # The note was read before anything was held: another run may have gone on from it in between.
        if note is not None and self.kept() != note:
            file.close()
            raise ExportGone(str(self._shown))
        if note is None:
            self.forget()
        file.truncate(0 if note is None else note.size)
        file.seek(0, os.SEEK_END)
        self.file = file
        return file

    def _taken(self, file: BinaryIO) -> bool:
        """Hold the file for this process alone; false when another one holds it, or has just finished it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return self._is_here(file)

    def _is_here(self, file: BinaryIO) -> bool:
        """Tell whether an open file is still what is found in its place."""
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        return False

    @property
    def held(self) -> bool:
        """Whether the file in the making is open here; not when somebody removed or replaced it."""
        return self.file is not None and self._is_here(self.file)

    def require_held(self) -> None:
        """Raise ExportGone when what stands in the place of the file is not ours to go on with."""
        if not self.held:
            raise ExportGone(str(self._shown))

    def sync(self) -> int:
        """Bring everything written so far to disk; returns its size. Raises ExportGone, OSError."""
        assert self.file is not None
        self.file.flush()
        os.fsync(self.file.fileno())
        self.require_held()
        return self.file.tell()

    def keep(self, note: Note) -> None:
        """Note how far the file has come, as ``sync`` told just before."""
        notes.write(self._note, note)

    def finish(self) -> None:
        """Put the complete file in its place."""
        self.sync()
        put_in_place(self._path, self.final)
        self.forget()
        self._close()

    def forget(self) -> None:
        """Go on with nothing from here: the export is complete."""
        self._note.unlink(missing_ok=True)

    def leave(self) -> bool:
        """Leave the file as it was last noted; returns whether one can go on. Else it is removed, if held."""
        held, noted = self.held, self.noted
        if held and not noted:
            self._path.unlink(missing_ok=True)
        self._close()
        return held and noted

    @property
    def noted(self) -> bool:
        """Whether there is a note to go on from."""
        return self._note.exists()

    def _close(self) -> None:
        file, self.file = self.file, None
        if file is not None:
            # What its buffer still holds is not wanted, or has no room on the disk.
            with contextlib.suppress(OSError):
                file.close()
