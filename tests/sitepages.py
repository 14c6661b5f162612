"""Pages as sites with a rule print them, with invented texts: the markup of each site around one article."""

from dataclasses import dataclass

ONE = "Warga Desa Sukamaju memanen padi lebih awal karena hujan diperkirakan turun deras pekan depan."
TWO = "Kepala desa mengatakan hasil panen tahun ini lebih baik daripada tahun lalu, terutama di lahan timur."
THREE = "Pemerintah kabupaten berjanji memperbaiki saluran air sebelum musim tanam berikutnya dimulai."
TITLE = "Panen Lebih Awal di Sukamaju"
READ_ALSO = "Baca juga: Harga Beras Naik Lagi di Pasar Induk"
BODY = (ONE, TWO, THREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """One page and what has to be read from it."""

    url: str
    html: str
    authors: tuple[str, ...]
    published: str | None = None
    """As printed."""
    day: str = "2025-11-12"
    """The day it was fetched."""


def _page(inner: str, head: str = "") -> str:
    menu = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("Nasional", "Ekonomi", "Olahraga"))
    return (
        f'<!doctype html><html lang="id"><head><title>{TITLE}</title>{head}</head><body><nav>'
        f"<ul>{menu}</ul></nav>"
        f"{inner}<footer>Hak cipta dilindungi</footer></body></html>"
    )


