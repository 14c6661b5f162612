"""The habits of the house that a linter does not know."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("crawler", "spiders", "storage")
ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MIGRATIONS = ROOT / "storage" / "migrations" / "versions"

BROAD = {"crawler/visit.py": 1}
"""Where a failure of any kind must stop nothing else: around one step of a slice, a poll or a page."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in MODULES}


def test_no_module_is_a_drawer() -> None:
    drawers = re.compile(r"(utils?|helpers?|managers?|misc|common|tools?)$")
    assert not [
        name_of(path)
        for path in MODULES
        if any(drawers.match(part) for part in path.with_suffix("").parts[-2:])
    ]


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {name: length for name, length in lengths.items() if length > 400}


def test_functions_are_short(trees: dict[Path, ast.Module]) -> None:
    """At most 50 lines, without the docstring."""
    long = {
        f"{name_of(path)}:{node.name}": length
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and (length := _length(node)) > 50 and path.parent != MIGRATIONS
    }
    assert not long


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    doc = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) and first.end_lineno else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - doc


def test_everything_is_caught_in_one_place_only(trees: dict[Path, ast.Module]) -> None:
    """A handler that cleans up and raises again catches nothing."""
    found: dict[str, int] = {}
    for path, tree in trees.items():
        if count := sum(_is_broad(node) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
            found[name_of(path)] = count
    assert found == BROAD


def _is_broad(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException") for kind in caught)


def test_nothing_unpickles_or_evaluates(trees: dict[Path, ast.Module]) -> None:
    bad = [
        f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if _is_unsafe(node)
    ]
    assert not bad


def _is_unsafe(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(
            alias.name.partition(".")[0] in ("pickle", "marshal", "shelve", "dill") for alias in node.names
        )
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in ("pickle", "marshal", "shelve", "dill")
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in ("eval", "exec")
    return isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in (
        "yaml.load",
        "os.system",
        "os.popen",
    )


def test_everything_public_is_documented(trees: dict[Path, ast.Module]) -> None:
    missing = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path, tree in trees.items()
        if path.parent != MIGRATIONS
        for node in _public(tree)
        if not ast.get_docstring(node)
    ]
    assert not missing


def _public(
    scope: ast.Module | ast.ClassDef,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in scope.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


@pytest.mark.parametrize("room", ["crawler", "spiders", "storage"])
def test_every_error_is_drawn_in_its_tree(trees: dict[Path, ast.Module], room: str) -> None:
    [tree] = (tree for path, tree in trees.items() if path.parts[-2:] == (room, "errors.py"))
    drawn = set(re.findall(r"\w+", ast.get_docstring(tree) or ""))
    assert [
        node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name not in drawn
    ] == []


def test_every_module_is_documented(trees: dict[Path, ast.Module]) -> None:
    assert not [name_of(path) for path, tree in trees.items() if not ast.get_docstring(tree)]


def test_no_file_names_a_place_outside_the_repository() -> None:
    """``.ci/run`` may look for test data beside the checkout; nothing else knows where that lies."""
    outside = re.compile("/" + "work/|" + "shared" + "/")
    named = [name_of(path) for path in _texts() if outside.search(path.read_text(encoding="utf-8"))]
    assert not [name for name in named if name != ".ci/run"]


def _texts() -> Iterator[Path]:
    folders = [*PACKAGES, "tests", "deploy", "docs", ".ci"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")] + [
        *ROOT.glob("*.md"),
        *ROOT.glob("*.toml"),
    ]
    for path in found:
        if path.is_file() and path.suffix in (
            "",
            ".py",
            ".md",
            ".toml",
            ".yaml",
            ".service",
            ".txt",
            ".ini",
            ".mako",
        ):
            yield path
