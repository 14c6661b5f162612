"""cnnindonesia.com."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="cnnindonesia",
        hosts=("cnnindonesia.com",),
        text=("div.detail-text", "div#detikdetailtext"),
        drop=(
            "table.linksisip",
            "div.sisip_artikel",
            "div.paradetail",
            "div.detail-ads",
            "div.para_caption",
            "div.inbetween_ads",
            "div.topiksisip",
            "div.skip-ads",
            "table.topiksisip",
        ),
        drop_lines=(
            r"\[gambas:.*\]",
            "advertisement",
            "scroll to continue with content",
            r"baca juga\b.*",
            "lanjut ke halaman.*",
            "bersambung.*",
        ),
        fields={
            "authors": Field(
                at=("span.text-cnn_red[dtr-act='penulis']", "div.detail__author"), tidy=name, split=names
            ),
            "published": Field(at=("div.text-cnn_grey.text-sm.mb-4", "div.date")),
            "title": Field(at=("h1.leading-9", "h1.title")),
        },
    ),
)
