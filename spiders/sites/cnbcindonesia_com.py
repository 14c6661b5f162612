"""cnbcindonesia.com."""

from spiders.sites.indonesian import day, name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="cnbcindonesia",
        hosts=("cnbcindonesia.com",),
        text=("div.detail-text", "div.detail_text"),
        drop=("table.linksisip", "div.linksisip", "div.paradetail", "div.detail_ads", "div.media_artikel"),
        drop_lines=(
            r"\[gambas:.*\]",
            "advertisement",
            "(?:saksikan|simak) video.*",
            "next article.*",
            "add as a preferred.*",
        ),
        fields={
            "authors": Field(at=("div.author", "span.author"), tidy=name, split=names),
            "published": Field(at=("div.date", "div.text-cm.text-gray"), tidy=day),
        },
    ),
)
