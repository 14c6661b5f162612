"""What options and arguments take that name something: never nothing.

A shell makes an empty text of a variable that is not set. As a path that would be the working directory.
"""

from pathlib import Path
from typing import Any

import click


class Name(click.types.StringParamType):
    """What something is called or where it is, as text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text."""
        _require(self, value, param, ctx)
        return super().convert(value, param, ctx)


class File(click.Path):
    """A file or folder, as a path."""

    def __init__(self, **wanted: Any) -> None:
        super().__init__(path_type=Path, **wanted)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        _require(self, value, param, ctx)
        return super().convert(value, param, ctx)


class OutputFile(File):
    """A file to be written; ``-`` is stdout, as None."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or None."""
        if value == "":
            self.fail("it needs the name of a file; - is stdout", param, ctx)
        return None if value == "-" else super().convert(value, param, ctx)


def _require(
    kind: "click.ParamType[Any]", value: Any, param: click.Parameter | None, ctx: click.Context | None
) -> None:
    if value == "":
        kind.fail("it is empty, and names nothing", param, ctx)
