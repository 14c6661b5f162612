"""One call of the program: what the global options said, and what a command needs because of them.

The global options stand before the command or after it, as one likes.
"""

import dataclasses
import difflib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from crawler.cli.output import say
from crawler.cli.values import File, Name, OutputFile
from crawler.settings import Loaded, Settings, load

if TYPE_CHECKING:
    from storage.store import Store

F = TypeVar("F", bound=Callable[..., Any])

_MEMORY = ("sqlite://", "sqlite:///", "sqlite:///:memory:")
"""Stores that are never there before they are made."""
_SENTENCE = 300
"""Characters of the longest first sentence of a command's help."""


@dataclass(slots=True)
class Call:
    """What the global options said. Filled while the command line is read, from left to right."""

    config: Path | None = None
    database: str | None = None
    verbose: int = 0
    quiet: bool = False
    arguments: tuple[str, ...] = ()
    """The command line as it was given, without the program's name."""
    flags: dict[str, Any] = field(default_factory=dict)
    """Settings given as flags of a command, by dotted key."""

    def loaded(self) -> Loaded:
        """Load the settings with the flags of this call above everything else."""
        return load(config=self.config, flags={"database": self.database, **self.flags})

    def settings(self) -> Settings:
        """Load the settings; raises SettingsError."""
        return self.loaded().settings

    def store(self, *, create: bool = False) -> "Store":
        """Open the store the settings name. Raises StorageError; without ``create`` it must be there."""
        from storage import open_store

        url = self.settings().database_url
        return open_store(url, create=create or url in _MEMORY)

    def say(self, line: str) -> None:
        """Write a message to stderr unless --quiet."""
        if not self.quiet:
            say(line)

    def logging(self, *, calm: bool = False) -> None:
        """Set up logging to stderr: as the settings say, or warnings only when ``calm``.

        --verbose and --quiet stand above both; a level that was set stands above ``calm``.
        """
        from crawler.log import configure

        loaded = self.loaded()
        log = loaded.settings.log
        if self.quiet:
            log = dataclasses.replace(log, level="error")
        elif calm and "log.level" not in loaded.origins:
            log = dataclasses.replace(log, level="warning")
        configure(log, verbose=self.verbose, stream=sys.stderr)


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    call = context.ensure_object(Call)
    if value and not context.resilient_parsing:
        setattr(call, option.name or "", value)


def global_options(*, hidden: bool = False) -> list[click.Option]:
    """Return fresh copies of the options every command takes."""
    path = File(dir_okay=False)
    given: Mapping[str, Any] = {"expose_value": False, "callback": _remember, "hidden": hidden}
    return [
        click.Option(
            ["--config"], type=path, metavar="FILE", help="Settings file (else ./kabar.toml).", **given
        ),
        click.Option(
            ["--database"],
            type=Name(),
            metavar="URL",
            help="The store: sqlite:///PATH or postgresql://...",
            **given,
        ),
        click.Option(["-v", "--verbose"], count=True, help="Say more; show tracebacks.", **given),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say nothing but data and errors.", **given),
    ]


class Verb(click.Command):
    """A command that also takes the global options, unlisted in its help."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(global_options(hidden=True))


def no_such_command(ctx: click.Context, word: str, known: Iterable[str], *, otherwise: str = "") -> NoReturn:
    """Refuse a word that is no command: the nearest one is named, or ``otherwise`` follows."""
    near = difflib.get_close_matches(word, known, n=1)
    ctx.fail(f"no such command: {word}" + (f". Did you mean {near[0]}?" if near else otherwise))


class Group(click.Group):
    """A group of commands whose help tells all of each command's first sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands; click cuts what does not fit into a line."""
        rows = [(name, self.commands[name].get_short_help_str(_SENTENCE)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def output_option(text: str) -> Callable[[F], F]:
    """Return the option ``-o FILE`` with this help; its value is None for stdout."""
    return click.option("-o", "--output", type=OutputFile(), metavar="FILE", help=text)


json_option = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")
empty_option = click.option("--fail-on-empty", is_flag=True, help="Exit with 3 when nothing is found.")
partial_option = click.option("--partial-ok", is_flag=True, help="Exit with 0 although some targets failed.")


def private_option(command: Any) -> Any:
    """Add --allow-private, which sets ``fetch.allow_private`` for this call."""
    return click.option(
        "--allow-private",
        is_flag=True,
        expose_value=False,
        callback=_allow_private,
        help="Dial loopback and private addresses too.",
    )(command)


def _allow_private(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Call).flags["fetch.allow_private"] = True
