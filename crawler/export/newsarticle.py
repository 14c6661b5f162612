"""NewsArticle of schema.org as JSON-LD, one a line."""

from crawler.export.lines import json_line
from crawler.export.shape import About, Fields, Shape, home, outlet, updated, urn
from crawler.record import timestamp
from storage.model import Article, Content

_CONTEXT = "https://schema.org"


def shape(about: About) -> Shape:
    """Return the shape of lines of JSON-LD."""
    return Shape(one=lambda article: json_line(document(article), ascii_only=about.ascii_only) + "\n")


def document(article: Article) -> dict[str, object]:
    """Return an article as a NewsArticle; what is unknown is left out."""
    content = article.content
    return Fields(
        {
            "@context": _CONTEXT,
            "@type": "NewsArticle",
            "@id": urn(article),
            "identifier": {"@type": "PropertyValue", "propertyID": "kabar", "value": article.id},
            "url": content.url,
            "mainEntityOfPage": content.canonical_url or content.url,
            "headline": content.title,
            "description": content.lead,
            "articleBody": content.text,
            "wordCount": content.word_count,
            "inLanguage": content.language,
            "author": [{"@type": "Person", "name": name} for name in content.authors],
            "creditText": "; ".join(content.credits) or content.byline,
            "publisher": {"@type": "NewsMediaOrganization", "name": outlet(article), "url": home(article)},
            "dateline": content.dateline,
            "datePublished": timestamp(content.published_at),
            "dateModified": None if _unchanged(article) else timestamp(updated(article)),
            "sdDatePublished": timestamp(article.fetched_at),
            "articleSection": content.section,
            "keywords": list(content.tags),
            "image": _image(content),
            "isAccessibleForFree": None if content.paywalled is None else not content.paywalled,
            "citation": [str(cited.get("name", "")) for cited in content.citations if cited.get("name")],
            "version": article.revision,
            "creativeWorkStatus": None if article.withdrawn_at is None else "Withdrawn",
        }
    ).known()


def _unchanged(article: Article) -> bool:
    return article.revision == 1 and article.content.modified_at is None


def _image(content: Content) -> dict[str, object] | None:
    if content.image_url is None:
        return None
    values = {"caption": content.image_caption, "creditText": content.image_credit}
    return Fields({"@type": "ImageObject", "url": content.image_url, **values}).known()
