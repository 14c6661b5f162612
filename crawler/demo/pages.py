"""Write a paper's HTML pages: articles with structured data, the front page, error pages."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from crawler.demo.feeds import Item
from crawler.demo.words import Words, printed_date, words_of
from crawler.demo.world import Paper

STYLE = """
body{margin:0 auto;max-width:44rem;padding:0 1rem;font:1.05rem/1.65 Georgia,serif;color:#222}
header{border-bottom:3px double #999;text-align:center}header a{color:inherit;text-decoration:none}
nav ul,aside ul{list-style:none;padding:0}nav li{display:inline-block;margin:0 .6rem}
h1{line-height:1.25}.meta,figcaption,footer{color:#666;font-size:.85rem}.lead{font-weight:bold}
figure{margin:1rem 0}figure img{width:100%}.read-also{border-inline-start:4px solid #b33;padding:.2rem .8rem}
footer{border-top:1px solid #bbb;margin-top:2rem;padding:1rem 0}
""".strip()


def article_page(paper: Paper, item: Item, related: Sequence[Item], *, base: str) -> str:
    """Return the page of one article; ``related`` are the items linked beside it."""
    words = words_of(paper.language)
    body = "\n".join([_article(paper, item, related, words), _related(related, words)])
    return _page(paper, words, base=base, title=item.version.title, head=_head(paper, item, base), body=body)


def front_page(paper: Paper, items: Sequence[Item], *, base: str) -> str:
    """Return a list of articles, newest first: the homepage or one section of it."""
    words = words_of(paper.language)
    teasers = "\n".join(
        f'<article class="teaser"><h2><a href="{escape(item.url)}">{escape(item.version.title)}</a></h2>'
        f"<p>{escape(item.version.lead)}</p></article>"
        for item in items
    )
    head = f'<link rel="canonical" href="{base}/"/>\n<meta property="og:type" content="website"/>'
    return _page(paper, words, base=base, title=paper.tagline, head=head, body=teasers)


def error_page(paper: Paper, status: int, message: str, *, base: str) -> str:
    """Return a short page that says what went wrong."""
    words = words_of(paper.language)
    body = f"<h1>{status}</h1>\n<p>{escape(message)}</p>"
    return _page(paper, words, base=base, title=str(status), head="", body=body)


def picture(paper: Paper, caption: str) -> str:
    """Return the SVG that stands in for an article's photograph."""
    hue = sum(map(ord, caption)) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630">'
        f'<rect width="1200" height="630" fill="hsl({hue},35%,55%)"/>'
        f'<circle cx="930" cy="170" r="80" fill="hsl({(hue + 50) % 360},70%,80%)"/>'
        f'<path d="M0 630L320 290 560 500 800 340 1200 630z" fill="hsl({hue},40%,32%)"/>'
        f'<text x="40" y="600" font-size="36" fill="#fff">{escape(paper.name)}</text></svg>'
    )


def _page(paper: Paper, words: Words, *, base: str, title: str, head: str, body: str) -> str:
    direction = ' dir="rtl"' if words.rtl else ""
    name = escape(paper.name)
    return f"""<!DOCTYPE html>
<html lang="{paper.language}"{direction}>
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(title)} | {name}</title>
<link rel="alternate" type="application/rss+xml" title="{name} (RSS)" href="{base}/rss.xml"/>
<link rel="alternate" type="application/atom+xml" title="{name} (Atom)" href="{base}/atom.xml"/>
{head}
<style>{STYLE}</style>
</head>
<body>
<header><p><a href="{base}/">{name}</a></p><p class="meta">{escape(paper.tagline)}</p></header>
{_nav(paper, words, base)}
<main>
{body}
</main>
<footer><p>{escape(words.about)}</p><p>© {name}. {escape(words.rights)}.</p></footer>
</body>
</html>
"""


def _nav(paper: Paper, words: Words, base: str) -> str:
    sections = dict.fromkeys(article.section for article in paper.articles)
    links = "".join(
        f'<li><a href="{base}/?section={quote(name)}">{escape(name)}</a></li>' for name in sections
    )
    return f'<nav><ul><li><a href="{base}/">{escape(words.home)}</a></li>{links}</ul></nav>'


def _article(paper: Paper, item: Item, related: Sequence[Item], words: Words) -> str:
    version, article = item.version, item.article
    paragraphs = [f"<p>{escape(paragraph)}</p>" for paragraph in version.paragraphs]
    if related:
        paragraphs.insert(2, _read_also(related[0], words))
    return "\n".join(
        [
            "<article>",
            f'<p class="meta">{escape(article.section)}</p>',
            f"<h1>{escape(version.title)}</h1>",
            _meta(item, words),
            f'<figure><img src="{image_url(item)}" alt=""/>'
            f"<figcaption>{escape(paper.name)}</figcaption></figure>",
            '<div class="article-body">',
            *paragraphs,
            "</div>",
            "</article>",
        ]
    )


def _meta(item: Item, words: Words) -> str:
    article, version = item.article, item.version
    lines = [
        f'<time datetime="{article.published.isoformat()}">{printed_date(words, article.published)}</time>'
    ]
    if article.authors:
        authors = ", ".join(escape(author) for author in article.authors)
        lines.insert(0, f'<span class="byline">{escape(words.by)} <span rel="author">{authors}</span></span>')
    if item.edited:
        when = printed_date(words, version.at)
        lines.append(
            f'<span>{escape(words.updated)}: <time datetime="{version.at.isoformat()}">{when}</time></span>'
        )
    return f'<p class="meta">{" · ".join(lines)}</p>'


def _read_also(item: Item, words: Words) -> str:
    link = f'<a href="{escape(item.url)}">{escape(item.version.title)}</a>'
    return f'<p class="read-also"><strong>{escape(words.read_also)}:</strong> {link}</p>'


def _related(items: Sequence[Item], words: Words) -> str:
    links = "".join(
        f'<li><a href="{escape(item.url)}">{escape(item.version.title)}</a></li>' for item in items
    )
    return f'<aside class="related"><h2>{escape(words.related)}</h2><ul>{links}</ul></aside>' if links else ""


def image_url(item: Item) -> str:
    """Return the address of the article's picture."""
    return f"{item.url.removesuffix(item.article.path)}/images/{item.article.slug}.svg"


def _head(paper: Paper, item: Item, base: str) -> str:
    version, article = item.version, item.article
    properties = {
        "og:type": "article",
        "og:site_name": paper.name,
        "og:title": version.title,
        "og:description": version.lead,
        "og:url": item.url,
        "og:image": image_url(item),
        "article:published_time": article.published.isoformat(),
        "article:modified_time": version.at.isoformat(),
        "article:section": article.section,
    }
    lines = [
        f'<link rel="canonical" href="{escape(item.url)}"/>',
        f'<meta name="description" content="{escape(version.lead)}"/>',
        *(f'<meta property="{name}" content="{escape(value)}"/>' for name, value in properties.items()),
        *(f'<meta property="article:tag" content="{escape(tag)}"/>' for tag in article.tags),
        f'<script type="application/ld+json">{_json(_linked_data(paper, item, base))}</script>',
    ]
    return "\n".join(lines)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def _linked_data(paper: Paper, item: Item, base: str) -> dict[str, Any]:
    """Return the schema.org NewsArticle of an item."""
    version, article = item.version, item.article
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": item.url,
        "headline": version.title,
        "description": version.lead,
        "datePublished": article.published.isoformat(),
        "dateModified": version.at.isoformat(),
        "publisher": {"@type": "Organization", "name": paper.name, "url": f"{base}/"},
        "image": [image_url(item)],
        "articleSection": article.section,
        "keywords": list(article.tags),
        "inLanguage": paper.language,
    }
    writers = [{"@type": "Person", "name": author} for author in article.authors]
    if article.agency:
        writers.append({"@type": "Organization", "name": article.agency})
    return {**data, "author": writers} if writers else data
