"""republika.co.id."""

import re

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

_BEFORE_EDITOR = re.compile(r"^(?:rep|oleh)\s*:\s*(.*?)\s*(?:/\s*)?red\s*:.*$", re.IGNORECASE | re.DOTALL)


def _reporter(text: str) -> str:
    found = _BEFORE_EDITOR.match(text)
    return name(found[1] if found else text)


RULES = (
    SiteRule(
        name="republika",
        hosts=("republika.co.id",),
        text=("div.article-content", "div.main-content__left div.article-content"),
        drop=(
            "div.baca-juga",
            "div.picked-article",
            "div.ads-middle",
            "div.video-container",
            "blockquote.baca",
            "div.pagination",
        ),
        drop_lines=(
            r"baca juga\b.*",
            "advertisement",
            "scroll untuk membaca",
            r"loading\.\.\.",
            r"sumber\s*:.*",
        ),
        fields={
            "authors": Field(
                at=("div.by", "div.author", "div.max-card__title .by"), tidy=_reporter, split=names
            ),
            "published": Field(at=("div.date.date-item__headline", "div.date")),
            "title": Field(at=("div.max-card__title h1", "h1")),
        },
    ),
)
