"""Names of people out of the strings that publishers print: split, trimmed, told from other things."""

import re
from collections.abc import Iterator

MAX_NAME = 200
_SPLIT = re.compile(r"\s*[;|•·\n\t/]\s*|\s*,\s+|\s+(?:and|dan|und|et|y|e|och|og|en|ve|&|＆)\s+|、|，")
_LABEL = re.compile(
    r"^(?:(?:written|reported|posted|story|words|text)\s+)?(?:by|von|oleh|par|por|di|door|av|af|autor(?:en|in)?|"
    r"author|penulis|reporter|wartawan|pewarta|jurnalis|redaktur|editor|kontributor|laporan|tim)\b\s*[:.]?\s+|"
    r"^(?:autor(?:en|in)?|authors?|penulis|reporter|pewarta|editor|redaktur|oleh|by|von|文|記者|作者)\s*[:：]\s*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://|www\.|@|\.(?:com|org|net|de|id|co|uk|info)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[（][^()\[\]（）]{0,40}[)\]）]\s*")
_NOBODY = frozenset(
    "admin administrator redaksi redaktion editor editors staff author unknown anonymous guest webmaster newsroom "
    "root null none undefined redaction rédaction redacción redação redazione editorial wordpress".split()
)
_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv|md|m\.d|phd|ph\.d|esq|obe|mbe|cbe|s\.?h|s\.?e|s\.?pd|m\.?si|mm)\.?$", re.I)


def split_names(text: str) -> tuple[str, ...]:
    """The names in one by-line string, in order; empty when it names nobody."""
    found: list[str] = []
    for part in _SPLIT.split(text):
        name = clean_name(part)
        if name and _SUFFIX.match(name) and found:
            found[-1] = f"{found[-1]}, {name}"
        elif name:
            found.append(name)
    return tuple(dict.fromkeys(found))


def clean_name(text: str) -> str | None:
    """One name without its label, brackets and stray marks; None for addresses and stand-ins like "admin"."""
    name = " ".join(_BRACKETS.sub(" ", text).split()).strip(" -–—,:;.*|/\"“”")
    name = _LABEL.sub("", name, count=1).strip(" -–—,:;*|/\"“”")
    if not name or len(name) > MAX_NAME or name.isdigit() or _ADDRESS.search(name):
        return None
    return None if name.lower() in _NOBODY else name


def looks_like_person(name: str) -> bool:
    """Whether a string may be a person's name: two to five words, or one in scripts without spaces."""
    words = name.split()
    if not 1 <= len(words) <= 6 or len(name) > 60 or any(character.isdigit() for character in name):
        return False
    if len(words) == 1:
        return bool(re.match(r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,8}$", name))
    return words[0][:1].isupper() or not words[0][:1].islower()


def each_name(texts: Iterator[str]) -> tuple[str, ...]:
    """All names of several by-lines, each once, in order."""
    return tuple(dict.fromkeys(name for text in texts for name in split_names(text)))
