"""The options of ``kabar sources set`` and ``kabar add`` that say how a source is fetched."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from crawler.errors import UsageError
from crawler.options import (
    parse_agent,
    parse_auth,
    parse_browser,
    parse_cookie,
    parse_header,
    parse_proxy,
)
from spiders.extras import IMPERSONATION, RENDERING, browsers, can_impersonate, can_render

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = ("user_agent", "headers", "cookies", "auth", "proxy", "impersonate")
_LISTS: Mapping[str, Callable[[str], tuple[str, str]]] = {"headers": parse_header, "cookies": parse_cookie}

_HOW = (
    click.option("--user-agent", metavar="UA", help="User-Agent shown to it; '' for the usual one."),
    click.option(
        "--header", "headers", multiple=True, metavar="HEADER", help="'Name: value' to send; may be repeated."
    ),
    click.option(
        "--cookie", "cookies", multiple=True, metavar="COOKIE", help="name=value to send; may be repeated."
    ),
    click.option(
        "--auth", metavar="USER:PASSWORD", help="Log in (HTTP basic), at its very origin alone; '' for none."
    ),
    click.option("--proxy", metavar="URL", help="HTTP proxy to fetch it through; '' for the usual way."),
    click.option("--insecure/--verify", "insecure", default=None, help="Whether any certificate will do."),
    click.option(
        "--ignore-robots/--obey-robots", "ignore_robots", default=None, help="Whether its robots.txt counts."
    ),
    click.option(
        "--impersonate", metavar="BROWSER", help="Shake hands as chrome, firefox ...; '' for no one."
    ),
    click.option("--render/--no-render", "render", default=None, help="Whether its pages' scripts are run."),
)
_AFRESH = click.option("--no-options", is_flag=True, help="Fetch it as usual: take all of these away first.")


def fetch_options(command: F) -> F:
    """Declare all options of a source that can be set."""
    return first_options(_AFRESH(command))


def first_options(command: F) -> F:
    """Declare those that a source may need before it can be found at all: all but taking them away."""
    for option in reversed(_HOW):
        command = option(command)
    return command


def changed_options(kept: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Take what the options above gave out of ``given``; return the change: ``{"options": ...}`` or nothing.

    Raises UsageError.
    """
    afresh = given.pop("no_options", False)
    insecure, ignore = given.pop("insecure", None), given.pop("ignore_robots", None)
    render = given.pop("render", None)
    wanted = {name: given.pop(name) for name in _FLAGS if name in given}
    options = {} if afresh else dict(kept)
    for name, value in wanted.items():
        if value not in (None, ()):
            options[name] = _checked(name, value)
    if insecure is not None:
        options["verify_tls"] = False if insecure else None
    if ignore is not None:
        options["obey_robots"] = not ignore
    if render is not None:
        options["render"] = _renderable() if render else None
    options = {name: value for name, value in options.items() if value is not None and value != []}
    return {"options": options} if afresh or options != dict(kept) else {}


def _checked(name: str, value: Any) -> Any:
    """Return a value as it is kept; None for '' and for a list of it, which takes the option away."""
    if name in _LISTS:
        return [list(_LISTS[name](text)) for text in value if text]
    if value == "":
        return None
    if name == "auth":
        return list(parse_auth(value))
    if name == "impersonate":
        return _imitable(parse_browser(value))
    return parse_agent(value) if name == "user_agent" else parse_proxy(value)


def _imitable(name: str) -> str:
    if not can_impersonate():
        raise UsageError(IMPERSONATION)
    if name not in browsers():
        near = difflib.get_close_matches(name, browsers(), n=3, cutoff=0.5) or ["chrome", "firefox", "safari"]
        raise UsageError(f"{name!r} is no browser that can be imitated; did you mean {' or '.join(near)}?")
    return name


def _renderable() -> bool:
    if not can_render():
        raise UsageError(RENDERING)
    return True
