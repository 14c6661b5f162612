"""Settings: one frozen value, loaded once and handed down.

Defaults, then a TOML file, then ``KABAR_*`` environment variables, then command-line flags; the later wins.
"""

import os
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.coercion import KIND_WORDS, coerce
from crawler.configuration import ENV_PREFIX, nearest, read_file
from crawler.errors import SettingsError
from crawler.version import __version__
from storage.address import sqlite_url

CONFIG_NAME = "kabar.toml"
_NO_SETTINGS = frozenset({f"{ENV_PREFIX}CONFIG", f"{ENV_PREFIX}TEST_DATA", f"{ENV_PREFIX}TEST_BROWSER"})
"""Variables that look like settings."""


def _setting(
    default: Any,
    help_: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    pattern: str = "",
    form: str = "",
) -> Any:
    """Declare a setting; texts must match ``pattern``, which ``form`` puts into words."""
    limits = {"low": low, "high": high, "choices": choices, "pattern": pattern, "form": form}
    return field(default=default, metadata={"help": help_, "limits": limits})


NO_CONTACT = f"kabar/{__version__} (news reader; no contact set)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How pages and feeds are fetched. Without a user agent of its own, the contact makes one."""

    allow_private: bool = _setting(
        False, "dial loopback, private and link-local addresses; for tests and intranets"
    )
    host_delay: float = _setting(1.0, "seconds between two visits of one host", low=0)
    contact: str = _setting(
        "",
        "how servers' operators can reach you: a mail address or a page; told in the User-Agent",
        pattern=r"|[^\s@/:]+@[!-~]+|https?://[!-~]+",
        form="a mail address or an address of the web",
    )
    user_agent: str = _setting(
        NO_CONTACT,
        "how kabar introduces itself, in place of its name and the contact",
        pattern=r"[ -~]+",
        form="one line of plain ASCII",
    )
    timeout: float = _setting(30.0, "seconds for one exchange, body included", low=0.1)
    max_feed_bytes: int = _setting(10 * 1024 * 1024, "largest feed, in bytes after decompression", low=1024)
    max_sitemap_bytes: int = _setting(
        50 * 1024 * 1024, "largest sitemap, in bytes after decompression", low=1024
    )
    max_page_bytes: int = _setting(8 * 1024 * 1024, "largest page, in bytes after decompression", low=1024)
    max_redirects: int = _setting(5, "redirects followed before giving up", low=0)
    obey_robots: bool = _setting(True, "obey robots.txt of feeds and pages")
    proxy: str | None = _setting(
        None,
        "HTTP proxy for all requests, like http://proxy:3128",
        pattern=r"https?://[^\s/]+/?",
        form="an address like http://proxy:3128",
    )
    browser: str = _setting(
        "",
        "browser for sources whose scripts are run: path of a program, or a channel like chrome",
        pattern=r"|[^\x00-\x1f]+",
        form="a path or a name",
    )
    polls: int = _setting(32, "feeds polled at the same time", low=1)
    pages: int = _setting(32, "pages fetched at the same time", low=1)
    per_address: int = _setting(8, "exchanges at a time with one address and port, whoever's they are", low=1)

    def __post_init__(self) -> None:
        """Introduce kabar by the contact, unless a user agent was set."""
        if self.contact and self.user_agent == NO_CONTACT:
            object.__setattr__(self, "user_agent", f"kabar/{__version__} (+{self.contact})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """The processes that read feeds and pages."""

    workers: int = _setting(0, "reading processes; 0 means one for each core", low=0, high=1024)
    timeout: float = _setting(20.0, "seconds one document may take before its process is ended", low=0.5)
    memory: int = _setting(1024 * 1024 * 1024, "bytes of memory one process may use", low=256 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """How often sources are looked at."""

    min_interval: float = _setting(300.0, "shortest time between two polls of a source, in seconds", low=1)
    max_interval: float = _setting(86400.0, "longest time between two polls of a source, in seconds", low=1)
    first_interval: float = _setting(
        1800.0, "time between the first polls of a new source, in seconds", low=1
    )
    effort: float = _setting(
        1.0, "polls to spend where kabar decides: 2 asks twice as often, 0.5 half as often", low=0.01
    )
    zone: str = _setting(
        "local",
        "time zone of cron and quiet hours that name none, like Asia/Jakarta; local: this machine's",
        pattern=r"[A-Za-z][\w+-]*(/[\w+-]+)*",
        form="an IANA name like Asia/Jakarta",
    )
    attempts: int = _setting(6, "tries for an article's page before the feed's own text is kept", low=1)
    sitemap_age: float = _setting(
        604800.0, "seconds: what a sitemap lists as older than that is not new work", low=0
    )
    quota: int = _setting(1000, "most new pages taken from one poll of a sitemap or section", low=1)
    backfill: bool = _setting(True, "read older documents of a feed when it may have missed entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitSettings:
    """When articles are looked at again."""

    after: str = _setting(
        "1h 6h 24h 7d",
        "spans of time after the first fetch at which an article is looked at again; none: never",
        pattern=r"none|((?!0+(\.0+)?[smhdw])\d+(\.\d+)?[smhdw][\s,]*){1,20}",
        form='spans like "1h 6h 24h 7d", or none',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSettings:
    """How long pages are kept as they came."""

    keep: bool = _setting(True, "keep the pages of articles as they came, to read them again")
    archives: bool = _setting(False, "keep those read from WARC files, too")
    days: float = _setting(90.0, "days for which a page is kept", low=0)
    max_bytes: int = _setting(
        10 * 1024**3, "bytes that all kept pages may take, packed; the oldest go first", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long articles are kept."""

    age: str = _setting(
        "forever",
        "time for which articles are kept after they came, like 400d",
        pattern=r"forever|(?!0+(\.0+)?[hdw])\d+(\.\d+)?[hdw]",
        form="a span like 400d, or forever",
    )
    sources: str = _setting(
        "",
        'sources (number or URL) with an age of their own, like "7=30d https://a.example/feed=forever"',
        pattern=r"\s*(\S+=(forever|\d+(\.\d+)?[hdw])(\s+|$))*",
        form='sources with spans, like "7=30d https://a.example/feed=forever"',
    )
    tags: str = _setting(
        "",
        'tags with an age of their own, like "weather=7d, obituary=forever"',
        pattern=r"\s*([^,=]+=\s*(forever|\d+(\.\d+)?[hdw])\s*(,\s*|$))*",
        form='tags with spans, like "weather=7d, obituary=forever"',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateSettings:
    """How copies of an article are looked for."""

    window: float = _setting(
        60.0, "days for which an article is compared with those that come after it", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where kabar itself answers."""

    host: str = _setting("127.0.0.1", "address on which kabar listens", pattern=r"\S+", form="one address")
    port: int = _setting(8470, "port on which kabar listens", low=1, high=65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsubSettings:
    """News pushed by hubs."""

    callback: str | None = _setting(
        None,
        "public address of kabar's listener, like https://news.example; empty: nothing is subscribed",
        pattern=r"https?://[^\s/?#]+(/[^\s?#]*)?",
        form="an address like https://news.example",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is logged and how."""

    level: str = _setting("info", "least severity logged", choices=("debug", "info", "warning", "error"))
    format: str = _setting(
        "auto", "auto: text on a terminal, JSON lines otherwise", choices=("auto", "human", "json")
    )


def default_database() -> str:
    """Return the URL of the SQLite store in the user's data folder."""
    import platformdirs

    return sqlite_url(Path(platformdirs.user_data_dir("kabar", appauthor=False)) / "kabar.db")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one run."""

    database: str = _setting(
        "", "database URL: sqlite:///PATH or postgresql://...; empty: SQLite in the user's data folder"
    )
    fetch: FetchSettings = field(default_factory=FetchSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    revisit: RevisitSettings = field(default_factory=RevisitSettings)
    pool: PoolSettings = field(default_factory=PoolSettings)
    pages: PagesSettings = field(default_factory=PagesSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    duplicates: DuplicateSettings = field(default_factory=DuplicateSettings)
    web: WebSettings = field(default_factory=WebSettings)
    websub: WebsubSettings = field(default_factory=WebsubSettings)
    log: LogSettings = field(default_factory=LogSettings)

    @property
    def database_url(self) -> str:
        """The database to open: the one set, or SQLite in the user's data folder."""
        return self.database or default_database()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings together with where each value that is no default came from."""

    settings: Settings
    origins: Mapping[str, str]
    """Dotted key to its origin: ``kabar.toml``, ``KABAR_FETCH__TIMEOUT`` or ``--database``."""


@dataclass(frozen=True, slots=True)
class Known:
    """One setting as documented: its type, default, help and limits."""

    key: str
    type: Any
    default: Any
    help: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    pattern: str
    form: str


def known() -> dict[str, Known]:
    """List every setting by its dotted key, in the order of the example configuration."""
    found: dict[str, Known] = {}
    hints = typing.get_type_hints(Settings)
    for top in fields(Settings):
        if "help" in top.metadata:
            found[top.name] = _describe(top.name, hints[top.name], top)
            continue
        section = hints[top.name]
        section_hints = typing.get_type_hints(section)
        for item in fields(section):
            key = f"{top.name}.{item.name}"
            found[key] = _describe(key, section_hints[item.name], item)
    return found


def _describe(key: str, type_: Any, item: Any) -> Known:
    return Known(key, type_, item.default, item.metadata["help"], **item.metadata["limits"])


def load(
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
    directory: Path | None = None,
) -> Loaded:
    """Load the settings. ``flags`` are dotted keys; None values in it are ignored.

    Without ``config``, ``kabar.toml`` in ``directory`` (the working directory) is read if it is there.
    Raises SettingsError, which names the key and where it stands.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, tuple[Any, str]] = {}
    values.update(read_file(_config_path(config, environment, directory)))
    values.update(_from_environment(environment))
    values.update(
        {key: (value, _flag_name(key)) for key, value in (flags or {}).items() if value is not None}
    )
    return _build(values)


def _flag_name(key: str) -> str:
    return "--" + key.rpartition(".")[2].replace("_", "-")


def _config_path(config: Path | None, environment: Mapping[str, str], directory: Path | None) -> Path | None:
    if config is None and environment.get(f"{ENV_PREFIX}CONFIG"):
        config = Path(environment[f"{ENV_PREFIX}CONFIG"])
    if config is not None:
        return config
    usual = (directory or Path.cwd()) / CONFIG_NAME
    return usual if usual.is_file() else None


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    values: dict[str, tuple[Any, str]] = {}
    for name, text in environment.items():
        if not name.startswith(ENV_PREFIX) or name in _NO_SETTINGS:
            continue
        key = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
        if key.endswith("_file") and key.removesuffix("_file") in known():
            key, text = key.removesuffix("_file"), _secret(name, text)
        values[key] = (text, name)
    return values


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise SettingsError(name, "environment", f"cannot read {path}: {why}") from error


def _build(values: Mapping[str, tuple[Any, str]]) -> Loaded:
    settings, catalogue = Settings(), known()
    for key, (value, origin) in values.items():
        if key not in catalogue:
            raise SettingsError(key, origin, f"unknown setting{nearest(key, catalogue, origin)}")
        settings = _with(settings, key, _convert(catalogue[key], value, origin))
    if settings.poll.min_interval > settings.poll.max_interval:
        origin = values.get("poll.min_interval", values.get("poll.max_interval", (0, "settings")))[1]
        raise SettingsError("poll.min_interval", origin, "must not be longer than poll.max_interval")
    _check_zone(settings.poll.zone, values.get("poll.zone", (0, "settings"))[1])
    return Loaded(settings=settings, origins={key: origin for key, (_, origin) in values.items()})


def _check_zone(name: str, origin: str) -> None:
    try:
        if name != "local":
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError("poll.zone", origin, f"{name!r} is no time zone") from None


def _with(settings: Settings, key: str, value: Any) -> Settings:
    section, _, name = key.rpartition(".")
    if not section:
        return replace(settings, **{name: value})
    return replace(settings, **{section: replace(getattr(settings, section), **{name: value})})


def _convert(item: Known, value: Any, origin: str) -> Any:
    kinds = typing.get_args(item.type) if isinstance(item.type, UnionType) else (item.type,)
    if type(None) in kinds and value in (None, "", []):
        return None
    kind = next(candidate for candidate in kinds if candidate is not type(None))
    converted: Any = coerce(kind, value)
    if converted is None:
        raise SettingsError(item.key, origin, f"{value!r} is not {KIND_WORDS[kind]}")
    if item.low is not None and converted < item.low:
        raise SettingsError(item.key, origin, f"must be at least {item.low:g}, not {value}")
    if item.high is not None and converted > item.high:
        raise SettingsError(item.key, origin, f"must be at most {item.high:g}, not {value}")
    if item.choices and converted not in item.choices:
        raise SettingsError(item.key, origin, f"must be one of {', '.join(item.choices)}, not {value!r}")
    if item.pattern and not re.fullmatch(item.pattern, converted):
        raise SettingsError(item.key, origin, f"must be {item.form}, not {value!r}")
    return converted
