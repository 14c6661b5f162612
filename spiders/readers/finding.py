"""What a reader found and where."""

from collections.abc import Iterable
from typing import NamedTuple


class Finding(NamedTuple):
    """A value and the kind of place it came from; an empty value means nothing was found."""

    value: str = ""
    where: str = ""


class Findings(NamedTuple):
    """Several values and the kind of place they came from."""

    values: tuple[str, ...] = ()
    where: str = ""


def first(candidates: Iterable[Finding]) -> Finding:
    """The first candidate that has a value."""
    return next((found for found in candidates if found.value), Finding())
