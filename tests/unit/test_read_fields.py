"""Fields of a page: candidates, what is believed and why, data layers, pictures, credits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.items import Candidate, Document
from spiders.readers.belief import agreed, best, ranked, sameness
from spiders.readers.page import read_page

URL = "https://warta.example/ekonomi/harga-beras-naik"
FETCHED = 1_761_100_000.0
TITLE = "Harga beras naik di tiga provinsi"
TEXT = "<p>" + "Menteri mengatakan bahwa harga beras naik sejak pekan lalu. " * 6 + "</p>"


def read(head: str = "", body: str = "", *, h1: str = TITLE, url: str = URL) -> Document:
    page = (
        f"<html lang=id><head>{head}</head><body><article><h1>{h1}</h1>{body}{TEXT}</article></body></html>"
    )
    return read_page(page.encode(), url=url, requested_url=url, fetched_at=FETCHED)


def ld(**node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **node})}</script>'


def meta(**names: str) -> str:
    return "".join(
        f'<meta property="{name.replace("_", ":", 1)}" content="{text}">' for name, text in names.items()
    )


class TestBelief:
    def test_agreement_raises_it(self) -> None:
        first, second = ranked(
            [Candidate(("a",), "og", 0.4), Candidate(("b",), "h1", 0.5), Candidate(("A",), "meta", 0.4)]
        )
        assert (first.values, first.where, first.belief) == (("a",), "og", 0.64)
        assert second.values == ("b",)

    def test_one_place_is_not_two(self) -> None:
        assert agreed(Candidate(("a",), "og", 0.4), Candidate(("a",), "og", 0.3)).belief == 0.4

    def test_printing_does_not_matter(self) -> None:
        assert sameness("Krieg : „Nein“ –  sagt er") == sameness('krieg: "nein" - sagt er')

    @given(
        st.lists(st.builds(Candidate, st.tuples(st.text(max_size=5)), st.sampled_from("ab"), st.floats(0, 1)))
    )
    def test_ranked_is_sorted_and_has_each_value_once(self, offers: list[Candidate]) -> None:
        found = ranked(offers)
        assert [offer.belief for offer in found] == sorted((o.belief for o in found), reverse=True)
        keys = [sameness(offer.values[0]) for offer in found]
        assert len(keys) == len(set(keys))
        assert all(0 <= offer.belief <= 1 for offer in found)
        assert best(found) == (found[0] if found and found[0].belief > 0 else Candidate((), "", 0.0))


class TestTitle:
    @pytest.mark.parametrize(
        ("head", "h1", "found"),
        [
            (meta(og_title=f"{TITLE} | Warta"), TITLE, TITLE),
            (meta(og_title=f"{TITLE} – Warta", og_site_name="Warta"), "", TITLE),
            (ld(headline=f"Ekonomi: {TITLE}") + meta(og_title=TITLE), f"Ekonomi: {TITLE}", TITLE),
            (ld(headline=f"{TITLE} sejak pekan lalu") + meta(og_title=TITLE), TITLE, TITLE),
            (meta(og_title="Harga beras naik lagi"), "Warta", "Harga beras naik lagi"),
            ("<title>Harga beras naik - Warta</title>", "", "Harga beras naik"),
        ],
    )
    def test_site_and_kicker_go(self, head: str, h1: str, found: str) -> None:
        assert read(head, h1=h1).title == found

    @pytest.mark.parametrize(
        ("head", "found"),
        [
            (meta(og_title="Petani senang, pembeli susah"), "Petani senang, pembeli susah"),
            (
                meta(og_title="Petani senang, pembeli susah", twitter_title="Petani senang, pembeli susah"),
                TITLE,
            ),
            (
                meta(og_title="Petani senang, pembeli susah", twitter_title=TITLE),
                "Petani senang, pembeli susah",
            ),
            (meta(og_title="Harga beras naik, di tiga provinsi!"), TITLE),
        ],
    )
    def test_a_headline_written_apart_before_one_printed_thrice(self, head: str, found: str) -> None:
        assert read(f"<title>{TITLE}</title>" + ld(headline=TITLE) + head).title == found

    def test_a_logo_in_an_h1_is_no_title(self) -> None:
        assert read(f"<title>{TITLE} - Kabar</title>", h1="엔터 미디어").title != "엔터 미디어"

    def test_the_name_of_the_site_is_no_title_but_is_shown(self) -> None:
        offers = read(meta(og_title="Harga beras naik lagi"), h1="Warta").candidates["title"]
        assert [(offer.values[0], offer.belief > 0, offer.note) for offer in offers] == [
            ("Harga beras naik lagi", True, ""),
            ("Warta", False, "the name of the site"),
        ]


class TestPeople:
    def test_names_in_parts(self) -> None:
        person = {"@type": "Person", "givenName": "Siti", "familyName": "Aminah"}
        assert read(ld(author=[person])).authors == ("Siti Aminah",)

    def test_the_reporter_of_the_byline_before_the_editor_of_the_structured_data(self) -> None:
        body = '<div class="author">Naufal Hakim</div><div class="info-author">Editor : Budi Santoso</div>'
        document = read(ld(author={"@type": "Person", "name": "Budi Santoso"}), body)
        assert document.authors == ("Naufal Hakim",)
        assert document.candidates["authors"][1].note == "the page names them as editors"

    def test_agencies_and_organisations_are_credits(self) -> None:
        named = [
            {"@type": "Person", "name": "Budi Santoso"},
            {"@type": "Organization", "name": "Reuters"},
        ]
        document = read(ld(author=named))
        assert (document.authors, document.credits) == (("Budi Santoso",), ("Reuters",))

    def test_a_blog_may_bear_its_author_s_name(self) -> None:
        document = read(meta(og_site_name="Rini Utami"), '<a rel="author noopener" href="/">Rini Utami</a>')
        assert document.authors == ("Rini Utami",)

    @pytest.mark.parametrize(
        "body",
        [
            "<ul><li><strong>Autorin/Autor</strong> Siti Aminah</li></ul>",
            "<p>Penulis: Siti Aminah</p>",
            "<dl><dt>Reporter</dt><dd>Siti Aminah</dd></dl>",
            "<ul><li>Oleh: <span><a href=/siti>Siti Aminah</a></span></li></ul>",
        ],
    )
    def test_a_label_names_the_author_where_nothing_is_marked(self, body: str) -> None:
        assert read("", body).authors == ("Siti Aminah",)

    @pytest.mark.parametrize(
        ("body", "names"),
        [
            ("<div class=byline><a>Siti Aminah</a> <i>Pendiri Warta</i></div>", ("Siti Aminah",)),
            ("<div class=author><b>Author</b><a>Siti Aminah</a></div>", ("Siti Aminah",)),
            (
                "<p><a rel=author>Siti Aminah</a>, <a rel=author>Rini Utami</a></p>",
                ("Siti Aminah", "Rini Utami"),
            ),
            ("<div class=byline>Siti Aminah melaporkan dari Bogor</div>", ("Siti Aminah",)),
            ("<div class=byline><b>Siti Aminah</b>, <i>Senior Reporter</i></div>", ("Siti Aminah",)),
            ("<div class=comment-author>Rini Utami</div>", ()),
            ("<h4 class=author>The Russian and Syrian ministries</h4>", ()),
            ("<p>By Siti Aminah and Rini Utami | 3 May 2025</p>", ("Siti Aminah", "Rini Utami")),
            ("<p><span>Siti Aminah |</span><span class=tarih>05.04.2025</span></p>", ("Siti Aminah",)),
            ("<p><span>Waktu baca</span><span class=date>5 menit</span></p>", ()),
            ("<p>By WRT, in <a>Berita</a> and <a>Ekonomi</a></p>", ("WRT",)),
            (f"<p>By Siti Aminah, {'who reads many books ' * 6}</p>", ()),
        ],
    )
    def test_what_stands_around_a_name_is_no_part_of_it(self, body: str, names: tuple[str, ...]) -> None:
        assert read("", body).authors == names

    def test_names_beside_the_date_stand_behind_a_stated_organisation(self) -> None:
        body = "<p><span>Ruang Tamu |</span><span class=date>05.04.2025</span></p>"
        document = read(ld(author={"@type": "Organization", "name": "Warta"}), body)
        assert document.authors == ("Warta",)

    def test_the_outlet_with_its_address_is_no_person(self) -> None:
        head = '<meta name=author content="Warta Dunia (www.warta.example)">'
        head += '<meta name=publisher content="Warta Dunia (www.warta.example)">'
        assert read(head, "<p>Penulis: Siti Aminah</p>").authors == ("Siti Aminah",)

    def test_the_outlet_called_as_its_domain_is_no_person(self) -> None:
        head = meta(og_site_name="wartadunia.example") + "<meta name=author content=WartaDunia>"
        assert read(head, "<p>Penulis: Siti Aminah</p>").authors == ("Siti Aminah",)

    @pytest.mark.parametrize(
        ("line", "author"),
        [
            ('<p style="text-align:right;"><strong>Siti Aminah</strong></p>', "Siti Aminah"),
            ("<p align=right>Siti Aminah</p>", "Siti Aminah"),
            ("<p><strong>Siti Aminah</strong></p>", "Warta"),
            ('<p style="text-align:right">Selengkapnya</p>', "Warta"),
            ('<p style="text-align: right">Panen 2026 mundur dua pekan</p>', "Warta"),
        ],
    )
    def test_a_text_is_signed_on_a_line_to_the_right(self, line: str, author: str) -> None:
        page = f"<html><head>{ld(author={'@type': 'Organization', 'name': 'Warta'})}</head><body><article>"
        page += f"<h1>{TITLE}</h1>{TEXT}{line}<div>Baca berita lain</div></article></body></html>"
        document = read_page(page.encode(), url=URL, requested_url=URL, fetched_at=FETCHED)
        assert document.authors == (author,)

    def test_an_agency_with_its_trade_is_no_person(self) -> None:
        document = read(ld(author={"@type": "Person", "name": "SID Nachrichtenagentur"}))
        assert document.candidates["authors"][0].note == "no person"


class TestMoments:
    @pytest.mark.parametrize(
        "label",
        [
            "<li><strong>Datum</strong> 28.04.2023</li>",
            "<dl><dt>Tanggal:</dt><dd>28.04.2023</dd></dl>",
        ],
    )
    def test_a_labelled_date_before_those_of_other_articles(self, label: str) -> None:
        other = "<h2>Lain <span class=date>24.04.2023</span></h2>"
        published = read("", other + label).candidates["published"]
        assert (published[0].values, published[0].where) == (("28.04.2023",), "label")

    @pytest.mark.parametrize(
        ("body", "day"),
        [
            ("<div><svg></svg> Dec 12, 2024 </div>", "Dec 12, 2024"),
            ("<p><span>Ani Lestari</span> 12 Desember 2024</p>", "12 Desember 2024"),
            ("<p>Warta berdiri sejak tahun 1990 dan terbit setiap hari di 34 provinsi.</p>", None),
            ("<p>4 menit baca</p>", None),
            ("<p class=date>Kemarin</p>", "Kemarin"),
            ("<p class=date>Sejam lalu</p>", "Sejam lalu"),
            ("<p class=date>Terbaru</p>", None),
            ("<p class=date>Published: January 3, 2024</p><p class=date>May 1, 2020</p>", "January 3, 2024"),
        ],
    )
    def test_a_date_printed_near_the_headline(self, body: str, day: str | None) -> None:
        found = read(body=body).candidates.get("published", ())
        assert next((one.values[0] for one in found if one.where != "htmldate"), None) == day

    def test_before_1990_and_ahead_of_the_fetch_is_not_believed(self) -> None:
        document = read(
            ld(datePublished="2099-01-01", dateCreated="1970-01-01")
            + meta(article_published_time="2025-10-20T08:00:00+07:00")
        )
        assert document.published == "2025-10-20T08:00:00+07:00"
        notes = {offer.note for offer in document.candidates["published"]}
        assert notes == {"", "ahead of the fetch", "before 1990"}

    def test_a_full_time_before_a_bare_day(self) -> None:
        document = read(
            ld(datePublished="2025-10-20") + meta(article_published_time="2025-10-20T08:00:00+07:00")
        )
        assert document.published == "2025-10-20T08:00:00+07:00"

    def test_places_that_agree(self) -> None:
        head = ld(datePublished="2025-10-20T08:00:00+07:00") + meta(
            article_published_time="2025-10-20T01:00:00Z"
        )
        [offer] = read(head).candidates["published"]
        assert offer.belief > 0.9


WHEN = "2025-10-20T08:00:00+07:00"
NEXT = {
    "props": {
        "other": [{"title": "Lain", "author": "Orang Lain", "publishedAt": "2024-01-01"}],
        "article": {"title": TITLE, "authors": [{"name": "Siti Aminah"}], "publishedAt": WHEN},
    }
}
FLIGHT = json.dumps({"title": TITLE, "author": "Siti Aminah", "deployDt": WHEN})
LAYERS = [
    f"<script>dataLayer.push({json.dumps({'author': 'Siti Aminah', 'publishedDate': WHEN})});</script>",
    f"<script>window.dataLayer = [{{author: 'Siti Aminah', published_date: '{WHEN}'}}]</script>",
    f"<script>var dataLayer = [{json.dumps({'contentAuthors': ['Siti Aminah'], 'pubDate': WHEN})}]</script>",
    f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(NEXT)}</script>',
    f"<script>self.__next_f.push([1,{json.dumps(FLIGHT)}])</script>",
]


class TestLayers:
    @pytest.mark.parametrize("script", LAYERS)
    def test_data_layers_speak_where_all_else_is_silent(self, script: str) -> None:
        document = read(script)
        assert document.authors == ("Siti Aminah",)
        assert document.published == "2025-10-20T08:00:00+07:00"
        assert document.provenance["authors"] == "data layer"

    @pytest.mark.parametrize("script", ["dataLayer.push(", 'self.__next_f.push([1,"\\', "{" * 5000])
    def test_broken_ones_harm_nobody(self, script: str) -> None:
        assert (
            read(f'<script>{script}</script><script type="application/json">{script}</script>').title == TITLE
        )


class TestPicture:
    def test_caption_and_credit_of_the_figure_that_shows_it(self) -> None:
        body = (
            '<figure><img src="/lain.jpg"><figcaption>Bukan ini.</figcaption></figure>'
            '<figure><img srcset="/foto/beras-pasar-640x360.jpg 640w">'
            "<figcaption>Pedagang beras di Pasar Lama. (Foto: Ann Lee/Reuters)</figcaption></figure>"
        )
        document = read(meta(og_image="https://warta.example/foto/beras-pasar.jpg"), body)
        assert document.image_caption == "Pedagang beras di Pasar Lama."
        assert document.image_credit == "Ann Lee/Reuters"

    def test_a_credit_in_an_element_of_its_own(self) -> None:
        caption = 'Pasar Lama <span class="credit">© Ann Lee</span>'
        body = f'<figure><img src="/a.jpg"><figcaption>{caption}</figcaption></figure>'
        document = read("", body)
        assert (document.image_caption, document.image_credit) == ("Pasar Lama", "Ann Lee")

    def test_structured_data(self) -> None:
        image = {"@type": "ImageObject", "url": "/a.jpg", "caption": "Pasar.", "creditText": "Ann Lee"}
        document = read(ld(image=[image]))
        assert (document.image_url, document.image_caption, document.image_credit) == (
            "https://warta.example/a.jpg",
            "Pasar.",
            "Ann Lee",
        )


def test_what_costs_is_said_in_several_ways() -> None:
    assert read(ld(isAccessibleForFree="http://schema.org/False")).paywalled is True
    assert read(meta(article_content_tier="locked")).paywalled is True
    assert read(meta(article_content_tier="free")).paywalled is False
    assert read(meta(**{"article_content-tier": "metered"})).paywalled is True


def test_section_from_breadcrumbs() -> None:
    crumbs = [
        {"@type": "ListItem", "position": 1, "name": "Beranda"},
        {"@type": "ListItem", "position": 2, "item": {"@id": "/ekonomi", "name": "Ekonomi"}},
        {"@type": "ListItem", "position": 3, "name": TITLE},
    ]
    node = json.dumps({"@type": "BreadcrumbList", "itemListElement": crumbs})
    assert read(f'<script type="application/ld+json">{node}</script>').section == "Ekonomi"


@pytest.mark.parametrize(
    ("subjects", "section", "tags"),
    [
        ("Ekonomi", "Ekonomi", ()),
        ("beras; pangan", None, ("beras", "pangan")),
    ],
)
def test_subjects_of_dublin_core(subjects: str, section: str | None, tags: tuple[str, ...]) -> None:
    document = read(f'<meta name="DC.subject" content="{subjects}">')
    assert (document.section, document.tags) == (section, tags)


def test_numbers_and_single_letters_are_no_topics() -> None:
    assert read(meta(article_tag="Asia") + meta(article_tag="100312362") + meta(article_tag="p")).tags == (
        "Asia",
    )


def test_the_handle_of_the_site_is_no_topic() -> None:
    page = meta(article_tag="Beras") + meta(article_tag="Warta Kota") + meta(twitter_site="@wartakota")
    assert read(page).tags == ("Beras",)
    assert read(page.replace("@", "https://twitter.com/")).tags == ("Beras",)


def test_links_to_topics_stand_behind_the_headline_and_are_no_sentences() -> None:
    links = '<p><a href="/topik/beras">Beras</a> <a href="/topik/piala">Semua tentang piala.</a></p>'
    menu = '<a href="/topik/klub">Klub Pembaca</a>'
    page = (
        f"<html lang=id><body><div>{menu}</div><article><h1>{TITLE}</h1>{TEXT}{links}</article></body></html>"
    )
    assert read_page(page.encode(), url=URL, requested_url=URL, fetched_at=FETCHED).tags == ("Beras",)


@pytest.mark.parametrize(
    ("links", "tags"),
    [
        ('<a href="/b/beras">Beras</a> <a href="/b/bulog">Bulog</a>', ("Beras", "Bulog")),
        ('<a href="/b/1">Menteri mengatakan bahwa harga beras naik lagi pekan lalu</a>', ()),
        ("".join(f'<a href="/b/{number}">Topik {number}</a>' for number in range(20)), ()),
    ],
)
def test_links_behind_a_word_for_topics(links: str, tags: tuple[str, ...]) -> None:
    box = f"<section><div><h4> Topik Terkait: </h4></div><ul><li>{links}</li></ul></section>"
    assert read(body=box).tags == tags


def test_what_parsely_is_told_in_one_object() -> None:
    said = {"title": TITLE, "pub_date": "2025-10-21T20:43:00Z", "authors": ["Siti Aminah"], "tags": ["beras"]}
    document = read(f"<meta name='parsely-page' content='{json.dumps(said)}'>")
    assert document.authors == ("Siti Aminah",)
    assert (document.published, document.tags) == ("2025-10-21T20:43:00Z", ("beras",))
    assert read("<meta name='parsely-page' content='[1'>").title == TITLE


def test_codes_of_a_newsroom_are_no_topics() -> None:
    codes = ",".join(f"INDG{number:02}" for number in range(12))
    document = read(meta(article_tag="Asia") + f'<meta name="keywords" content="{codes}">')
    assert document.tags == ("Asia",)
