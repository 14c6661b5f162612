"""Tables of numbers: a row for each trait, a column for each block of a page.

All rows of a table lie in one array: what a forest asks for is taken out of it at once.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from spiders.readers.body.letters import Indices, Numbers


class Layout:
    """The names of the rows of a table, in their order."""

    __slots__ = ("_asked", "places")

    def __init__(self, names: Sequence[str]) -> None:
        self.places: Mapping[str, int] = {name: at for at, name in enumerate(names)}
        self._asked: dict[tuple[str, ...], Indices] = {}

    def order(self, names: tuple[str, ...]) -> Indices:
        """Where the rows of some names lie; kept, for the same are asked for again and again."""
        found = self._asked.get(names)
        if found is None:
            found = self._asked[names] = np.array([self.places[name] for name in names], np.intp)
        return found


class Table(Mapping[str, Numbers]):
    """Rows by name."""

    __slots__ = ("_places", "layout", "rows")

    def __init__(self, layout: Layout, size: int) -> None:
        self.layout = layout
        self._places = layout.places
        self.rows = np.empty((len(layout.places), size), np.float32)

    def __getitem__(self, name: str) -> Numbers:
        row: Numbers = self.rows[self._places[name]]
        return row

    def __setitem__(self, name: str, row: Numbers | Sequence[float] | float) -> None:
        self.rows[self._places[name]] = row

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def fill(self, first: str, rows: Numbers | Sequence[Numbers]) -> None:
        """Set rows that follow each other, from that of the name ``first`` on."""
        at = self._places[first]
        self.rows[at : at + len(rows)] = rows

    def some(self, names: tuple[str, ...]) -> Numbers:
        """The rows of some names, in their order."""
        found: Numbers = self.rows.take(self.layout.order(names), axis=0, mode="clip")
        return found
