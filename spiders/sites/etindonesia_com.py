"""etindonesia.com, the Indonesian Epoch Times; datelines and initials stand in its texts and stay there."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="etindonesia",
        hosts=("etindonesia.com",),
        text=("div.td-post-content div.tdb-block-inner", "div.td-post-content", "div.entry-content"),
        drop=(
            "div.td-a-rec",
            "div.sharedaddy",
            "div.jp-relatedposts",
            "figure",
            "div.wp-block-embed",
            "div.addtoany_share_save_container",
            "div.code-block",
            "div.td-post-sharing",
            "p.wp-caption-text",
        ),
        drop_lines=(
            r"baca juga\b.*",
            r"erabaru\.net.*channel.*",
            "ikuti kami.*",
            r"video rekomendasi\s*:?",
        ),
        fields={
            "authors": Field(at=("div.td-post-author-name a", "a.tdb-author-name"), tidy=name, split=names),
            "title": Field(at=("h1.entry-title", "h1.tdb-title-text")),
        },
    ),
)
