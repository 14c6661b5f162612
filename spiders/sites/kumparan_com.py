"""kumparan.com, whose classes are generated: only its test names hold still."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="kumparan",
        hosts=("kumparan.com",),
        text=("div[data-qa-id='story-content']", "div[data-qa-id='story-paragraph-wrapper']"),
        drop=(
            "div[data-qa-id='ads']",
            "div[data-qa-id='recommendation']",
            "figcaption",
            "div[data-qa-id='story-caption']",
        ),
        drop_lines=(
            r"baca juga\b.*",
            "adsense",
            "advertisement",
        ),
        fields={
            "authors": Field(
                at=("span[data-qa-id='editor-name']", "a[data-qa-id='author-name']"), tidy=name, split=names
            ),
            "title": Field(at=("h1[data-qa-id='story-title']",)),
        },
    ),
)
