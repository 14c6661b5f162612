"""The files of deploy/ name commands, flags and versions that exist, and keep their promises."""

import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from crawler.configuration import ENV_PREFIX
from crawler.settings import known

Commands = dict[str, click.Command]


def read_yaml(text: str) -> dict[str, Any]:
    """Read the YAML that compose.yaml is written in: nested mappings, and JSON or bare words as values."""
    root: dict[str, Any] = {}
    open_maps: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"( *)([\w.-]+):(?: (.+))?", line)
        assert match, f"line {number} is not plain `key: value`: {line!r}"
        indent, key, value = len(match[1]), match[2], match[3]
        while open_maps[-1][0] >= indent:
            open_maps.pop()
        inner = open_maps[-1][1]
        assert key not in inner, f"line {number} repeats {key}"
        inner[key] = {} if value is None else _scalar(value)
        if value is None:
            open_maps.append((indent, inner[key]))
    return root


def _scalar(value: str) -> Any:
    if value[0] in '[{"' or value in ("true", "false"):
        return json.loads(value)
    return value


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, in order: ``[("FROM", "python:3.13-slim AS build"), ...]``."""
    text = (root / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [
        (word, rest)
        for word, _, rest in (
            line.partition(" ") for line in "\n".join(lines).replace("\\\n", " ").splitlines()
        )
    ]


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    return read_yaml((root / "deploy" / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def unit(root: Path) -> dict[str, dict[str, list[str]]]:
    """The systemd unit: section to key to values (a key may come more than once)."""
    sections: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    for line in (root / "deploy" / "kabar.service").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), {})
        else:
            key, _, value = line.partition("=")
            current.setdefault(key, []).append(value)
    return sections


def assert_is_command(words: list[str], commands: Commands) -> None:
    """Check that ``words`` (without the program's name) are a command and options it has."""
    name = ""
    while words and f"{name} {words[0]}".strip() in commands:
        name = f"{name} {words.pop(0)}".strip()
    assert name, f"no command: {words}"
    options = {flag for item in commands[name].params for flag in (*item.opts, *item.secondary_opts)}
    flags = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert flags <= options, f"{name} has no {flags - options}"


def values(dockerfile: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in dockerfile if name == word]


def test_image_starts_the_daemon(dockerfile: list[tuple[str, str]], commands: Commands) -> None:
    assert json.loads(values(dockerfile, "ENTRYPOINT")[-1]) == ["kabar"]
    assert_is_command(json.loads(values(dockerfile, "CMD")[-1]), commands)


def test_image_checks_its_health(dockerfile: list[tuple[str, str]], commands: Commands) -> None:
    (check,) = values(dockerfile, "HEALTHCHECK")
    program, *words = json.loads(check.partition("CMD ")[2])
    assert program == "kabar"
    assert words == ["status", "--check"]
    assert_is_command(words, commands)


def test_image_is_built_in_stages_and_runs_without_root(dockerfile: list[tuple[str, str]]) -> None:
    assert len(values(dockerfile, "FROM")) == 2
    after_last_stage = [index for index, (word, _) in enumerate(dockerfile) if word == "FROM"][-1]
    users = values(dockerfile[after_last_stage:], "USER")
    assert users
    assert not re.match(r"(root|0)\b", users[-1])
    assert json.loads(values(dockerfile, "VOLUME")[-1]) == ["/data"]


def test_image_comes_from_no_named_registry(
    dockerfile: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    images = [image.split()[0] for image in values(dockerfile, "FROM")]
    images += [service["image"] for service in compose["services"].values()]
    assert not [image for image in images if "." in image.partition(":")[0] or "/" in image]


def test_image_copies_what_exists(dockerfile: list[tuple[str, str]], root: Path) -> None:
    copied = [rest.split()[:-1] for rest in values(dockerfile, "COPY") if not rest.startswith("--from")]
    missing = [name for names in copied for name in names if not (root / name).exists()]
    assert copied
    assert not missing
    assert {"crawler", "spiders", "storage"} <= {name for names in copied for name in names}


def test_compose_keeps_the_store_in_a_volume(compose: dict[str, Any], commands: Commands) -> None:
    kabar = compose["services"]["kabar"]
    assert_is_command(list(kabar["command"]), commands)
    assert [volume.partition(":")[2] for volume in kabar["volumes"]] == ["/data"]
    assert {volume.partition(":")[0] for volume in kabar["volumes"]} <= set(compose["volumes"])
    assert "/data/" in kabar["environment"]["KABAR_DATABASE"]


def test_compose_has_postgresql_behind_a_profile(compose: dict[str, Any]) -> None:
    postgres = compose["services"]["postgres"]
    assert postgres["profiles"] == ["postgres"]
    assert postgres["healthcheck"]["test"][1] == "pg_isready"
    awaited = compose["services"]["kabar"]["depends_on"]["postgres"]
    assert awaited == {"condition": "service_healthy", "required": False}
    assert "profiles" not in compose["services"]["kabar"]


def test_unit_starts_the_daemon(unit: dict[str, dict[str, list[str]]], commands: Commands) -> None:
    program, *words = unit["Service"]["ExecStart"][0].split()
    assert program.endswith("/kabar")
    assert words[0] == "run"
    assert_is_command(words, commands)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("WatchdogSec", "60"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        ("TimeoutStopSec", "10"),
        ("StateDirectory", "kabar"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
    ],
)
def test_unit_says(unit: dict[str, dict[str, list[str]]], key: str, value: str) -> None:
    assert unit["Service"][key] == [value]


def test_unit_runs_without_root(unit: dict[str, dict[str, list[str]]]) -> None:
    service = unit["Service"]
    assert service.get("DynamicUser") == ["yes"] or service["User"] not in (["root"], ["0"])


def test_unit_passes_only_known_settings(
    unit: dict[str, dict[str, list[str]]], dockerfile: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    text = " ".join(
        [
            *unit["Service"]["Environment"],
            *values(dockerfile, "ENV"),
            *compose["services"]["kabar"]["environment"],
        ]
    )
    names = set(re.findall(rf"\b{ENV_PREFIX}[A-Z_]+", text)) - {f"{ENV_PREFIX}CONFIG"}
    keys = {name.removeprefix(ENV_PREFIX).lower().replace("__", ".") for name in names}
    assert keys
    assert keys <= set(known())


def requirements(root: Path) -> Iterator[Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        lines for name, lines in project["optional-dependencies"].items() if name not in ("test", "train")
    ]
    for line in itertools.chain(project["dependencies"], *extras):
        yield Requirement(line)


def test_constraints_pin_every_library_within_its_range(root: Path) -> None:
    lines = (root / "deploy" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) and pin.url is None for pin in pins)
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    wanted = {canonicalize_name(item.name): item.specifier for item in requirements(root)}
    assert not set(wanted) - set(versions)
    assert not {
        name: versions[name] for name, range_ in wanted.items() if not range_.contains(versions[name])
    }


def test_constraints_hold_no_test_library(root: Path) -> None:
    text = (root / "deploy" / "constraints.txt").read_text(encoding="utf-8").lower()
    assert not re.search(
        r"^(pytest|hypothesis|mypy|ruff|psutil|import-linter|pixeltable)", text, re.MULTILINE
    )
    assert "://" not in text
