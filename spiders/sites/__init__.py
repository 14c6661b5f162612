"""Rules for sites that need one: a file a site, named after its domain (``detik_com.py`` for detik.com)."""

from datetime import date
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from urllib.parse import urlsplit

from spiders.sites.rule import SiteRule, fields_of, is_dropped, text_of

__all__ = ["SiteRule", "fields_of", "is_dropped", "rule_for", "text_of"]

_FEWEST_LABELS = 2


def rule_for(url: str, day: date) -> SiteRule | None:
    """Return the rule for the page at ``url`` as it was on ``day``; None for a site without one."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return next((rule for rule in _rules(host) if rule.holds(host, day)), None)


@lru_cache(maxsize=10_000)
def _rules(host: str) -> tuple[SiteRule, ...]:
    """Return the rules in the file of a host or of a domain above it."""
    labels = host.split(".")
    for at in range(len(labels) - _FEWEST_LABELS + 1):
        name = "_".join(labels[at:]).replace("-", "_")
        if name.isidentifier() and find_spec(f"spiders.sites.{name}") is not None:
            rules: tuple[SiteRule, ...] = import_module(f"spiders.sites.{name}").RULES
            return rules
    return ()
