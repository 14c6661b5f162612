"""What a hostile page is made of, and the catalogue that its kinds are entered in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Place = Literal["before", "after", "around"]
"""Where the junk stands, seen from the article."""

URL = "https://www.warta.example/2026/11/25/jembatan-bambu-sukamaju"
MB = 1_000_000
SENTENCE = "Warga Desa Sukamaju membangun jembatan bambu sepanjang empat puluh meter dalam sembilan hari."
PARAGRAPHS = (
    "Hujan deras merobohkan jembatan lama pada awal bulan ini, dan anak-anak harus memutar tujuh kilometer.",
    SENTENCE,
    "Bambu dipotong dari kebun milik bersama, sementara tali dan paku dibeli dari iuran setiap keluarga.",
    "Kepala desa mengatakan bahwa jembatan itu cukup kuat untuk sepeda motor, tetapi belum untuk mobil.",
    "Pemerintah kabupaten berjanji membangun jembatan beton sebelum musim hujan tahun depan datang lagi.",
)
_HEAD = "<!doctype html><html lang='id'><head>{}<title>Jembatan bambu Sukamaju - Warta</title>{}</head><body>"
ARTICLE = "<article><h1>Jembatan bambu Sukamaju</h1>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
ARTICLE += "</article>"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One kind of hostile page."""

    name: str
    build: Callable[[Place], bytes]
    content_type: str = "text/html"
    sentence: str | None = SENTENCE
    """Stands in the article for ``SENTENCE``, and must be found like all of it; None: nothing to find."""
    heavy: bool = False
    """Whether it takes long enough to keep it out of the default run."""
    places: tuple[Place, ...] = ("before",)


CATALOGUE: dict[str, Hostile] = {}


def page(junk: str, place: Place, *, meta: str = "", head: str = "") -> str:
    """The article with junk before it, after it, or on both sides."""
    before = junk if place in ("before", "around") else ""
    after = junk if place in ("after", "around") else ""
    return f"{_HEAD.format(meta, head)}{before}{ARTICLE}{after}</body></html>"


def kind(
    *, content_type: str = "text/html", sentence: str | None = SENTENCE, heavy: bool = False
) -> Callable[[Callable[[Place], str | bytes]], Callable[[Place], str | bytes]]:
    """Enter a builder in the catalogue, under its own name."""

    def enter(build: Callable[[Place], str | bytes]) -> Callable[[Place], str | bytes]:
        def body(place: Place) -> bytes:
            made = build(place)
            return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")

        name = build.__name__.replace("_", " ").strip()
        CATALOGUE[name] = Hostile(name, body, content_type, sentence, heavy, ("before", "after"))
        return build

    return enter


def repeated(
    name: str, piece: str, times: int, *, heavy: bool = False, head: bool = False, numbered: bool = False
) -> None:
    """Enter a page with one piece of markup many times over; ``%d`` becomes the number when numbered."""

    @kind(heavy=heavy)
    def build(place: Place) -> str:
        count = times // 2 if place == "around" else times
        junk = "".join(piece % n for n in range(count)) if numbered else piece * count
        return page("", place, head=junk) if head else page(junk, place)

    places: tuple[Place, ...] = ("before",) if head else ("before", "after", "around")
    CATALOGUE[name] = Hostile(name, CATALOGUE.pop("build").build, heavy=heavy, places=places)
