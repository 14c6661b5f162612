"""The wheel holds the three packages and what they read at run time, and nothing else."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import pytest

PACKAGES = ("crawler", "spiders", "storage")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    if find_spec("pip") is None:
        pytest.skip("this environment has no pip to build the wheel with")
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(root),
    ]
    subprocess.run(command, check=True, timeout=300)
    (wheel,) = folder.glob("kabar-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        yield archive.namelist()


@pytest.mark.timeout(400)
def test_holds_exactly_the_three_packages(names: list[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_is_typed(names: list[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_holds_every_module_and_data_file(names: list[str], root: Path) -> None:
    """Whatever lies in a package's folder is in the wheel: modules, TOML rules, migrations, demo pages."""
    kept = {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in names if not PurePosixPath(name).parts[0].endswith(".dist-info")}
    assert packed == kept


def test_holds_migrations_and_no_tests(names: list[str]) -> None:
    assert any(name.startswith("storage/migrations/versions/") and name.endswith(".py") for name in names)
    assert not [name for name in names if "test" in PurePosixPath(name).name.lower()]


def test_has_the_console_script(names: list[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
