"""Atom (RFC 4287): a feed that any reader can follow.

Ids never change, whatever becomes of titles and addresses. When the feed last changed is known only after
its last entry; the RFC lets elements stand in any order.
"""

from crawler.export.shape import About, Shape, home, names, outlet, published, updated, urn
from crawler.export.xml import element, language, paragraphs
from storage.model import Article

_START = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'


def shape(about: About) -> Shape:
    """Return the shape of an Atom feed."""
    facts = [
        element("id", about.urn),
        element("title", about.title or "kabar"),
        element("generator", "kabar"),
        element("link", None, {"rel": "self", "href": about.link}) if about.link else "",
    ]
    return Shape(
        head=_START + "".join(f"  {fact}\n" for fact in facts if fact),
        one=_entry,
        tail=lambda latest: f"  {element('updated', (latest or about.made_at).isoformat())}\n</feed>\n",
    )


def _entry(article: Article) -> str:
    content = article.content
    facts = [
        element("id", urn(article)),
        element("title", content.title or content.url),
        element("link", None, {"rel": "alternate", "href": content.url}),
        element("link", None, {"rel": "enclosure", "href": content.image_url}) if content.image_url else "",
        element("published", published(article).isoformat()),
        element("updated", updated(article).isoformat()),
        *(f"<author>{element('name', name)}</author>" for name in names(article)),
        *(element("category", None, {"term": tag}) for tag in content.tags),
        _source(article),
        element("summary", content.lead),
        element("content", paragraphs(content.text), {"type": "html"}),
    ]
    code = language(content.language)
    start = f'<entry xml:lang="{code}">' if code else "<entry>"
    return f"  {start}\n" + "".join(f"    {fact}\n" for fact in facts if fact) + "  </entry>\n"


def _source(article: Article) -> str:
    facts: list[str] = [
        element("id", home(article)),
        element("title", outlet(article)),
        element("updated", updated(article).isoformat()),
        element("link", None, {"href": home(article)}),
    ]
    return f"<source>{''.join(facts)}</source>"
