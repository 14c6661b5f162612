"""What the optional extras of kabar offer on this machine, without loading more than is asked for."""

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import get_args

from spiders.errors import LocalFailure

IMPERSONATION = "imitating a browser needs: pip install 'kabar[impersonate]'"
RENDERING = "running a page's scripts needs: pip install 'kabar[browser]'"


def can_impersonate() -> bool:
    """Whether the extra ``impersonate`` is installed."""
    return find_spec("curl_cffi") is not None


def can_render() -> bool:
    """Whether the extra ``browser`` is installed; there need be no browser yet."""
    return find_spec("playwright") is not None


@lru_cache(maxsize=1)
def browsers() -> dict[str, str]:
    """Return the browsers that can be imitated: each name with the very version it stands for.

    Empty without the extra ``impersonate``.
    """
    if not can_impersonate():
        return {}
    from curl_cffi import Curl
    from curl_cffi.requests.impersonate import BrowserTypeLiteral, resolve_latest_browser_type

    resolve: Callable[[str], str] = resolve_latest_browser_type
    named = {name: resolve(name) for name in get_args(BrowserTypeLiteral)}
    return {name: exact for name, exact in named.items() if Curl().impersonate(exact) == 0}


def imitated(url: str, name: str) -> str:
    """Return the very version a browser's name stands for. Raises LocalFailure about a URL."""
    if not can_impersonate():
        raise LocalFailure(url, "no_impersonation", IMPERSONATION)
    if name not in browsers():
        words = f"this curl_cffi cannot imitate {name!r}; `kabar sources set SOURCE --impersonate chrome` can"
        raise LocalFailure(url, "no_impersonation", words)
    return browsers()[name]
