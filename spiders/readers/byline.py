"""Names of people out of the strings that publishers print: split, trimmed, told from other things."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from spiders.readers.conventions import any_of, people

MAX_NAME = 200
_MAX_BYLINE = 2_000
_BLANKS = re.compile(r"[^\S\n\t]{2,}+")
_SPLIT = re.compile(r"\s*[;|•·⋅∙\n\t、，]\s*|\s+/\s+|,\s*|\s+(?:and|with|dan|und|&|＆)\s+", re.IGNORECASE)
_TITLE_BEHIND = re.compile(r"(?<=[\uac00-\ud7a3])\s*기자$|(?<=[\u3400-\u9fff])\s*記者$")
_BEHIND_DASH = re.compile(r"(?<=\w)\s+[-–—]\s.*$")
"""The outlet or the office behind a name."""
_ADDRESS = re.compile(r"https?:|//|www\.|@|\.(?:com|org|net|de|id|co|uk|info)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[（][^()\[\]（）]{0,40}[)\]）]\s*")
_SUFFIX = re.compile(
    r"^(?:jr|sr|ii|iii|iv|md|m\.d|phd|ph\.d|esq|obe|mbe|cbe|ms|dvm|rdn?|rn|mph|lcsw|mba|m\.?sc|b\.?sc|[sm]\.\s?[a-z]{1,5}|(?:s|m)(?:h|e|pd|si|m|kom|sos))\.?$",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(r"(?!II|IV)[A-Z][A-Z.-]{1,6}[®™]?(?: \d{2,4})?")
"""Letters that an examination gives ("CPA", "CEPF®")."""
_DESCRIBED = re.compile(r"\s(?:of|at|for|on)\s")
"""Words that no name has, but what a person is or does."""
_TEMPLATE = re.compile(r"\{\{|\}\}|%\w+%|^\w+(?:\.\w+){3,}$")
"""What software left where a name should stand ("page.extra.author")."""
_SELLERS = (
    "AP Photo|AP|AFP|Reuters|REUTERS|dpa|EPA|EFE|ANSA|APA|TASS|ANTARA FOTO|ANTARA|Antara|Xinhua"
    "|Getty Images|Getty|IMAGO|imago images|picture alliance|Shutterstock|iStock"
)
"""Who sells pictures, as captions name them."""
_STRAY = ' -–—,:;*|/／"“”'
_BEFORE = "(?:(?:written|reported|posted|story|words|text)\\s+)?"


@lru_cache(maxsize=500)  # a page says it in several places, and a site has the same people again and again
def split_names(text: str) -> tuple[str, ...]:
    """The names in one by-line string, in order; empty when it names nobody."""
    text = _BLANKS.sub(" ", text[:_MAX_BYLINE])
    if _ADDRESS.match(text.strip()):
        return ()
    found: list[str] = []
    parts = list(_parts(_without_label(_tidy(text))))
    for part in [part for part in parts if not names_editor(part)] or parts:
        name = clean_name(part)
        if name and found and _belongs(name, found[-1]):
            found[-1] = f"{found[-1]}, {name}"
        elif name and not (found and _describes(name)):
            found.append(name)
    return tuple(dict.fromkeys(found))


def _belongs(part: str, name: str) -> bool:
    """Whether a part behind a name and a comma is one of its letters ("Jr.", "Ph.D.", "CPA")."""
    if _SUFFIX.match(part):
        return True
    return (
        " " in name and not name.isupper() and _CREDENTIAL.fullmatch(part) is not None and not is_agency(part)
    )


def _describes(part: str) -> bool:
    """Whether a part behind a name says what that person does ("Sr. Director of Operations")."""
    said = _DESCRIBED.split(part, maxsplit=1)
    if said[0].split()[-1].casefold() in people("roles"):
        return True
    return len(said) > 1 and not looks_like_person(said[0])


def _parts(text: str) -> Iterator[str]:
    """The text between separators; "et", "y" and the like only separate names of two words or more, for they
    are parts of surnames, too (Ortega y Gasset).
    """
    for part in _SPLIT.split(text):
        names = _joiner().split(part)
        if all(len(name.split()) > 1 for name in names):
            yield from names
        else:
            yield part


def clean_name(text: str) -> str | None:
    """One name without its label, brackets and stray marks; None for addresses and stand-ins like "admin"."""
    name = _BEHIND_DASH.sub("", _without_label(_tidy(text)))
    name = _TITLE_BEHIND.sub("", name).strip(_STRAY)
    if not name or len(name) > MAX_NAME or name.isdigit() or _ADDRESS.search(name) or _TEMPLATE.search(name):
        return None
    return None if name.casefold() in people("nobody") | people("by") else name


def names_editor(text: str) -> bool:
    """Whether a by-line says that its person edited rather than wrote ("Editor: ...")."""
    return _role().match(text) is not None


def is_author_label(text: str) -> bool:
    """Whether a text is a word for author and nothing more ("Penulis:", "Autorin/Autor")."""
    known, text = people("labels"), text.strip(" :：")
    if "/" not in text:
        return text.strip().casefold() in known
    return all(part.strip().casefold() in known for part in text.split("/"))


def starts_with_author(text: str) -> bool:
    """Whether a text begins with a word for author and a colon ("Penulis: Budi Santoso")."""
    label, colon, _ = text.replace("：", ":")[:40].partition(":")
    return bool(colon) and is_author_label(label)


def is_by(text: str) -> bool:
    """Whether a text is a word such as "By" and nothing more."""
    return text.strip(" :：").casefold() in people("by")


def starts_with_by(text: str) -> bool:
    """Whether a text begins with a word such as "By" and goes on with a capital letter."""
    found = _by_name().match(text)
    return found is not None and not found[1].islower()


def whole_name(name: str) -> str:
    """Return a name up to a word in small letters that no name has inside ("Ann Lee reports from Rome")."""
    words = name.split()
    for place, word in enumerate(words[1:], 1):
        if word.isalpha() and word.islower() and word not in people("particles"):
            return " ".join(words[:place])
    return name


def looks_like_person(name: str) -> bool:
    """Whether a string may be a person's name: two to six words, or one in scripts without spaces."""
    words = name.split()
    if not 1 <= len(words) <= 6 or len(name) > 60 or any(character.isdigit() for character in name):
        return False
    if len(words) == 1:
        return re.match(r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,8}$", name) is not None
    if words[-1].casefold() in people("roles") or words[0].casefold() in people("articles"):
        return False
    return not words[0][:1].islower() and not words[-1][:1].islower()


