"""kompas.com and its regional and topical sites."""

from spiders.sites.indonesian import day, name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="kompas",
        hosts=("kompas.com",),
        text=("div.read__content div.clearfix", "div.read__content"),
        drop=(
            "div.inner-link-baca-juga",
            "div.ads-on-body",
            "div.ads-partner-wrap",
            "div.kcm__header",
            "div.video",
            "div.read__tagging",
            "div.read__paging",
            "div.js-tag-article",
            "div.photo__caption",
            "div.fb-quote",
            "strong > a.inner-link-baca-juga",
            "div.liftdown",
            "p.read__bacajuga",
            "div.ai-summary",
        ),
        drop_lines=(
            r"baca juga\b.*",
            "lihat foto.*",
            "dapatkan update berita.*",
            "simak breaking news.*",
            r"copyright \d{4}.*",
        ),
        fields={
            "authors": Field(
                at=("div.credit-title-name h6", "div.opinion__author", "div.read__author"),
                tidy=name,
                split=names,
            ),
            "published": Field(at=("div.read__time",), tidy=day),
            "title": Field(at=("h1.read__title",)),
            "image_caption": Field(at=("div.photo__caption",)),
            "tags": Field(at=("ul.tag__article__wrap a", "div.tag__article a")),
        },
    ),
)
