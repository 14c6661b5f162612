"""Every word of the glossary is the name of something in the code."""

import ast
import re
from pathlib import Path

PACKAGES = ("crawler", "spiders", "storage")


def names(root: Path) -> set[str]:
    """Return the names of all classes, modules and tables, in lower case; a table's also in the singular."""
    paths = [path for package in PACKAGES for path in (root / package).rglob("*.py")]
    found = {path.stem for path in paths}
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name.lower() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        found |= {target.id.lower() for node in tree.body for target in _aliases(node)}
    tables = set(re.findall(r'Table\(\s*"(\w+)"', (root / "storage/tables.py").read_text(encoding="utf-8")))
    return found | {table.removesuffix("s") for table in tables}


def _aliases(node: ast.stmt) -> list[ast.Name]:
    """Type aliases count as classes: ``Verdict = New | Revised``."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        return [target for target in node.targets if isinstance(target, ast.Name)]
    return []


def words(root: Path) -> list[str]:
    return re.findall(
        r"^\*\*([^*]+)\*\*", (root / "docs/glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )


def test_every_word_names_something(root: Path) -> None:
    there = names(root)
    assert not [word for word in words(root) if word.lower() not in there]


def test_the_main_words_are_there(root: Path) -> None:
    main = {"Source", "Host", "Feed", "Entry", "Document", "Draft", "Article", "Revision", "Fingerprint",
            "Verdict", "Poll", "Fetch", "Lease", "Slice", "Cadence"}  # fmt: skip
    assert main <= set(words(root))


def test_no_word_stands_twice(root: Path) -> None:
    found = words(root)
    assert len(found) == len(set(found))