def _tidy(text: str) -> str:
    return without_brackets(text).strip(_STRAY)


def without_brackets(text: str) -> str:
    """Return a text without what stands in brackets, on one line."""
    return " ".join(_BRACKETS.sub(" ", text).split())


def _without_label(text: str) -> str:
    return _label().sub("", text, count=1)


@cache
def _label() -> re.Pattern[str]:
    """What stands before a name: "By" with a blank or a colon, "Reporter" with a colon alone."""
    by, labels = any_of(people("by")), any_of(people("labels") | people("editors"))
    return re.compile(rf"^{_BEFORE}(?:{by})(?:\s*[:：]\s*|\s+)|^(?:{labels})\s*[:：]\s*", re.IGNORECASE)


@cache
def _joiner() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{any_of(people('joiners'))})\s+")


@cache
def _by_name() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(people('by'))})\s+(\w)", re.IGNORECASE)


@cache
def _role() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(people('editors'))})\s*[:：]", re.IGNORECASE)


@cache
def _photo() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(people('photographers'))})(?: by| von| oleh)?\s*[:：]", re.IGNORECASE)


@cache
def _credit_behind() -> re.Pattern[str]:
    photo = any_of(people("photographers"))
    return re.compile(
        rf"[(\[（]\s*(?:{photo}|©|(?-i:{_SELLERS}))\b[^()\[\]（）]{{0,80}}[)\]）]\s*$"
        rf"|(?:\b(?:{photo})\s*[:：]|©|\bCopyright:?)\s*[^()\n]{{2,80}}$"
        r"|(?<=[.!?\"”)])\s*[A-Z][\w .'’-]{2,40}/(?:AFP|AP|Reuters|Getty Images|dpa|EPA|ANTARA)\b.{0,20}$"
        rf"|(?<=\s)(?-i:/?(?:{_SELLERS})\s?/\s?[A-Z][^()\n]{{2,60}}$|/\s(?:{_SELLERS})$)",
        re.IGNORECASE,
    )


def is_agency(name: str) -> bool:
    """Whether a name is a news agency's."""
    known, first = people("agencies"), name.split(" ")[0]
    if name.casefold().strip(" .") in known:
        return True
    # "SID Nachrichtenagentur", "AFP Deutschland": no person's first name is printed in capitals alone.
    return first.isupper() and len(first) > 1 and first.casefold() in known and not name.isupper()


def names_photographer(text: str) -> bool:
    """Whether a credit says that its person took the pictures ("Foto: ...")."""
    return _photo().match(text) is not None


def credit_in(caption: str) -> str:
    """Return the credit that a caption ends with ("(Foto: Ann Lee/Reuters)", "© AFP"); empty for none."""
    found = _credit_behind().search(caption, max(0, len(caption) - 130))
    return found[0].strip() if found else ""
