"""ninjs 3.0, the IPTC's news in JSON, one news object a line."""

from urllib.parse import quote

from crawler.export.lines import json_line
from crawler.export.shape import About, Fields, Shape, home, outlet, published, updated, urn
from crawler.record import timestamp
from storage.model import Article, Content

_OF_URIS = "!#$%&'()*+,/:;=?@[]~"
_STANDARD = {
    "name": "ninjs",
    "version": "3.0",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json#",
}


def shape(about: About) -> Shape:
    """Return the shape of lines of ninjs."""
    return Shape(one=lambda article: json_line(document(article), ascii_only=about.ascii_only) + "\n")


def document(article: Article) -> dict[str, object]:
    """Return an article as a news object; what is unknown is left out."""
    content = article.content
    reserved = "; ".join(f"{where}: {what}" for where, what in content.reservations.items())
    return Fields(
        {
            "uri": urn(article),
            "standard": _STANDARD,
            "type": "text",
            "representationType": "full",
            "version": str(article.revision),
            "firstCreated": published(article).isoformat(),
            "versionCreated": updated(article).isoformat(),
            "contentCreated": timestamp(content.published_at),
            "pubStatus": "usable" if article.withdrawn_at is None else "canceled",
            "usageTerms": reserved,
            "language": content.language,
            "headlines": _texts("main", content.title),
            "descriptions": _texts("summary", content.lead),
            "bodies": [_body(content)],
            "by": content.byline or ", ".join(content.authors),
            "located": content.dateline,
            "people": [{"name": name, "rel": "author"} for name in content.authors],
            "subjects": _subjects(content),
            "infoSources": _sources(article),
            "associations": _pictures(content),
            "altIds": _other_ids(article),
        }
    ).known()


def _texts(role: str, value: str | None) -> list[dict[str, object]]:
    return [{"role": role, "contentType": "text/plain", "value": value}] if value else []


def _body(content: Content) -> dict[str, object]:
    counts = {"charCount": len(content.text), "wordCount": content.word_count}
    return {"role": "main", "contentType": "text/plain", **counts, "value": content.text}


def _subjects(content: Content) -> list[dict[str, object]]:
    sections = [content.section] if content.section else []
    found = [("section", name) for name in sections] + [("keyword", name) for name in content.tags]
    return [{"name": name, "rel": rel} for rel, name in found]


def _sources(article: Article) -> list[dict[str, object]]:
    content = article.content
    cited = [str(citation.get("name", "")) for citation in content.citations]
    named = [("credit", name) for name in content.credits] + [("cited", name) for name in cited if name]
    publisher: dict[str, object] = {"name": outlet(article), "role": "publisher", "uri": _uri(home(article))}
    others: list[dict[str, object]] = [{"name": name, "role": role} for role, name in named]
    return [publisher, *others]


def _pictures(content: Content) -> list[dict[str, object]]:
    if content.image_url is None:
        return []
    picture = {
        "uri": _uri(content.image_url),
        "name": "lead picture",
        "type": "picture",
        "rel": "illustration",
        "descriptions": _texts("caption", content.image_caption),
        "by": content.image_credit,
        "renditions": [{"name": "main", "href": _uri(content.image_url)}],
    }
    return [Fields(picture).known()]


def _uri(address: str) -> str:
    """Return an address as a URI (RFC 3986), in which other letters than those of ASCII are escaped."""
    return quote(address, safe=_OF_URIS)


def _other_ids(article: Article) -> list[dict[str, object]]:
    content = article.content
    known = [("kabar", str(article.id)), ("url", content.url), ("canonical", content.canonical_url)]
    known += [("story", str(article.story_id)), ("hash", content.content_hash)]
    return [{"role": role, "value": value} for role, value in known if value]
