"""What the house tests share: the root of the repository and the tree of commands."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def commands() -> dict[str, click.Command]:
    """Every command by its name without the program's: ``{"": kabar, "search": ..., "db upgrade": ...}``."""
    from crawler.cli.main import kabar

    return dict(_walk(kabar, click.Context(kabar, info_name="kabar"), ""))


def _walk(command: click.Command, context: click.Context, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            child = command.get_command(context, part)
            assert child is not None, f"{name} lists {part} but has no such command"
            inner = click.Context(child, info_name=part, parent=context)
            yield from _walk(child, inner, f"{name} {part}".strip())
