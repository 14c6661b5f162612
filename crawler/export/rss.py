"""RSS 2.0 with the usual modules: full text, authors, pictures.

``guid`` never changes, whatever becomes of titles and addresses.
"""

from datetime import datetime
from email.utils import format_datetime

from crawler.export.shape import About, Shape, names, outlet, published, updated, urn
from crawler.export.xml import element, language, paragraphs
from storage.model import Article

_SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}


def shape(about: About) -> Shape:
    """Return the shape of an RSS feed."""
    spaces = "".join(f' xmlns:{name}="{uri}"' for name, uri in _SPACES.items())
    link = {"rel": "self", "type": "application/rss+xml", "href": about.link}
    facts = [
        element("title", about.title or "kabar"),
        element("link", about.link or about.urn),
        element("description", about.title or "kabar"),
        element("generator", "kabar"),
        element("atom:link", None, link) if about.link else "",
    ]
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"{spaces}>\n  <channel>\n'
    return Shape(
        head=head + "".join(f"    {fact}\n" for fact in facts if fact),
        one=_item,
        tail=lambda latest: (
            f"    {element('lastBuildDate', _date(latest or about.made_at))}\n  </channel>\n</rss>\n"
        ),
    )


def _date(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0))


def _item(article: Article) -> str:
    content = article.content
    facts = [
        element("title", content.title or content.url),
        element("link", content.url),
        element("guid", urn(article), {"isPermaLink": "false"}),
        element("pubDate", _date(published(article))),
        element("atom:updated", updated(article).isoformat()),
        *(element("dc:creator", name) for name in names(article)),
        element("dc:publisher", outlet(article)),
        element("dc:language", language(content.language)),
        *(element("category", tag) for tag in content.tags),
        element("media:content", None, {"url": content.image_url, "medium": "image"})
        if content.image_url
        else "",
        element("description", paragraphs(content.lead or "")),
        element("content:encoded", paragraphs(content.text)),
    ]
    return "    <item>\n" + "".join(f"      {fact}\n" for fact in facts if fact) + "    </item>\n"
