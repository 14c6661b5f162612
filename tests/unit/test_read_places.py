"""What stands around an article: its section, its publisher, its picture with caption and credit."""

import json

import pytest

from spiders.items import Document
from spiders.readers.byline import credit_in
from spiders.readers.page import read_page

URL = "https://www.warta.example/ekonomi/pangan/harga-beras-naik"
TITLE = "Harga beras naik lagi"
TEXT = "<p>" + "Menteri mengatakan bahwa harga beras naik sejak pekan lalu. " * 6 + "</p>"


def read(head: str = "", body: str = "", *, before: str = "", url: str = URL) -> Document:
    page = f"<head>{head}</head><body>{before}<article><h1>{TITLE}</h1>{body}{TEXT}</article></body>"
    return read_page(page.encode(), url=url, requested_url=url, fetched_at=1.79e9)


def stated(**said: object) -> str:
    node = {"@type": "NewsArticle", "headline": TITLE, **said}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


class TestSection:
    @pytest.mark.parametrize(
        ("menu", "section"),
        [
            ("<nav><a href=/ekonomi/>Ekonomi (current)</a></nav>", "Ekonomi"),
            ("<nav><a href=https://www.warta.example/ekonomi>Ekonomi</a></nav>", "Ekonomi"),
            ("<nav><a href=https://lain.example/ekonomi>Ekonomi</a></nav>", None),
            ("<nav><a href=/ekonomi/makro>Makro</a></nav>", None),
            (f"<nav><a href=/ekonomi>{'Ekonomi dan keuangan ' * 4}</a></nav>", None),
            ("<div class=breadcrumb><a href=/>Warta</a> <a href=/e>Pangan</a></div>", "Pangan"),
            ("<div class=Breadcrumbs><a href=/b>Beranda</a> <a href=/e>Pangan</a></div>", "Pangan"),
            (f"<div class=breadcrumb><a href=/b>Beranda</a> <a href=/e>{TITLE}</a></div>", None),
            ("<div class=breadcrumb><a href=/x>Edisi 42/2025</a><a href=/e>Pangan</a></div>", "Pangan"),
        ],
    )
    def test_is_looked_for_on_the_page_where_the_head_is_silent(self, menu: str, section: str | None) -> None:
        assert read(before=menu).section == section

    def test_of_the_head_comes_first(self) -> None:
        menu = "<nav><a href=/ekonomi/>Ekonomi</a></nav>"
        assert read(stated(articleSection="Pangan"), before=menu).section == "Pangan"

    @pytest.mark.parametrize(
        ("said", "section"),
        [
            ("Opini,Tajuk", "Opini"),
            ("Beras, Slideshow, Harga beras", "Beras"),
            ("Seni, Budaya", "Seni, Budaya"),
        ],
    )
    def test_is_one_of_a_list(self, said: str, section: str) -> None:
        assert read(stated(articleSection=said)).section == section

    def test_folders_that_say_nothing_are_passed_over(self) -> None:
        menu = "<a href=/news/>Berita</a> <a href=/news/sport>Olahraga</a>"
        assert read(before=menu, url="https://warta.example/news/sport/2025/final").section == "Olahraga"


class TestPublisher:
    @pytest.mark.parametrize(
        ("head", "publisher"),
        [
            (
                stated(publisher={"name": "Associated Press"}) + "<meta property=og:site_name content=Warta>",
                "Warta",
            ),
            (stated(publisher={"name": "Associated Press"}), "Associated Press"),
            ('<meta property="og:site_name" content="Warta | Berita | Ekonomi">', "Warta"),
            ('<meta property="og:site_name" content="Suara - Timur">', "Suara - Timur"),
            ("<meta name=publisher content=@warta>", "warta"),
            (f"<title>{TITLE} | Warta</title>", "Warta"),
            (f"<title>{TITLE} | Ekonomi</title>", None),
        ],
    )
    def test_is_the_outlet(self, head: str, publisher: str | None) -> None:
        assert read(head).publisher == publisher

    def test_may_be_an_agency_on_its_own_site(self) -> None:
        head = stated(publisher={"name": "Reuters"}) + "<meta property=og:site_name content=U.S.>"
        assert read(head, url="https://www.reuters.com/a/b").publisher == "Reuters"


class TestPicture:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("banjir-bogor.jpg", True),
            ("logo-partai-baru.jpg", True),
            ("sites/default/files/a.jpg", True),
            ("maxresdefault-6.jpg", True),
            ("logo.png", False),
            ("warta-logo.png", False),
            ("img/opengraph_default.jpg", False),
            ("defaultshareimage-copy.png", False),
            ("placeholder.svg", False),
        ],
    )
    def test_of_no_article_is_none(self, name: str, kept: bool) -> None:
        found = read(f'<meta property="og:image" content="/{name}">').image_url
        assert found == (f"https://www.warta.example/{name}" if kept else None)

    def test_that_stands_in_gives_way_to_one(self) -> None:
        head = '<meta property="og:image" content="/logo.png">' + stated(image="/beras.jpg")
        assert read(head).image_url == "https://www.warta.example/beras.jpg"

    def test_far_below_is_not_the_lead(self) -> None:
        figure = "<figure><img src=/b.jpg><figcaption>Petani di sawah</figcaption></figure>"
        assert read("", TEXT + figure).image_caption == "Petani di sawah"
        assert read("", TEXT * 5 + figure).image_caption is None
        assert read("", figure, before=TEXT * 5).image_caption == "Petani di sawah"

    def test_of_the_author_is_no_lead(self) -> None:
        figure = "<figure><img src=/s.jpg><figcaption>Oleh Siti Aminah 12.10</figcaption></figure>"
        assert read("", figure).image_caption is None

    @pytest.mark.parametrize(
        "aside",
        [
            "<span class='h-offscreen'>Legende:</span> ",
            "<span class='visually-hidden'>Image caption</span>",
            "<button>Visa <b>mer</b></button>",
            "<a role=button>Bild vergrößern</a>",
            "<span hidden>Visa mer</span>",
        ],
    )
    @pytest.mark.parametrize("where", ["{aside}{said}", "{said}{aside}"])
    def test_buttons_and_what_is_read_aloud_are_no_caption(self, aside: str, where: str) -> None:
        said = "<span>Petani di <i>sawah</i>.</span> <span>(Foto: Ann Lee/Reuters)</span>"
        figure = where.format(aside=aside, said=said)
        found = read("", f"<figure><img src=/s.jpg><figcaption>{figure}</figcaption></figure>")
        assert (found.image_caption, found.image_credit) == ("Petani di sawah .", "Ann Lee/Reuters")


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("Petani menjemur padi. (Quelle: IMAGO/Bogor)", "(Quelle: IMAGO/Bogor)"),
        ("The gutted remains. Photograph: Eva Manez/Reuters", "Photograph: Eva Manez/Reuters"),
        ("Traders in New York, U.S. REUTERS/Brendan Mc", "REUTERS/Brendan Mc"),
        ("A ship leaves PortMiami. (AP)", "(AP)"),
        ("Mitch McConnell / AP", "/ AP"),
        ("A photo of a source of light in the Apple/Google office", ""),
        ("The app (reuters-like) is new", ""),
    ],
)
def test_credit_at_the_end_of_a_caption(caption: str, credit: str) -> None:
    assert credit_in(caption) == credit
