"""tribunnews.com and its regional sites."""

from spiders.sites.indonesian import name, names
from spiders.sites.rule import Field, SiteRule

RULES = (
    SiteRule(
        name="tribunnews",
        hosts=("tribunnews.com",),
        text=("div.txt-article", "div.side-article.txt-article"),
        drop=(
            "p.baca",
            "div.ads-placeholder",
            "div#video-inside",
            "div.imgcontent",
            "div.paging",
            "div.bacajuga",
            "p.lihat",
            "div.tagcloud3",
            "blockquote.baca",
        ),
        drop_lines=(
            r"baca juga\b.*",
            r"baca\s*:.*",
            r"\(?tribunnews(?:\.com)?/[\w ]+\)?",
            "lihat (?:juga )?video.*",
            "artikel ini telah tayang di.*",
            "(?:cek|simak) berita.*google news.*",
            r"halaman \d.*",
            r"laporan (?:wartawan|reporter) [\w. ]+,.*",
        ),
        fields={
            "authors": Field(at=("div#penulis", "div.penulis"), tidy=name, split=names),
            "published": Field(at=("time.grey", "span.foot-date")),
            "title": Field(at=("h1#arttitle",)),
            "tags": Field(at=("h5.tagcloud3 a", "div.tagcloud3 a")),
        },
    ),
)