PAGES = (
    SitePage(
        url="https://news.detik.com/berita/d-8000001/panen-lebih-awal",
        html=_page(
            f'<article class="detail"><h1 class="detail__title">{TITLE}</h1>'
            f'<div class="detail__author">Rani Putri - '
            f'<span>detikNews</span></div><div class="detail__date">Rabu, 12 Nov 2025 10:20 WIB</div>'
            f'<div class="detail__body-text itp_bodycontent"><strong>Sukamaju</strong> - <p>{ONE}</p>'
            f'<table class="linksisip"><tr><td>{READ_ALSO}</td></tr></table>'
            f'<p class="para_caption">ADVERTISEMENT</p>'
            f'<div class="staticdetail_container scroll__to__continue">SCROLL TO CONTINUE WITH '
            f"CONTENT</div>"
            f"<p>{TWO}</p><p>Simak Video: Panen Raya</p><p>{THREE}</p><p><strong>(rpu/sgn)</strong></p>"
            f'<div class="detail__body-tag"><a>panen</a><a>sukamaju</a></div></div></article>'
        ),
        authors=("Rani Putri",),
        published="Rabu, 12 Nov 2025 10:20 WIB",
    ),
    SitePage(
        url="https://regional.kompas.com/read/2025/11/12/102000078/panen-lebih-awal",
        html=_page(
            f'<h1 class="read__title">{TITLE}</h1>'
            f'<div class="read__time">Kompas.com - 12/11/2025, 10:20 WIB</div>'
            f'<div class="credit-title-name"><h6>Budi Santoso</h6></div>'
            f'<div class="credit-title-name"><h6>Dewi Lestari</h6>'
            f'</div><div class="read__content"><div class="clearfix"><p>'
            f"<strong>SUKAMAJU, KOMPAS.com</strong> - {ONE}</p>"
            f'<p><strong>Baca juga: <a class="inner-link-baca-juga" href="/x">Harga Beras</a>'
            f"</strong></p><p>{TWO}</p>"
            f'<div class="ads-on-body">Iklan</div><p>{THREE}</p></div></div>'
        ),
        authors=("Budi Santoso", "Dewi Lestari"),
        published="12/11/2025, 10:20 WIB",
    ),
    SitePage(
        url="https://nasional.tempo.co/read/1800001/panen-lebih-awal",
        html=_page(
            f'<h1 class="title margin-bottom-sm">{TITLE}</h1>'
            f'<p class="date margin-bottom-sm">Selasa, 12 November 2024 10:20 WIB'
            f'</p><p class="reporter">Reporter <a>Sari Wulandari</a></p><div class="detail-konten">'
            f"<p><strong>TEMPO.CO</strong>, "
            f"<strong>Sukamaju</strong> - {ONE}</p><p>{TWO}</p><p>Pilihan Editor: Harga Beras</p>"
            f"<p>{THREE}</p></div>"
        ),
        authors=("Sari Wulandari",),
        published="Selasa, 12 November 2024 10:20 WIB",
        day="2024-11-12",
    ),
    SitePage(
        url="https://www.tempo.co/politik/panen-lebih-awal-2090001",
        html=_page(
            f'<h1>{TITLE}</h1><a href="/penulis/sari-wulandari">Sari Wulandari</a>'
            f'<div id="content-wrapper"><p>{ONE}</p>'
            f'<p>Scroll ke bawah untuk melanjutkan membaca</p><div id="parallax-1">Iklan</div>'
            f"<p>{TWO}</p><p>{THREE}</p></div>"
        ),
        authors=("Sari Wulandari",),
    ),
    SitePage(
        url="https://www.antaranews.com/berita/5000001/panen-lebih-awal",
        html=_page(
            f'<div class="wrap__article-detail-title"><h1>{TITLE}</h1></div>'
            f'<div class="wrap__article-detail-info">'
            f'<span class="text-secondary">Rabu, 12 November 2025 10:20 WIB</span></div>'
            f'<div class="post-content">'
            f"Sukamaju (ANTARA) - {ONE}<br><br>{TWO}<br><br>"
            f'<span class="baca-juga">{READ_ALSO}</span>{THREE}'
            f'<p class="text-muted small">Pewarta: Joko Susilo<br>Editor: Maya Dewi<br>Copyright © '
            f"ANTARA 2025</p></div>"
        ),
        authors=("Joko Susilo",),
        published="Rabu, 12 November 2025 10:20 WIB",
    ),
    SitePage(
        url="https://www.cnnindonesia.com/nasional/20251112102000-20-1200001/panen-lebih-awal",
        html=_page(
            f'<h1 class="title">{TITLE}</h1><div class="date">Rabu, 12 Nov 2025 10:20 WIB</div>'
            f'<div class="detail-text">'
            f"<p><strong>Sukamaju, CNN Indonesia</strong> -- {ONE}</p>"
            f'<div class="paradetail">ADVERTISEMENT</div><p>{TWO}</p>'
            f"<p>[Gambas:Video CNN]</p><p>{THREE}</p><p><strong>(abc/def)</strong></p></div>"
        ),
        authors=(),
        published="Rabu, 12 Nov 2025 10:20 WIB",
    ),
    SitePage(
        url="https://www.cnbcindonesia.com/news/20251112102000-4-600001/panen-lebih-awal",
        html=_page(
            f'<h1>{TITLE}</h1><div class="author">Putri Ayu, CNBC Indonesia</div>'
            f'<div class="date">12 November 2025 10:20</div>'
            f'<div class="detail_text"><p><strong>Jakarta, CNBC Indonesia</strong> - {ONE}</p>'
            f"<p>{TWO}</p>"
            f'<table class="linksisip"><tr><td>{READ_ALSO}</td></tr></table><p>{THREE}</p>'
            f"<p>(pay/pay)</p>"
            f"<p>[Gambas:Video CNBC]</p></div>"
        ),
        authors=("Putri Ayu", "CNBC Indonesia"),
        published="12 November 2025 10:20",
    ),
    SitePage(
        url="https://jabar.tribunnews.com/2025/11/12/panen-lebih-awal",
        html=_page(
            f'<h1 id="arttitle">{TITLE}</h1>'
            f'<time class="grey">Rabu, 12 November 2025 10:20 WIB</time><div id="penulis">'
            f'Penulis: Agus Salim | Editor: Rina</div><div class="side-article txt-article"><p>'
            f"<strong>TRIBUNJABAR.ID</strong> - {ONE}"
            f'</p><p class="baca">{READ_ALSO}</p><p>{TWO}</p><p>(Tribunnews.com/Agus Salim)</p>'
            f"<p>{THREE}</p></div>"
        ),
        authors=("Agus Salim",),
        published="Rabu, 12 November 2025 10:20 WIB",
    ),
    SitePage(
        url="https://www.liputan6.com/news/read/6000001/panen-lebih-awal",
        html=_page(
            f'<h1 class="read-page--header--title">{TITLE}</h1>'
            f'<span class="read-page--header--author__name">Lia Rahma</span>'
            f'<time class="read-page--header--author__datetime" '
            f'datetime="2025-11-12T10:20:00+07:00">12 Nov 2025</time>'
            f'<div class="article-content-body"><div class="article-content-body__item-content"><p>'
            f"<b>Liputan6.com, Sukamaju</b> {ONE}"
            f'</p><div class="baca-juga-collections">{READ_ALSO}</div><p>{TWO}</p>'
            f'<div class="advertisement-text">Advertisement</div>'
            f"<p>{THREE}</p></div></div>"
        ),
        authors=("Lia Rahma",),
        published="2025-11-12T10:20:00+07:00",
    ),
    SitePage(
        url="https://news.republika.co.id/berita/t5aaaa/panen-lebih-awal",
        html=_page(
            f'<div class="max-card__title"><h1>{TITLE}</h1></div>'
            f'<div class="by">Rep: Fajar Hidayat/ Red: Nur Aini</div>'
            f'<div class="date date-item__headline">Rabu 12 Nov 2025 10:20 WIB</div>'
            f'<div class="article-content"><article>'
            f'<p>REPUBLIKA.CO.ID, SUKAMAJU -- {ONE}</p><div class="picked-article">{READ_ALSO}</div>'
            f"<p>{TWO}</p>"
            f"<p>Scroll untuk membaca</p><p>{THREE}</p></article></div>"
        ),
        authors=("Fajar Hidayat",),
        published="Rabu 12 Nov 2025 10:20 WIB",
    ),
    SitePage(
        url="https://kumparan.com/kumparannews/panen-lebih-awal-21aBcDeFgHi",
        html=_page(
            f'<h1 data-qa-id="story-title">{TITLE}</h1>'
            f'<span data-qa-id="editor-name">Nadia Safitri</span>'
            f'<div data-qa-id="story-content"><span>{ONE}</span>'
            f'<div data-qa-id="ads">ADVERTISEMENT</div><p>{TWO}</p><p>{THREE}</p></div>'
        ),
        authors=("Nadia Safitri",),
    ),
    SitePage(
        url="https://mediaindonesia.com/nusantara/800001/panen-lebih-awal",
        html=_page(
            f'<h1>{TITLE}</h1><div class="info"><div class="author-2">Hendra Wijaya</div>'
            f'<span class="datetime">12/11/2025 10:20</span></div>'
            f'<div class="article" itemprop="articleBody"><p>{ONE}</p>'
            f'<div class="bacajuga">{READ_ALSO}</div><p>{TWO}</p>'
            f"<p>{THREE} (E-2)</p></div>"
        ),
        authors=("Hendra Wijaya",),
        published="12/11/2025 10:20",
    ),
    SitePage(
        url="https://etindonesia.com/2025/11/12/panen-lebih-awal/",
        html=_page(
            f'<h1 class="entry-title">{TITLE}</h1><div class="td-post-author-name"><a>Redaksi ET</a>'
            f'</div><div class="td-post-content">'
            f'<p><strong>EtIndonesia.</strong> {ONE}</p><div class="td-a-rec">Iklan</div><p>{TWO}</p>'
            f"<p>{THREE}(jhn/yn)</p>"
            f'<div class="sharedaddy">Bagikan</div></div>'
        ),
        authors=("Redaksi ET",),
    ),
)
