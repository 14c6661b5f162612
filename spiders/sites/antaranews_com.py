"""antaranews.com, the national agency, and its regional offices."""

import re

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

_PEWARTA = re.compile(
    r"Pewarta\s*:\s*(.*?)\s*(?:\b(?:Editor|Uploader|Redaktur)\s*:|Copyright|COPYRIGHT|$)", re.DOTALL
)


def _reporter(text: str) -> str:
    found = _PEWARTA.search(text)
    return name(found[1] if found else text)


RULES = (
    SiteRule(
        name="antara",
        hosts=("antaranews.com",),
        text=("div.post-content", "div.wrap__article-detail-content"),
        drop=(
            "p.text-muted",
            "span.baca-juga",
            "div.quote_old",
            "div.blockquote-audio",
            "div.ads",
            "div.text-copyright",
            "div.adsbygoogle",
            "div.wrap__article-detail-info",
            "blockquote.quote-related",
            "div.tags",
        ),
        drop_lines=(
            r"baca juga\s*:.*",
            r"pewarta\s*:.*",
            r"editor\s*:.*",
            "copyright ©.*",
            "dilarang keras.*",
        ),
        fields={
            "authors": Field(at=("p.text-muted.small", "p.text-muted"), tidy=_reporter, split=names),
            "published": Field(at=("div.wrap__article-detail-info span.text-secondary", "span.article-date")),
            "title": Field(at=("div.wrap__article-detail-title h1", "h1.post-title")),
            "image_caption": Field(at=("div.wrap__article-detail-image figcaption",)),
            "tags": Field(at=("div.blog-tags li a", "ul.tags-widget a")),
        },
    ),
)
