"""What stands around an article's text and is not part of it: told by links and by set phrases.

Works on blocks in page order. Only whole blocks are left out, and those that are left out are returned too.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

_LINKED = 0.9
"""A short block with that share of its characters inside links only points elsewhere."""
_LINKED_LIST = 0.7
_SHORT = 200
_NOTICE = 400
_LINE = 90
_TOP = 4
"""The headline is looked for among that many blocks."""

_POINTERS = (
    *(r"read (?:more|also|next)", "also read", "see (?:also|more)", "more on", "related", r"don['’]t miss"),
    *("recommended", r"watch(?: now)?:", "you may also like", "more:", "advertisement", "scroll to continue"),
    *("baca (?:juga|lagi|selengkapnya|artikel|berita)", "simak (?:juga|video|berita)", "lihat juga", "iklan"),
    *(
        "tonton juga",
        "saksikan",
        "berita terkait",
        "artikel terkait",
        "pilihan editor",
        "halaman selanjutnya",
    ),
    *("lesen sie (?:auch|mehr)", "mehr zum thema", "auch interessant", "das könnte sie", "lees ook"),
    *(
        "lire aussi",
        "à lire",
        "voir aussi",
        "leer también",
        "lea también",
        "leia (?:também|mais)",
        "leggi anche",
    ),
    *(
        "les også",
        "læs også",
        "läs (?:också|mer|även)",
        "czytaj (?:też|także)",
        "zobacz (?:też|także)",
        "ayrıca",
    ),
    *("xem thêm", "đọc thêm", "читайте также", "читать также", "смотрите также", "関連", "相关", "延伸閱讀"),
)
_CREDITS = ("photos?", "fotos?", "image", "picture", "bild", "dok", "фото", "写真", "ảnh", "gambar")
_NOTICES = (
    *(
        "all rights reserved",
        "©",
        r"\bcopyright\b",
        "newsletter",
        r"\bsubscri",
        r"\bsign up\b",
        "our standards:",
    ),
    *(r"follow (?:us|@|\w+ on)", "get in touch with", "opens? in (?:a )?new", "click here", r"\bcookies?\b"),
    *("terms of", "privacy", r"\blog ?in\b", r"\bregister\b", "commission", "affiliate", "share it with"),
    *("join (?:our|thought)", "if you enjoyed this", "abonn", "alle rechte", "jetzt melden"),
    *("(?:derechos|direitos) reservados", "hak cipta", "ikuti (?:berita|kami|kanal|terus)", "gabung"),
    *("dapatkan (?:update|berita)", "cek berita", "whatsapp channel", "saluran whatsapp", "google news"),
    *("無断転載", "무단 전재", "url이 복사"),
)
_FORMS = (
    *("empfohlener redaktioneller inhalt", "an dieser stelle finden sie einen"),
    *("ich bin damit einverstanden, dass mir", "tu suscripción se está usando"),
    *("want to bookmark your favourite articles", "article content$", "recommended videos$"),
    *("(?:this|the) (?:video|audio|content) (?:is|could) not", r"\[gambas:"),
)
_POINTER = re.compile(rf"^\W*(?:{'|'.join(_POINTERS)})(?!\w)", re.IGNORECASE)
_CREDIT = re.compile(rf"^\W*(?:{'|'.join(_CREDITS)})\s*(?:by\b|[:：/])", re.IGNORECASE)
_NOTICE_WORDS = re.compile("|".join(_NOTICES), re.IGNORECASE)
_FORM = re.compile(f"^(?:{'|'.join(_FORMS)})", re.IGNORECASE)
_STAMP = re.compile(
    r"\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d{2}\b|\d{1,2}[./]\d{1,2}[./]\d{2,4}|"
    r"\b\d+ (?:min(?:ute)?s?|minutos?|menit|minuten)\b|\d{4}年",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？।؟\"”»')）]$")
_FOUR_WORDS = re.compile(r"(?:\S+\s+){3}\S|[^\W\d_a-zA-Z]{12}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text: a paragraph, a heading, a list or a table."""

    text: str
    tag: str = "p"
    """p, head, list, table, quote or code."""
    linked: float = 0.0
    """Share of its characters inside links."""


def trim(
    blocks: Sequence[Block], *, titles: Collection[str], authors: Collection[str]
) -> tuple[list[Block], list[Block]]:
    """The blocks of the article, and those left out around and between them, both in order.

    ``titles`` are headlines of the page, ``authors`` the names found; lines that only repeat them at the
    top are left out.
    """
    kept = [block for block in blocks if not _points_elsewhere(block)]
    if not kept:
        return list(blocks), []
    kept = _without_notices(_without_top(kept, _folds(titles), _folds(authors)))
    chosen = set(map(id, kept))
    return kept, [block for block in blocks if id(block) not in chosen]


def fold(text: str) -> str:
    """Words in lower case with single spaces: equal for strings that differ in marks alone."""
    return " ".join(_WORD.findall(text.lower()))


def _folds(texts: Collection[str]) -> set[str]:
    return {folded for text in texts if len(folded := fold(text)) > 3}


def _points_elsewhere(block: Block) -> bool:
    """Links to other articles, picture credits, consent forms."""
    size = len(block.text)
    if block.tag == "list":
        return block.linked >= _LINKED_LIST
    return (
        (block.linked >= _LINKED and size < _SHORT and _FOUR_WORDS.match(block.text) is not None)
        or (size < _SHORT and _CREDIT.match(block.text) is not None)
        or (size < _NOTICE and _FORM.match(block.text) is not None)
        or (_POINTER.match(block.text) is not None and (block.linked >= 0.3 or size < _LINE))
    )


def _without_top(blocks: list[Block], titles: set[str], authors: set[str]) -> list[Block]:
    """Without the headline and the short lines before it, then without lines of date and author."""
    for at, block in enumerate(blocks[: min(_TOP, len(blocks) - 1)]):
        if _is_title(fold(block.text), titles):
            blocks = blocks[at + 1 :]
            break
        if len(block.text) >= _LINE:
            break
    while len(blocks) > 1 and _is_stamp(blocks[0].text, authors):
        blocks = blocks[1:]
    return blocks


def _is_title(folded: str, titles: set[str]) -> bool:
    """The headline, or the headline behind a kicker."""
    return any(
        folded == title or (folded.endswith(title) and len(title) > 20 and len(folded) < 2 * len(title) + 20)
        for title in titles
    )


def _is_stamp(text: str, authors: set[str]) -> bool:
    """A short line of date, time or author, not a sentence."""
    if len(text) > _LINE or _SENTENCE_END.search(text):
        return False
    folded = fold(text)
    return _STAMP.search(text) is not None or any(
        folded == name or (folded.endswith(name) and len(folded) <= len(name) + 12) for name in authors
    )


def _without_notices(blocks: list[Block]) -> list[Block]:
    """Without notices, headings and links at the end."""
    end = len(blocks)
    while end > 2 and _any(blocks[end - 1], _is_heading, _is_notice, _is_linked):
        end -= 1
    return blocks[:end]


def _any(block: Block, *tests: Callable[[Block], bool]) -> bool:
    return any(test(block) for test in tests)


def _is_heading(block: Block) -> bool:
    return block.tag == "head"


def _is_notice(block: Block) -> bool:
    return len(block.text) < _NOTICE and _NOTICE_WORDS.search(block.text) is not None


def _is_linked(block: Block) -> bool:
    return block.linked > 0.6
