"""mediaindonesia.com, which names the editor in its structured data and the reporter only on the page."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="mediaindonesia",
        hosts=("mediaindonesia.com",),
        text=("div.article",),
        drop=(
            "div.bacajuga",
            "div.ads",
            "div.adv",
            "p.baca-juga",
            "div.tags",
            "div.info-author",
            "figure",
            "div.caption",
            "span.caption",
        ),
        drop_lines=(
            r"baca juga\b.*",
            "advertisement",
            "cek berita dan artikel.*",
            r"editor\s*:.*",
        ),
        fields={
            "authors": Field(
                at=("div.author-2", "div.info > div.author", "span.author"), tidy=name, split=names
            ),
            "published": Field(at=("span.datetime", "div.date")),
        },
    ),
)
