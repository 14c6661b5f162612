"""JSON Feed 1.1, one item a line between the head and the tail of the feed.

What the format has no field for stands in the extension ``_kabar``, which readers pass over.
"""

from crawler.export.lines import json_line
from crawler.export.shape import About, Fields, Shape, names, outlet, published, updated, urn
from storage.model import Article

_VERSION = "https://jsonfeed.org/version/1.1"


def shape(about: About) -> Shape:
    """Return the shape of a JSON Feed."""
    facts = Fields({"version": _VERSION, "title": about.title or "kabar", "feed_url": about.link}).known()
    head = json_line(facts, ascii_only=about.ascii_only).removesuffix("}")
    return Shape(
        head=f'{head}, "items": [\n',
        one=lambda article: json_line(item(article), ascii_only=about.ascii_only),
        between=",\n",
        tail=lambda _latest: "\n]}\n",
    )


def item(article: Article) -> dict[str, object]:
    """Return one item of the feed."""
    content = article.content
    known = Fields(
        {
            "id": urn(article),
            "url": content.url,
            "title": content.title,
            "summary": content.lead,
            "image": content.image_url,
            "date_published": published(article).isoformat(),
            "date_modified": updated(article).isoformat(),
            "authors": [{"name": name} for name in names(article)],
            "tags": list(content.tags),
            "language": content.language,
            "_kabar": {
                "id": article.id,
                "outlet": outlet(article),
                "site": content.site,
                "story_id": article.story_id,
                "duplicate_of": article.duplicate_of,
                "revision": article.revision,
            },
        }
    ).known()
    # An item needs a content even where there is none.
    return {**known, "content_text": content.text}
