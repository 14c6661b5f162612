"""deploy/kabar.example.toml says the truth about every setting."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.settings import Settings, known, load

SETTING = re.compile(r"#(?=[a-z_]+ = )")


@pytest.fixture
def example(root: Path) -> Path:
    return root / "deploy" / "kabar.example.toml"


@pytest.fixture
def uncommented(example: Path, tmp_path: Path) -> Path:
    """The example with its settings active: a setting is ``#name = value``, prose is ``# words``."""
    lines = example.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "kabar.toml"
    path.write_text("\n".join(SETTING.sub("", line, count=1) for line in lines), encoding="utf-8")
    return path


def test_loads_as_it_stands_and_changes_nothing(example: Path) -> None:
    loaded = load(config=example, environment={})
    assert loaded.settings == Settings()
    assert not loaded.origins


def test_shows_every_setting_in_order_at_its_default(uncommented: Path) -> None:
    loaded = load(config=uncommented, environment={})
    assert loaded.settings == Settings()
    assert list(loaded.origins) == list(known())


def test_explains_every_setting(example: Path) -> None:
    """Each block of settings stands right under a comment."""
    lines = example.read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if SETTING.match(line):
            assert above.startswith("#"), f"{line} has no explanation"
