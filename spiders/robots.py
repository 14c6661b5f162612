"""What a robots.txt allows (RFC 9309). Pure; needs Protego alone."""

from dataclasses import replace
from functools import lru_cache
from urllib.parse import ParseResult, SplitResult, urlsplit

from protego import Protego

from spiders.items import Robots

MAX_BYTES = 500 * 1024
"""RFC 9309, section 2.5: at least this much must be read; we read no more."""
ANSWER_AGAIN = 600.0
"""Seconds until a robots.txt that answered with a server error is asked for again."""
REACH_AGAIN = 60.0
"""Seconds until a robots.txt whose host could not be reached is asked for again."""
SHORTEST = 3600.0
"""Seconds for which a robots.txt is believed at least, whatever its Cache-Control says."""
STALE = 30 * 86400.0
"""Seconds for which the last known rules hold while the origin gives no answer about them."""
LARGE = 32 * 1024
"""Characters from which a robots.txt may take long to parse."""
AI_AGENTS = (
    *("GPTBot", "ChatGPT-User", "OAI-SearchBot", "CCBot", "Google-Extended", "ClaudeBot", "anthropic-ai"),
    *("Claude-Web", "Applebot-Extended", "Bytespider", "PerplexityBot", "Amazonbot", "meta-externalagent"),
    *("FacebookBot", "cohere-ai", "Diffbot", "Omgilibot", "ImagesiftBot", "YouBot", "DeepSeekBot", "AI2Bot"),
)
"""Agents by which publishers tell machines that learn from texts from all others."""
_PORTS = {"http": 80, "https": 443}
_MAX_DELAY = 86400.0


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, like ``https://example.org``; default ports are left out."""
    return origin_of_parts(urlsplit(url))


def origin_of_parts(parts: SplitResult | ParseResult) -> str:
    """Return the origin of a URL that is parsed already."""
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_unavailable(robots: Robots) -> bool:
    """Whether the origin gave no answer about its rules, so that nothing may be fetched from it for now.

    That is a server error, no answer at all, or 429 (the host asks for quiet).
    """
    return robots.status == 0 or robots.status == 429 or robots.status >= 500


def fresh_until(robots: Robots, *, ttl: float) -> float:
    """Return the epoch second until which a robots.txt is believed; ``ttl`` is for one that answered."""
    if robots.expires_at is not None:
        return robots.expires_at
    if robots.status == 0:
        return robots.fetched_at + min(ttl, REACH_AGAIN)
    return robots.fetched_at + (min(ttl, ANSWER_AGAIN) if is_unavailable(robots) else ttl)


def is_fresh(robots: Robots, *, now: float, ttl: float) -> bool:
    """Whether a robots.txt may still be believed. One from the future (a clock set back) may not."""
    return robots.fetched_at - 1 <= now < fresh_until(robots, ttl=ttl)


def settled(
    found: Robots,
    last: Robots | None,
    *,
    ttl: float,
    max_age: float | None = None,
    retry_after: float | None = None,
) -> Robots:
    """Say what holds for an origin after asking for its robots.txt; ``last`` is what was known before.

    Rules are believed for ``ttl`` seconds, less if their Cache-Control says so (``max_age``), but for an
    hour at least. Where the origin gives no answer (5xx, unreachable) everything is disallowed (RFC 9309,
    2.3.1.4), unless its rules are known from the last 30 days: these hold on (2.4) and it is asked again
    soon. Not so where it asks for quiet, by a 429 or by ``retry_after`` (seconds, obeyed up to a day).
    """
    now = found.fetched_at
    if not is_unavailable(found):
        if found.status != 200 or max_age is None or max_age >= ttl:
            return found
        return replace(found, expires_at=now + min(ttl, max(SHORTEST, max_age)))
    again = fresh_until(found, ttl=ttl)
    if retry_after is not None:
        return replace(found, expires_at=max(again, now + min(retry_after, _MAX_DELAY)))
    known = last is not None and last.status == 200 and 0 <= now - last.fetched_at < STALE
    if last is None or not known or found.status == 429:
        return found
    return replace(last, expires_at=again)


def rules_text(body: bytes, content_type: str = "") -> str:
    """Decode the body of a robots.txt: UTF-8, at most 500 KiB; an HTML page in its place holds no rules."""
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if "html" in content_type.lower() or head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return ""
    return body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "")


def parse(robots: Robots) -> Protego:
    """Parse the rules of a robots.txt; without text everything is allowed."""
    return Protego.parse(robots.text if robots.status == 200 else "")


def is_allowed(rules: Protego, url: str, user_agent: str) -> bool:
    """Whether parsed rules let a user agent fetch a URL."""
    return bool(rules.can_fetch(url, _product(user_agent)))


def _product(user_agent: str) -> str:
    """Return the part of a User-Agent by which rules name it (RFC 9309, 2.2.1): what it says first.

    Protego looks for the names of groups everywhere in it: a group for ``reader`` or ``https`` is not for a
    kabar whose comment has that word. Only those who pose as a browser say in a comment who they are.
    """
    first = user_agent.partition("(")[0].split()
    return user_agent if not first or first[0].lower().startswith("mozilla/") else first[0]


def refused_machines(robots: Robots, url: str) -> tuple[str, ...]:
    """Return the agents of AI companies that a robots.txt names and does not let fetch a URL.

    Of a file so long that parsing it takes time nothing is said.
    """
    if robots.status != 200 or len(robots.text) > LARGE:
        return ()
    named = [agent for agent in AI_AGENTS if agent.lower() in robots.text.lower()]
    if not named:
        return ()
    rules = _parsed(robots.text)
    return tuple(agent for agent in named if not rules.can_fetch(url, agent))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Protego:
    return Protego.parse(text)


def sitemaps(robots: Robots) -> tuple[str, ...]:
    """Return the addresses of the sitemaps that a robots.txt names, as written, in its order."""
    if robots.status != 200 or "sitemap" not in robots.text.lower():
        return ()
    return tuple(dict.fromkeys(line.strip() for line in Protego.parse(robots.text).sitemaps if line.strip()))


def crawl_delay(robots: Robots, user_agent: str) -> float | None:
    """Return the Crawl-delay in seconds that a robots.txt asks of a user agent, or None.

    Values that are no sane delay (negative, or longer than a day) count as none.
    """
    if robots.status != 200 or not robots.text:
        return None
    find = _delay if len(robots.text) < LARGE else _delay_of_large
    return find(robots.text, _product(user_agent))


def _groups(text: str) -> str:
    """Return a robots.txt with one rule in place of many, which are what takes long to parse."""
    kept: list[str] = []
    for line in text.splitlines():
        head = line.lstrip("\ufeff \t").lower()
        if head.startswith(("user", "crawl")):
            kept.append(line)
        elif head.startswith(("allow", "disallow")) and kept[-1:] != ["Disallow:"]:
            kept.append("Disallow:")
    return "\n".join(kept)


def _asked_delay(text: str, user_agent: str) -> float | None:
    # Parsing costs milliseconds on long files, and most of them never say the word.
    if "delay" not in text.lower():
        return None
    delay = Protego.parse(_groups(text)).crawl_delay(user_agent)
    return float(delay) if delay is not None and 0 < delay <= _MAX_DELAY else None


_delay = lru_cache(maxsize=512)(_asked_delay)
_delay_of_large = lru_cache(maxsize=16)(_asked_delay)
"""Apart, because a cache keeps the texts it was asked about, and a large one may take 2 MB."""
