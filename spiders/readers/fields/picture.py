"""The lead picture, what is printed below it, and who made it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote

from lxml import etree

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.byline import credit_in, starts_with_by
from spiders.readers.fields.outlet import name_key
from spiders.readers.head import Head
from spiders.readers.plain import MAX_NAME, plain, web_url
from spiders.readers.tree import HtmlTree

MAX_CAPTION = 1_000
Ranking = tuple[Candidate, ...]
_CREDIT = re.compile(r"credit|copyright|photograph|fotograf|source|quelle|author|byline", re.IGNORECASE)
_NAME = re.compile(r"([^/?#]{6,})\.(?:jpe?g|png|webp|avif|gif)", re.IGNORECASE)
_SIZES = re.compile(r"[-_]?\d{2,4}x\d{2,4}|[-_]scaled|@\dx", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:[^\W\d]{2,16}(?: [^\W\d]{2,10})?\s*[:：]|(?:Photo|Foto|Image|Bild) (?:by|von|oleh)\b|©"
    r"|Copyright\b)\s*"
)
_STAND_IN = re.compile(
    r"default[-_]?(?:share|image|img|og|social|thumb)|(?:graph|og|share|social|image|img|thumb)[-_]?default"
    r"|placeholder|no[-_]?image|share[-_]?image|social[-_]?share|^favicon",
    re.IGNORECASE,
)
"""What the file of a picture is called that stands on all pages that have none of their own."""
_LOGO = re.compile(r"(?:^|[-_.])logo(?:$|[-_.\d])", re.IGNORECASE)
_FOR_READERS = re.compile(r"off-?screen|visually-?hidden|\bsr-only|screen-?reader", re.IGNORECASE)
"""Classes of what is read aloud and not shown: "Image caption", "opens in a new tab"."""
_MOST = 12
_LEADING = 4
"""Long paragraphs behind which a picture is no lead picture."""
_LONG = 80


def image_url(head: Head, outlets: frozenset[str]) -> tuple[Candidate, ...]:
    """Return the main pictures that a page names, absolute; those that stand in for one have no belief.

    ``outlets`` are the keys of the names of its outlet, whose logo is no picture of an article.
    """
    og = head.meta("og:image:secure_url", "og:image", "og:image:url")
    stated = jsonld.text_of(_node(head), "url", "contentUrl", "@id")
    offers = ranked(
        (
            one(web_url(og, head.base), "og", 0.7),
            one(web_url(stated, head.base), "json-ld", 0.6),
            one(web_url(head.meta("twitter:image", "twitter:image:src"), head.base), "meta", 0.4),
        ),
        same=str,
    )
    judged = [_not_a_stand_in(offer, outlets) for offer in offers]
    return tuple(sorted(judged, key=lambda offer: -offer.belief))


def _not_a_stand_in(offer: Candidate, outlets: frozenset[str]) -> Candidate:
    name = unquote(offer.values[0]).partition("?")[0].rpartition("/")[2].rpartition(".")[0]
    logo = _LOGO.search(name) and name_key(_LOGO.sub("", name)) in (outlets | {""})
    if not logo and not _STAND_IN.search(name):
        return offer
    return replace(offer, belief=0.0, note="stands in for a picture")


def described(head: Head, tree: HtmlTree, image: str) -> tuple[Ranking, Ranking]:
    """Return captions and credits of the lead picture: of JSON-LD, and of the figure that shows it."""
    node = _node(head)
    node = node if isinstance(node, dict) else {}
    said = plain(jsonld.text_of(node.get("caption")) or jsonld.text_of(node.get("description")), MAX_CAPTION)
    maker = jsonld.text_of(node.get("creditText")) or jsonld.text_of(node.get("creator"), "name")
    maker = (
        maker
        or jsonld.text_of(node.get("copyrightHolder"), "name")
        or jsonld.text_of(node.get("author"), "name")
    )
    line, behind = _split(said)
    captions = [one(line, "json-ld", 0.6)]
    credits = [one(_bare(plain(maker, MAX_NAME)), "json-ld", 0.6), one(behind, "json-ld", 0.4)]
    figure = _figure(tree, image)
    if figure is not None:
        caption, credit = _printed(figure)
        captions.append(one(caption, "figure", 0.5))
        credits.append(one(credit, "figure", 0.5))
    captions.append(one(plain(head.meta("og:image:alt", "twitter:image:alt"), MAX_CAPTION), "og", 0.2))
    return ranked(captions), ranked(credits)


def _node(head: Head) -> Any:
    image = head.article.get("image")
    return next((item for item in image if item), None) if isinstance(image, list) else image


def _figure(tree: HtmlTree, image: str) -> HtmlTree | None:
    """The caption below the lead picture, else the first one of the article, before its text goes on."""
    captions: list[HtmlTree] = []
    wanted = _stem(image)
    for caption in islice(_captions(tree), _MOST):
        pictures = caption.getparent().iter("img", "source") if wanted else ()
        if any(_shows(picture, wanted) for picture in pictures):
            return caption
        captions.append(caption)
    first = next(filter(_in_article, captions), None)
    return first if first is not None and _is_leading(tree, first) else None


def _captions(tree: HtmlTree) -> Iterator[HtmlTree]:
    """Captions of the page; a by-line with a portrait is none."""
    for element in tree.iter("figcaption"):
        if element.getparent() is not None and not starts_with_by(_line(element)):
            yield element


def _is_leading(tree: HtmlTree, caption: HtmlTree) -> bool:
    """Whether no more than the beginning of the text stands between the headline and a caption."""
    long = 0
    for element in tree.iter("h1", "p", "figcaption"):
        if element is caption:
            break
        long = 0 if element.tag == "h1" else long + (len("".join(element.itertext())) >= _LONG)
    return long < _LEADING


def _in_article(caption: HtmlTree) -> bool:
    return next(caption.iterancestors("nav", "aside", "footer", "li", "a"), None) is None


def _shows(picture: HtmlTree, wanted: str) -> bool:
    return any(wanted in (picture.get(name) or "") for name in ("src", "data-src", "srcset", "data-srcset"))


def _stem(url: str) -> str:
    found = _NAME.search(url.rpartition("/")[2] or "")
    return _SIZES.sub("", found[1]) if found else ""


def _printed(caption: HtmlTree) -> tuple[str, str]:
    """Caption and credit of a figure: the credit in an element of its own, or at the end of the line."""
    credit = ""
    for element in caption.iter("span", "div", "p", "cite", "small", "em", "i"):
        marks = f"{element.get('class', '')} {element.get('itemprop', '')}"
        if _CREDIT.search(marks) and (text := _line(element)) and len(text) <= MAX_NAME:
            credit = text
            break
    whole = _line(caption)
    if credit and whole != credit:
        rest = whole.replace(credit, " ", 1).strip(" \t-–—|/©")
        return " ".join(rest.split()), _bare(credit)
    return ("", _bare(credit)) if credit else _split(whole)


def _line(element: HtmlTree) -> str:
    text = " ".join(" ".join(_seen(element)).split())
    return text if len(text) <= MAX_CAPTION else ""


def _seen(element: HtmlTree) -> Iterator[str]:
    """The texts of an element, without those of its buttons and what is for screen readers alone."""
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, part in walk:
        if event == "end":
            text = part.tail if part is not element else None
        elif part is not element and _is_apart(part):
            walk.skip_subtree()
            continue
        else:
            text = part.text
        if text:
            yield text


def _is_apart(element: HtmlTree) -> bool:
    get = element.get
    if element.tag == "button" or get("role") == "button" or get("hidden") is not None:
        return True
    return _FOR_READERS.search(get("class") or "") is not None


def _split(line: str) -> tuple[str, str]:
    credit = credit_in(line)
    if not credit:
        return line, ""
    at = line.rfind(credit)
    return line[:at].strip().rstrip(" (/|-–—["), _bare(credit)


def _bare(credit: str) -> str:
    """A credit without its label and brackets."""
    return _LABEL.sub("", credit.strip(" ()[]（）./")).strip(" ©.")
