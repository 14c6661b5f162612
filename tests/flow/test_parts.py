"""Articles on several pages, and pages that show an article another way: each becomes one article."""

import pytest

from crawler.normalize.url import url_key
from storage.hits import Filters
from storage.model import Article
from storage.store import Store
from tests.crawling import crawl_one, paths
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

PATH = "/berita/jembatan-bambu-sukamaju"
TITLE = "Jembatan bambu Sukamaju selesai dibangun warga"
LEAD = "Warga Desa Sukamaju membangun jembatan bambu sepanjang empat puluh meter dalam sembilan hari saja."
FIRST = "Bambu dipotong dari kebun milik bersama, sementara tali dan paku dibeli dari iuran setiap keluarga."
SECOND = "Kepala desa mengatakan bahwa jembatan itu cukup kuat untuk sepeda motor, tetapi belum untuk mobil."
THIRD = "Pemerintah kabupaten berjanji membangun jembatan beton sebelum musim hujan tahun depan datang lagi."


@pytest.fixture
def daily(newspaper: Newspaper) -> LoopbackOutlet:
    return newspaper.outlet("daily", language="id")


def page(*texts: str, pages: tuple[str, ...] = (), canonical: str = "", title: str = TITLE) -> str:
    links = "".join(f"<li><a href='{PATH}{part}'>{part}</a></li>" for part in pages)
    link = f"<link rel='canonical' href='{canonical}'>" if canonical else ""
    body = "".join(f"<p>{text}</p>" for text in (LEAD, *texts))
    return (
        f"<!doctype html><html lang='id'><head><title>{title}</title>"
        f"<meta name='description' content='{LEAD}'>{link}</head><body><article><h1>{title}</h1>"
        f"{body}</article><ul class='paging'>{links}</ul></body></html>"
    )


def offer(outlet: LoopbackOutlet, *references: str, path: str = "/umpan.xml") -> str:
    items = "".join(
        f"<item><title>{TITLE}</title><link>{outlet.base}{ref}</link></item>" for ref in references
    )
    feed = f"<rss version='2.0'><channel><title>Warta</title>{items}</channel></rss>"
    return outlet.put(path, feed, content_type="application/rss+xml")


def articles(store: Store) -> list[Article]:
    return list(store.articles.iterate(Filters(sort="oldest", limit=0)))


def accounted(store: Store) -> bool:
    entries = store.entries.accounting()
    return entries["offered"] == sum(count for name, count in entries.items() if name != "offered")


class TestParts:
    def test_numbered_pages_are_joined(self, daily, newspaper, settings, store) -> None:
        links = ("?page=2", "?page=3")
        daily.put(PATH, page(FIRST, pages=links))
        daily.put(f"{PATH}?page=2", page(SECOND, pages=links))
        daily.put(f"{PATH}?page=3", page(THIRD, pages=links))
        row = crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST, SECOND, THIRD]
        assert article.content.provenance["parts"] == "3"
        assert (row.new, row.stored) == (1, 1)
        assert accounted(store)
        again = crawl_one(settings, offer(daily, f"{PATH}?page=2", path="/lain.xml"))
        assert (again.new, again.stored, len(articles(store))) == (1, 0, 1)
        assert paths(newspaper.requests).count(f"{PATH}?page=2") == 1

    def test_the_view_of_the_whole_is_preferred(self, daily, newspaper, settings, store) -> None:
        daily.put(PATH, page(FIRST, pages=("?page=2", "?page=all")))
        daily.put(f"{PATH}?page=all", page(FIRST, SECOND, THIRD))
        crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST, SECOND, THIRD]
        assert article.content.provenance["parts"] == "all"
        assert f"{PATH}?page=2" not in paths(newspaper.requests)

    def test_each_page_may_name_the_next_alone(self, daily, settings, store) -> None:
        daily.put(PATH, page(FIRST, pages=("/2",)))
        daily.put(f"{PATH}/2", page(SECOND, pages=("/3",)))
        daily.put(f"{PATH}/3", page(THIRD))
        crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST, SECOND, THIRD]

    def test_a_page_that_fails_leaves_what_stands_before_it(self, daily, settings, store) -> None:
        daily.put(PATH, page(FIRST, pages=("?page=2", "?page=3")))
        daily.put(f"{PATH}?page=2", page(SECOND))
        daily.put(f"{PATH}?page=3", "gone", status=404)
        crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST, SECOND]
        assert article.content.provenance["parts"] == "2, then missing: page 3: http_404"
        assert accounted(store)

    def test_the_same_page_again_ends_it(self, daily, newspaper, settings, store) -> None:
        for part in ("", "?page=2", "?page=3"):
            daily.put(f"{PATH}{part}", page(FIRST, SECOND, pages=("?page=2", "?page=3")))
        crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST, SECOND]
        assert f"{PATH}?page=3" not in paths(newspaper.requests)

    def test_what_robots_txt_forbids_is_not_asked_for(self, daily, newspaper, settings, store) -> None:
        daily.robots = "User-agent: *\nDisallow: /*?page=\n"
        daily.put(PATH, page(FIRST, pages=("?page=2",)))
        daily.put(f"{PATH}?page=2", page(SECOND))
        crawl_one(settings, offer(daily, PATH))
        (article,) = articles(store)
        assert article.content.text.split("\n\n") == [LEAD, FIRST]
        assert f"{PATH}?page=2" not in paths(newspaper.requests)


