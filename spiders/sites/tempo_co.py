"""tempo.co; the layout of its own until 2024, and the one after it, whose names are generated."""

from datetime import date

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

_LINES = (
    r"baca juga\s*:?.*",
    r"pilihan editor\s*:?.*",
    "scroll ke bawah untuk melanjutkan.*",
    "advertisement",
    "iklan",
    "ikuti berita terkini.*",
)

RULES = (
    SiteRule(
        name="tempo",
        hosts=("tempo.co",),
        text=("div.detail-konten", "div.detail-in", "div#isi"),
        drop=("div.bacajuga", "div.paging", "div.rekomendasi", "div.ads", "div.parallax", "div.tags"),
        drop_lines=_LINES,
        fields={
            "authors": Field(
                at=("div.box-avatar p.title.bold a span", "p.reporter a"), tidy=name, split=names
            ),
            "published": Field(at=("p.date.margin-bottom-sm", "p.date")),
            "title": Field(at=("h1.title.margin-bottom-sm",)),
        },
        valid_until=date(2024, 12, 31),
    ),
    SiteRule(
        name="tempo",
        hosts=("tempo.co",),
        text=("div#content-wrapper",),
        drop=("div[id^='parallax']", "div.ads", "figure", "div.baca-juga"),
        drop_lines=_LINES,
        fields={"authors": Field(at=("a[href*='/penulis/']",), tidy=name, split=names)},
        valid_from=date(2025, 1, 1),
    ),
)
