"""The entry of the program: finds the command, runs it, and turns its end into an exit code.

Nothing of a command is loaded until it runs, so ``kabar --help`` stays quick.
"""

import atexit
import contextlib
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType

import click

from crawler import __version__
from crawler.cli.call import Call, global_options, no_such_command
from crawler.cli.exits import BUG, DONE, FAILED, INTERRUPTED, TERMINATED, Ending, ending
from crawler.cli.nowhere import hush, in_place_of_stdout
from crawler.cli.output import say
from crawler.errors import CrawlerError
from storage.errors import Misfits, StorageError

_LOOKING = 10.0
"""Seconds in which it is looked for a reason of what seems to be a bug."""
COMMANDS = {
    "run": "Follow the sources day and night: the daemon.",
    "crawl": "Look at sources or URLs once, now.",
    "add": "Find the sources behind URLs and follow them.",
    "sources": "List the sources, and change them.",
    "search": "Find articles.",
    "show": "Show one article, its revisions, their difference, its page as it came, or its story.",
    "stories": "List stories: articles of one text, and who printed it first.",
    "rejudge": "Judge all articles anew: which ones are copies, and of what story.",
    "reread": "Read kept pages again with today's reader.",
    "sql": "Ask the database in SQL, for reading only.",
    "export": "Write articles to a file, a folder or stdout, as many as there are.",
    "why": "Tell what happened to a URL.",
    "read": "Read pages and show how; keep nothing.",
    "doctor": "Say what is wrong, and what to do about it.",
    "status": "Tell how the store and the daemon are.",
    "simulate": "Compare ways to poll, on invented or on kept publication times.",
    "settings": "List the settings as they apply here.",
    "db": "Look after the database.",
    "demo": "Watch a day of invented news go by in seconds, offline.",
}
"""Command to its first sentence of help; the module of the same name holds it as ``command``."""


class Lazy(click.Group):
    """The group of all commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"crawler.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; a misspelt one is answered with the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            no_such_command(ctx, args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> int:
        """Run the command; a reader that went away early (``| head``) is no failure."""
        try:
            code: int | None = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            hush()
            return DONE
        return code or DONE


@click.command(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[*global_options()],
    epilog="Data goes to stdout, messages to stderr. Exit codes: 0 done, 1 failed, 2 usage or settings, "
    "3 nothing found, 4 some targets failed, 70 bug, 130 interrupted, 143 ended by SIGTERM.",
)
@click.version_option(__version__, prog_name="kabar", message="%(prog)s %(version)s")
def kabar() -> None:
    """Follow news sources, read their articles, and keep every revision."""


class Guard:
    """Ends a run: whatever comes out of the block becomes an exit code and at most one line on stderr."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.code = DONE

    def __enter__(self) -> "Guard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            end = ending(error)
            self._end(_explained(end, error, self.call) if end.code == BUG else end, error)
        return True

    def _end(self, end: Ending, error: BaseException) -> None:
        self.code = end.code
        if end.message is None:
            return
        lines = traceback.format_exception(error) if self.call.verbose else []
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write("".join([*lines, end.message, "\n"]))
            sys.stderr.flush()


def _explained(bug: Ending, error: BaseException, call: Call) -> Ending:
    """Say so when the store holds what no store of ours does: that is what something stumbled over."""
    # What failed may fail here again, and so may the store: then it stays a bug, and is told as one.
    with contextlib.suppress(StorageError, CrawlerError, OSError, type(error)), call.store() as store:
        where = store.misfit(seconds=_LOOKING)
        if where is not None:
            return ending(Misfits(store.url, where, str(error)))
    return bug


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (``sys.argv`` when None) and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    call = Call(arguments=tuple(given))
    guard = Guard(call)
    with guard, _interruptible():
        guard.code = kabar.main(given, prog_name="kabar", standalone_mode=False, obj=call) or DONE
    return guard.code


@contextmanager
def _interruptible() -> Iterator[None]:
    """While open, Ctrl-C and SIGTERM are raised in the main thread, where a run can end in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _terminated)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED)


def _unraised(lost: "sys.UnraisableHookArgs") -> None:
    """Leave when a signal came where no exception can rise from, such as the inside of an import."""
    if issubclass(lost.exc_type, KeyboardInterrupt | SystemExit):
        os._exit(INTERRUPTED if issubclass(lost.exc_type, KeyboardInterrupt) else TERMINATED)
    sys.__unraisablehook__(lost)


def main() -> None:
    """Run the program and leave with its exit code."""
    sys.unraisablehook = _unraised
    nowhere = in_place_of_stdout()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _flushed(run())
    if nowhere is not None and nowhere.took and code == DONE:
        say("kabar: the output cannot be written: stdout is closed")
        code = FAILED
    if code in (INTERRUPTED, TERMINATED):
        # What was cut off in the middle cannot always be taken down: destructors may wait for ever.
        atexit._run_exitfuncs()
        if code == TERMINATED:  # as service managers expect of what they end; a shell calls it 143
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        os._exit(code)
    sys.exit(code)


def _flushed(code: int) -> int:
    """Write out what is left of the data; a full disk at this last moment is a failure too."""
    try:
        sys.stdout.flush()
    except OSError as error:
        hush()
        if isinstance(error, BrokenPipeError) or code != DONE:
            return code
        say(f"{ending(error).message}")
        return FAILED
    return code
