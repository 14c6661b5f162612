"""What a check of a store finds. Values of the standard library."""

from dataclasses import dataclass

DAMAGED = "damaged"
"""The kind of what SQLite says of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong in a store."""

    kind: str
    """A word for programs."""
    what: str
    """What is wrong, to be read after the number."""
    count: int
    """How often."""
    examples: tuple[str, ...] = ()
    """Some of the rows that it is wrong with."""
    mended: int = 0
    remedy: str | None = None
    """What to do where it cannot be mended."""

    @property
    def left(self) -> int:
        """How many are wrong still."""
        return self.count - self.mended
