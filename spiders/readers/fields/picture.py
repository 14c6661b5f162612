"""The lead picture, what is printed below it, and who made it."""

import re
from collections.abc import Iterator
from typing import Any

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.byline import credit_in
from spiders.readers.head import Head
from spiders.readers.plain import MAX_NAME, plain, web_url
from spiders.readers.tree import HtmlTree

MAX_CAPTION = 1_000
Ranking = tuple[Candidate, ...]
_CREDIT = re.compile(r"credit|copyright|photograph|fotograf|source|quelle|author|byline", re.IGNORECASE)
_NAME = re.compile(r"([^/?#]{6,})\.(?:jpe?g|png|webp|avif|gif)", re.IGNORECASE)
_SIZES = re.compile(r"[-_]?\d{2,4}x\d{2,4}|[-_]scaled|@\dx", re.IGNORECASE)
_LABEL = re.compile(r"^(?:[^\W\d]{2,16}(?: oleh| by| von)?\s*[:：]|©|Copyright\b)\s*")
_MOST = 12


def image_url(head: Head) -> tuple[Candidate, ...]:
    """Return the main pictures that a page names, absolute."""
    og = head.meta("og:image:secure_url", "og:image", "og:image:url")
    stated = jsonld.text_of(_node(head), "url", "contentUrl", "@id")
    return ranked(
        (
            one(web_url(og, head.base), "og", 0.7),
            one(web_url(stated, head.base), "json-ld", 0.6),
            one(web_url(head.meta("twitter:image", "twitter:image:src"), head.base), "meta", 0.4),
        ),
        same=str,
    )


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
    captions = [one(*_split(said)[:1], "json-ld", 0.6)]
    credits = [one(plain(maker, MAX_NAME), "json-ld", 0.6), one(_split(said)[1], "json-ld", 0.4)]
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
    """The caption below the lead picture, else the first caption of the page outside menus and lists."""
    captions = [element for element, _ in zip(_captions(tree), range(_MOST), strict=False)]
    wanted = _stem(image)
    for caption in captions if wanted else ():
        if any(_shows(picture, wanted) for picture in caption.getparent().iter("img", "source")):
            return caption
    return next((caption for caption in captions if _in_article(caption)), None)


def _captions(tree: HtmlTree) -> Iterator[HtmlTree]:
    return (element for element in tree.iter("figcaption") if element.getparent() is not None)


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
    text = " ".join(" ".join(element.itertext()).split())
    return text if len(text) <= MAX_CAPTION else ""


def _split(line: str) -> tuple[str, str]:
    credit = credit_in(line)
    if not credit:
        return line, ""
    at = line.rfind(credit)
    return line[:at].strip().rstrip(" (/|-–—["), _bare(credit)


def _bare(credit: str) -> str:
    """A credit without its label and brackets."""
    return _LABEL.sub("", credit.strip(" ()[]（）.")).strip(" ©.")
