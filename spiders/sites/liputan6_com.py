"""liputan6.com."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="liputan6",
        hosts=("liputan6.com",),
        text=("div.article-content-body__item-content", "div.article-content-body"),
        drop=(
            "div.baca-juga-collections",
            "div.baca-juga",
            "div.advertisement-placeholder",
            "div.article-ad",
            "div.vidio-embed",
            "div.article-content-body__item-media",
            "figure",
            "div.advertisement-text",
            "h2.article-content-body__item-title",
        ),
        drop_lines=(
            r"baca juga\b.*",
            "advertisement",
            "saksikan (?:juga )?video.*",
            r"\* ?(?:ikuti|fakta atau hoaks).*",
        ),
        fields={
            "authors": Field(
                at=("span.read-page--header--author__name", "a.read-page--header--author__link"),
                tidy=name,
                split=names,
            ),
            "published": Field(at=("time.read-page--header--author__datetime",), attribute="datetime"),
            "title": Field(at=("h1.read-page--header--title",)),
            "tags": Field(at=("span.tags--snippet__name",)),
        },
    ),
)
