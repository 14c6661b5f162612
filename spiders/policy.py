"""How to fetch: the limits and manners a spider is given."""

from dataclasses import dataclass

from spiders.items import TargetKind

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """Limits and manners of every request. Times are seconds, sizes bytes."""

    user_agent: str
    timeout: float = 30.0
    """Total time for one exchange, body included."""
    slowest: float = 1024.0
    """Bytes a second that a body must bring on average, once it has come for ``slow_after`` seconds."""
    slow_after: float = 15.0
    max_feed_bytes: int = 10 * MIB
    """Largest feed accepted, after decompression."""
    max_page_bytes: int = 8 * MIB
    max_sitemap_bytes: int = 50 * MIB
    """Largest sitemap; the protocol allows as much."""
    max_redirects: int = 5
    allow_private: bool = False
    """Whether loopback, private and link-local addresses may be dialled."""
    obey_robots: bool = True
    robots_ttl: float = 86400.0
    """How long a robots.txt is believed."""
    proxy: str | None = None
    polls: int = 32
    """Most feeds polled at once."""
    pages: int = 32
    """Most pages fetched at once."""

    browser: str = ""
    """The browser that runs scripts: path of a program or channel; empty for playwright's own."""
    per_address: int = 8
    """Most exchanges at once with one address and port."""

    def limit(self, kind: TargetKind) -> int:
        """Return the most bytes that a document of this kind may have."""
        sizes = {"feed": self.max_feed_bytes, "sitemap": self.max_sitemap_bytes}
        return sizes.get(kind, self.max_page_bytes)
