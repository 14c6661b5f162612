"""mediaindonesia.com, which names the editor in its structured data and the reporter only on the page."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="mediaindonesia",
        hosts=("mediaindonesia.com",),
        text=("div.article[itemprop='articleBody']", "div.article"),
        drop=("div.bacajuga", "div.ads", "div.adv", "p.baca-juga", "div.tags"),
        drop_lines=(
            r"baca juga\b.*",
            "advertisement",
            "cek berita dan artikel.*",
        ),
        fields={
            "authors": Field(at=("span.author", "div.author a", "p.author"), tidy=name, split=names),
            "published": Field(at=("span.datetime", "div.date")),
        },
    ),
)
