"""The documents tell of everything there is, and of nothing else."""

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from crawler.cli.exits import BUG, DONE, EMPTY, FAILED, INTERRUPTED, PARTIAL, TERMINATED, USAGE
from crawler.record import FIELDS
from crawler.settings import known
from storage import open_store

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
Commands = dict[str, click.Command]


def read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Split at headings that name a command: ``## kabar search``."""
    parts = re.split(r"^#{2,3} `?kabar ?([a-z ]*)`?$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_and_option_is_in_the_reference(root: Path, commands: Commands) -> None:
    described = sections(read(root, "docs/reference/commands.md"))
    assert set(described) == {name for name in commands if name}
    missing = {
        f"{name} {flag}"
        for name, command in commands.items()
        for flag in _flags(command)
        if name and not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", described[name])
    }
    assert not missing


def test_global_options_are_in_the_reference(root: Path, commands: Commands) -> None:
    start = read(root, "docs/reference/commands.md").partition("\n## kabar")[0]
    assert not [flag for flag in _flags(commands[""]) if flag not in start]


def test_the_reference_invents_no_option(root: Path, commands: Commands) -> None:
    everywhere = _flags(commands[""]) | {"--help"}
    for name, text in sections(read(root, "docs/reference/commands.md")).items():
        listed = set(re.findall(r"^\| `(--[\w-]+)", text, flags=re.MULTILINE))
        assert listed <= _flags(commands[name]) | everywhere, name


def _flags(command: click.Command) -> set[str]:
    options = [item for item in command.params if isinstance(item, click.Option) and not item.hidden]
    return {flag for item in options for flag in (*item.opts, *item.secondary_opts) if flag.startswith("--")}


CRON = r"(?:\S+ ){5}"
WRAPPERS = "sudo -u kabar |docker exec kabar |docker compose .* exec kabar "
CALL = re.compile(
    rf"(?:^(?:{CRON})?(?:{WRAPPERS})?|&& |\| )(?:\S*/)?kabar ([-a-z].*?)(?=$| \||  +#| &&|;| > )"
)
"""A call of the program in a line of a shell: alone, from cron, through sudo or docker."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_documents_exist(document: Path, commands: Commands) -> None:
    """Every ``kabar ...`` line of a code block is a command with options that it has."""
    blocks = re.findall(
        r"^```\w*\n(.*?)^```", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for line in "".join(blocks).splitlines():
        for call in CALL.findall(line.removeprefix("$ ")):
            _check(call, commands)


def _check(call: str, commands: Commands) -> None:
    words = shlex.split(call, comments=True)
    name = ""
    options = _flags(commands[""])
    for word in words:
        if f"{name} {word}".strip() in commands:
            name = f"{name} {word}".strip()
            options |= _flags(commands[name])
            if f"{name} list" in commands:  # what the bare group does
                options |= _flags(commands[f"{name} list"])
        elif word == "--":
            break
        elif word.startswith("--"):
            assert word.partition("=")[0] in options | {"--help"}, f"`kabar {call}`: no option {word}"
    assert name or {"--help", "--version"} & set(words), f"`kabar {call}` is no command"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in _anchors(path), f"{target}: no such heading"


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_setting_is_in_the_reference(root: Path) -> None:
    listed = re.findall(
        r"^\| `([a-z_]+(?:\.[a-z_]+)?)` \|", read(root, "docs/reference/settings.md"), flags=re.MULTILINE
    )
    assert listed == list(known())


UNWRITTEN = (
    "database",
    "fetch.browser",
    "fetch.contact",
    "fetch.proxy",
    "fetch.user_agent",
    "retention.sources",
    "retention.tags",
    "websub.callback",
)
"""Settings whose default is empty, or holds the version."""


def test_the_reference_gives_the_defaults(root: Path) -> None:
    text = read(root, "docs/reference/settings.md")
    for key, item in known().items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
        if key in UNWRITTEN:
            continue
        default = str(item.default).lower() if isinstance(item.default, bool) else str(item.default)
        assert f"| `{default}` |" in row


README_COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/kabar run --starters",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
)


@pytest.mark.parametrize("command", README_COMMANDS)
def test_readme_has_the_two_commands(root: Path, command: str) -> None:
    assert command in read(root, "README.md").splitlines()


def test_ci_runs_what_readme_says(root: Path) -> None:
    """The same commands, with nothing taken away: CI runs the slow tests along with the others."""
    _, install, tests = README_COMMANDS[1].split(" && ")
    script = [line.strip().replace('"', "") for line in read(root, ".ci/run").splitlines()]
    steps = [re.sub(r" --(quiet|disable-pip-version-check)\b| -m 'not bench'$", "", line) for line in script]
    assert install.replace(".venv/", "$venv/") in steps
    assert tests.replace(".venv/", "$venv/") in steps


def test_changelog_keeps_a_changelog(root: Path) -> None:
    """Keep a Changelog 1.1: a title, then versions from the newest, with known groups of lines."""
    text = read(root, "CHANGELOG.md")
    assert text.startswith("# Changelog\n")
    versions = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert versions
    assert all(
        re.fullmatch(r"\[(Unreleased|\d+\.\d+\.\d+)\](?: - \d{4}-\d\d-\d\d)?", item) for item in versions
    )
    dates = re.findall(r"\] - (\S+)$", "\n".join(versions), flags=re.MULTILINE)
    assert dates == sorted(dates, reverse=True)
    groups = set(re.findall(r"^### (.+)$", text, flags=re.MULTILINE))
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert re.search(r"^- ", text, flags=re.MULTILINE)


def test_contributing_names_the_one_command(root: Path) -> None:
    assert "\n.ci/run\n" in read(root, "CONTRIBUTING.md")
    assert (root / ".ci" / "run").stat().st_mode & 0o111


def test_every_field_of_a_record_is_in_the_reference_in_order(root: Path) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", read(root, "docs/reference/record.md"), flags=re.MULTILINE)
    assert tuple(listed) == FIELDS


def test_the_example_record_has_every_field_in_order(root: Path) -> None:
    example = re.search(r"```json\n(.+?)```", read(root, "docs/reference/record.md"), flags=re.DOTALL)
    assert example is not None
    assert tuple(json.loads(example[1])) == FIELDS


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty store, opened as anybody may open it."""
    path = tmp_path_factory.mktemp("store") / "kabar.db"
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def _columns(database: sqlite3.Connection, view: str) -> list[str]:
    return [row[1] for row in database.execute(f"PRAGMA table_info({view})")]


def test_views_are_as_the_reference_says(root: Path, database: sqlite3.Connection) -> None:
    parts = re.split(r"^### (v_\w+)$", read(root, "docs/reference/tables.md"), flags=re.MULTILINE)
    described = dict(zip(parts[1::2], parts[2::2], strict=True))
    views = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
    assert set(described) == set(views)
    for view in ("v_sources", "v_polls", "v_revisions"):
        text = described[view].partition("\n## ")[0]
        assert not [name for name in _columns(database, view) if f"`{name}`" not in text]
    assert set(_columns(database, "v_articles")) == {*FIELDS, "sorted_at"}


def test_every_table_is_in_the_reference(root: Path, database: sqlite3.Connection) -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", read(root, "docs/reference/tables.md"), flags=re.MULTILINE))
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = {row[0] for row in database.execute(query)}
    parts = ("search_index_", "search_sampled_")
    assert listed == {name for name in tables if not name.startswith(parts)}


def test_sql_in_documents_runs(root: Path, database: sqlite3.Connection) -> None:
    blocks = re.findall(r"```sql\n(.+?)```", read(root, "docs/reference/tables.md"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        assert database.execute(block).fetchall() == []


def test_exit_codes_are_in_the_reference(root: Path) -> None:
    listed = re.findall(r"^\| (\d+) \|", read(root, "docs/reference/exit-codes.md"), flags=re.MULTILINE)
    codes = (DONE, FAILED, USAGE, EMPTY, PARTIAL, BUG, INTERRUPTED, TERMINATED)
    assert [int(code) for code in listed] == sorted(codes)