VARIANTS = ("/amp{}", "{}/amp", "{}?amp=1", "/print{}", "{}?print=1", "{}/print/")


class TestVariants:
    @pytest.mark.parametrize("variants_first", [True, False])
    def test_a_variant_and_its_canonical_are_one_article(
        self, daily, settings, store, variants_first: bool
    ) -> None:
        places = [f"/berita/jembatan-bambu-nomor-{number}" for number in range(len(VARIANTS))]
        shown = [form.format(place) for form, place in zip(VARIANTS, places, strict=True)]
        for place, variant in zip(places, shown, strict=True):
            own = f"{place} {FIRST}"
            daily.put(
                place, page(own, SECOND, THIRD, canonical=f"{daily.base}{place}", title=f"{TITLE} {place}")
            )
            daily.put(variant, page(own, SECOND, canonical=f"{daily.base}{place}", title=f"Cetak: {place}"))
        feeds = [offer(daily, *shown, path="/satu.xml"), offer(daily, *places, path="/dua.xml")]
        for feed in feeds if variants_first else reversed(feeds):
            crawl_one(settings, feed)
        found = articles(store)
        assert len(found) == len(places)
        assert {article.revision for article in found} == {1}
        for place, variant in zip(places, shown, strict=True):
            known = [store.articles.by_keys([url_key(f"{daily.base}{path}")]) for path in (place, variant)]
            assert known[0] is not None
            assert known[0] == known[1]
        assert accounted(store)

    @pytest.mark.parametrize("claims", [True, False])
    @pytest.mark.parametrize("form", ["{}?print=1", "{}/print", "{}?m=1", "{}/amp"])
    def test_a_variant_crawled_by_hand_takes_no_place(
        self, daily, settings, store, form: str, claims: bool
    ) -> None:
        own, variant = f"{daily.base}{PATH}", form.format(PATH)
        canonical = own if claims else ""
        daily.put(PATH, page(FIRST, SECOND, THIRD, canonical=own))
        daily.put(variant, page("Dicetak dari Warta pada 27 November 2026.", FIRST, canonical=canonical))
        assert crawl_one(settings, own).outcome == "stored"
        for _ in range(2):
            assert crawl_one(settings, f"{daily.base}{variant}").outcome == "duplicate"
        (article,) = articles(store)
        assert (article.revision, article.content.url, article.content.canonical_url) == (1, own, own)
        assert THIRD in article.content.text
        assert store.articles.by_keys([url_key(f"{daily.base}{variant}")]) is not None
        daily.put(PATH, page(FIRST, SECOND, THIRD, canonical=own, title="Jembatan bambu Sukamaju roboh"))
        assert crawl_one(settings, own).outcome == "revised"
        assert accounted(store)

    def test_one_that_came_first_gives_way(self, daily, settings, store) -> None:
        own = f"{daily.base}{PATH}"
        daily.put(f"{PATH}?print=1", page(FIRST, canonical=own))
        daily.put(PATH, page(FIRST, SECOND, THIRD, canonical=own))
        assert crawl_one(settings, f"{own}?print=1").outcome == "stored"
        daily.put(f"{PATH}?print=1", page(FIRST, SECOND, canonical=own))
        assert crawl_one(settings, f"{own}?print=1").outcome == "revised"
        assert crawl_one(settings, own).outcome == "revised"
        assert crawl_one(settings, f"{own}?print=1").outcome == "duplicate"
        (article,) = articles(store)
        assert (article.revision, article.content.url, article.content.canonical_url) == (3, own, own)

    def test_the_same_name_alone_is_no_witness(self, daily, settings, store) -> None:
        daily.put(PATH, page(FIRST, SECOND))
        daily.put(f"{PATH}/print", page(THIRD, title="Yang lain sama sekali"))
        crawl_one(settings, f"{daily.base}{PATH}")
        assert crawl_one(settings, f"{daily.base}{PATH}/print").outcome == "stored"

    def test_a_claim_of_another_article_is_not_believed(self, daily, settings, store) -> None:
        daily.put(PATH, page(FIRST, SECOND))
        daily.put(
            "/print/lain-sama-sekali-ini", page(THIRD, canonical=f"{daily.base}{PATH}", title="Yang lain")
        )
        crawl_one(settings, offer(daily, PATH, "/print/lain-sama-sekali-ini"))
        assert len(articles(store)) == 2
