"""detik.com and its channels (news.detik.com, finance.detik.com ...)."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="detik",
        hosts=("detik.com",),
        text=("div.detail__body-text", "div.itp_bodycontent"),
        drop=(
            "table.linksisip",
            "div.sisip_artikel",
            "div.sisip_video_ds",
            "div.lihatjg",
            "div.parallaxindetail",
            "div.detail__long-nav",
            "div.detail__multiple",
            "div.detail__anchor",
            "div.noncontent",
            "div.aevp",
            "div.pic_artikel_sisip",
            "table.pic_artikel_sisip_table",
            "div.clearfix.mgb-16",
            "div.ads-scrollpage-container",
            "div.staticdetail_container",
            "div.detail__body-tag",
            "p.para_caption",
            "div.scroll__to__continue",
        ),
        drop_lines=(
            "advertisement",
            "scroll to (?:resume|continue)(?: with)? content",
            r"simak (?:juga )?video\b.*",
            r"lihat (?:juga )?video\b.*",
            r"baca juga\b.*",
            r"\[gambas:.*\]",
            "halaman selanjutnya.*",
            r"saksikan (?:juga )?video\b.*",
        ),
        fields={
            "authors": Field(at=("div.detail__author",), tidy=name, split=names),
            "published": Field(at=("div.detail__date",)),
            "title": Field(at=("h1.detail__title",)),
            "image_caption": Field(at=("figcaption.detail__media-caption",)),
            "tags": Field(at=("div.detail__body-tag a",)),
        },
    ),
)
