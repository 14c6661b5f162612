"""Write feeds, a sitemap and robots.txt for a paper: RSS 2.0, Atom 1.0 (RFC 4287), sitemaps.org 0.9."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from crawler.demo.world import Article, Paper, Version

RSS_NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article in the version to be listed."""

    article: Article
    version: Version
    url: str

    @property
    def edited(self) -> bool:
        """Whether this is a later version than the one published."""
        return self.version != self.article.versions[0]

    @property
    def guid(self) -> str:
        """A tag URI (RFC 4151) that stays the same wherever the paper is served."""
        return f"tag:kabar.invalid,{self.article.published:%Y-%m-%d}:{self.article.slug}"


def feed_text(paper: Paper, items: Iterable[Item], *, kind: str, base: str, path: str, now: float) -> str:
    """Return the feed of ``paper`` as XML; ``kind`` is rss or atom, ``base`` the address without a slash.

    ``now`` (epoch seconds) is the moment of the paper's last change, not the time of the request, so that
    an unchanged paper always gives the same bytes.
    """
    write = _atom if kind == "atom" else _rss
    return write(paper, list(items), base, path, datetime.fromtimestamp(now, UTC))


def _rss(paper: Paper, items: list[Item], base: str, path: str, changed: datetime) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<rss version="2.0" {RSS_NAMESPACES}>',
            "<channel>",
            f"<title>{escape(paper.name)}</title>",
            f"<link>{base}/</link>",
            f"<description>{escape(paper.tagline)}</description>",
            f"<language>{paper.language}</language>",
            f'<atom:link href="{base}{path}" rel="self" type="application/rss+xml"/>',
            f"<lastBuildDate>{format_datetime(changed)}</lastBuildDate>",
            *(_rss_item(paper, item) for item in items),
            "</channel>",
            "</rss>",
            "",
        ]
    )


def _rss_item(paper: Paper, item: Item) -> str:
    version, article = item.version, item.article
    lines = [
        f"<title>{escape(version.title)}</title>",
        f"<link>{escape(item.url)}</link>",
        f'<guid isPermaLink="false">{escape(item.guid)}</guid>',
        f"<pubDate>{format_datetime(article.published)}</pubDate>",
        f"<description>{escape(version.lead)}</description>",
        *(f"<dc:creator>{escape(author)}</dc:creator>" for author in article.authors),
        *(f"<category>{escape(tag)}</category>" for tag in (article.section, *article.tags)),
    ]
    if item.edited:
        lines.append(f"<atom:updated>{version.at.isoformat()}</atom:updated>")
    if paper.full_text:
        lines.append(f"<content:encoded>{escape(_html(version))}</content:encoded>")
    return "\n".join(["<item>", *lines, "</item>"])


def _html(version: Version) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in version.paragraphs)


def _atom(paper: Paper, items: list[Item], base: str, path: str, changed: datetime) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{paper.language}">',
            f"<title>{escape(paper.name)}</title>",
            f"<subtitle>{escape(paper.tagline)}</subtitle>",
            f"<id>tag:kabar.invalid,2026:{paper.slug}</id>",
            f'<link href="{base}/"/>',
            f'<link rel="self" href="{base}{path}"/>',
            f"<updated>{changed.isoformat()}</updated>",
            *(_atom_entry(paper, item) for item in items),
            "</feed>",
            "",
        ]
    )


def _atom_entry(paper: Paper, item: Item) -> str:
    version, article = item.version, item.article
    lines = [
        f"<title>{escape(version.title)}</title>",
        f"<id>{escape(item.guid)}</id>",
        f'<link href="{escape(item.url)}"/>',
        f"<published>{article.published.isoformat()}</published>",
        f"<updated>{version.at.isoformat()}</updated>",
        f"<summary>{escape(version.lead)}</summary>",
        *(f"<author><name>{escape(author)}</name></author>" for author in article.authors or (paper.name,)),
        *(f'<category term="{escape(tag)}"/>' for tag in (article.section, *article.tags)),
    ]
    if paper.full_text:
        lines.append(f'<content type="html">{escape(_html(version))}</content>')
    return "\n".join(["<entry>", *lines, "</entry>"])


def sitemap_text(items: Iterable[Item]) -> str:
    """Return a sitemap of the articles."""
    urls = (
        f"<url><loc>{escape(item.url)}</loc><lastmod>{item.version.at.isoformat()}</lastmod></url>"
        for item in items
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *urls,
            "</urlset>",
            "",
        ]
    )


def robots_text(base: str) -> str:
    """Return a friendly robots.txt (RFC 9309)."""
    return f"User-agent: *\nDisallow: /admin/\nDisallow: /cari\n\nSitemap: {base}/sitemap.xml\n"
