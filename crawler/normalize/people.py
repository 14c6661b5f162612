"""Step: the authors, who are people."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from crawler.normalize.characters import clean_line, folded, unaccented
from crawler.normalize.draft import OURS, Draft
from crawler.normalize.title import FED, names_of
from spiders.items import Candidate
from spiders.readers.belief import ranked
from spiders.readers.byline import is_agency
from spiders.readers.conventions import any_of
from spiders.readers.conventions import people as listed

MAX_AUTHORS = 64
MAX_NAME = 100
_ADDRESS = re.compile(r"https?:|www\.|@|/|\.(?:com|net|org|id|co|info|news|de|fr|uk)\b", re.IGNORECASE)
_MAIL_NAME = re.compile(r"[^\s@()]+@[^\s@()]+\s*\(([^()]+)\)|([^<>]+?)\s*<[^<>\s@]+@[^<>\s@]+>")
_BRACKETS = re.compile(r"\s*[(\[（［][^()\[\]（）［］]{0,60}[)\]）］]")
_MARKS = ' \t-–—,:;*|/"“”«»•·'
_CUT = re.compile(r"\s*[|•·]\s*|\s+[-–—]\s+|,\s*")
_LIST = re.compile(r"\s*[;、，]\s*|\s+/\s+|\s*\|\s*")
_INITIALS = re.compile(r"[a-z]{1,4}(?:/[a-z]{1,5})*")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d:\d\d|^[^\W\d_]+ \d\d?$|^\d\d?\.? [^\W\d_]+$")
_SIGNED = 60
"""Characters of a line that may be the name of who wrote the text."""
_SENTENCE = re.compile(r"\w{3}\s*[.!?:…。！？]$")
"""How a sentence ends, and no signature."""
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]*)*")


def find_people(draft: Draft) -> Draft:
    """Set ``authors``: the people that page or feed name, or who signed the text; failing all, whoever is
    credited. And ``credits``.

    Agencies, the outlet itself and lone initials stand back behind people: they are authors only when
    nobody is named, and credits otherwise.
    """
    outlets = _outlets(draft)
    offers = [(credited(offer.values, outlets), offer.where) for offer in _offers(draft)]
    if not any(found.people for found, _ in offers):
        offers += _signed(draft, outlets)
    for authors, how in (
        *((found.people, how) for found, how in offers),
        *((found.others, how) for found, how in offers),
    ):
        if authors:
            return _with_credits(draft.with_(how or None, authors=authors), offers, outlets)
    if draft.document.authors:
        named = clean_line(", ".join(draft.document.authors[:8]), 120)
        return draft.with_(f"{OURS}names nobody: {named}", authors=())
    return draft.with_(authors=())


def _outlets(draft: Draft) -> frozenset[str]:
    """The unaccented names of publisher, site and source; of "Warta News" also "Warta"."""
    names = names_of(draft)
    given = (clean_line(name, 200).split() for name in (draft.publisher, draft.entry.source_title))
    short = {
        unaccented(" ".join(words[:-1]))
        for words in given
        if len(words) > 1 and words[-1].casefold() in listed("organisation_ends")
    }
    return frozenset(names | short) - {""}


def _signed(draft: Draft, outlets: frozenset[str]) -> Iterator[tuple["Credited", str]]:
    """Who signed the text: its last line, or the first one that is the page's description too, where that
    is names and nothing more.
    """
    first, _, rest = draft.text.partition("\n")
    last = rest[-2 * _SIGNED :].rpartition("\n")[2]
    described = first if folded(first) == folded(draft.document.lead or "") else ""
    for line, place in ((last, "last"), (described, "first")):
        found = credited([line] if len(line) <= _SIGNED and not _SENTENCE.search(line) else [], outlets)
        if found.people and all(_is_full_name(name) and not _is_common(name, rest) for name in found.people):
            yield found, f"{OURS}{place} line of the text"


def _is_full_name(name: str) -> bool:
    words = [word for word in name.split() if word not in listed("particles")]
    return 2 <= len(words) <= 4 and all(_NAME_WORD.fullmatch(word) and word[0].isupper() for word in words)


def _is_common(name: str, text: str) -> bool:
    """Whether a name begins as none does ("All", "More"), or the text has all its words in small letters."""
    words = [word for word in name.split() if word not in listed("particles")]
    if words[0].casefold() in listed("articles"):
        return True
    return all(re.search(rf"\b{re.escape(word.lower())}\b", text) for word in words)


def _offers(draft: Draft) -> tuple[Candidate, ...]:
    """Who page and feed name, most believed first; the feed adds to the belief in those it names too."""
    known = draft.document.candidates.get("authors", ())
    if not known or draft.document.authors != known[0].values:
        return (
            Candidate(draft.document.authors, draft.where("authors"), 1.0),
            *known,
            Candidate(draft.entry.authors, "feed", FED),
        )
    return ranked((*known, Candidate(draft.entry.authors, "feed", FED)), same=folded)


def _with_credits(draft: Draft, offers: Sequence[tuple["Credited", str]], outlets: frozenset[str]) -> Draft:
    """Add the agencies that stand beside people to the credits of the page."""
    taken = {folded(name) for name in draft.authors}
    beside = [name for found, _ in offers if found.people for name in found.others]
    agencies = [name for name in beside if unaccented(name) not in outlets and not _INITIALS.fullmatch(name)]
    kept = [name for name in (*draft.credits, *agencies) if folded(name) not in taken]
    credits = {folded(name): name for name in reversed(kept)}
    return draft.with_(credits=tuple(reversed(credits.values())))


@dataclass(frozen=True, slots=True)
class Credited:
    """Who is named in credits, each once, at most ``MAX_AUTHORS`` of a kind."""

    people: tuple[str, ...]
    others: tuple[str, ...]
    """Agencies, the outlet, desks, initials: credited, but no person's name."""


def credited(credits: Iterable[str], outlets: frozenset[str] = frozenset()) -> Credited:
    """Read credits as printed ("By Jane Doe and John Roe, Reuters"); ``outlets`` are unaccented names."""
    people: dict[str, str] = {}
    others: dict[str, str] = {}
    for credit in islice(credits, 4 * MAX_AUTHORS):
        for name in filter(None, _names(credit[:2000])):
            if not _is_nobody(name):
                named = not _INITIALS.fullmatch(name) and not is_organisation(name, outlets)
                kind = people if named else others
                kind.setdefault(folded(name), name)
    return Credited(tuple(people.values())[:MAX_AUTHORS], tuple(others.values())[:MAX_AUTHORS])


def _names(credit: str) -> Iterator[str]:
    line = clean_line(credit, 2000)
    mail = _MAIL_NAME.fullmatch(line)
    if mail:
        line = mail[1] or mail[2]
    line = _without_prefix(_BRACKETS.sub("", line))
    for part in _LIST.split(line):
        for half in _halves(part):
            yield _trimmed(_without_agency(_without_role(_without_prefix(half))))


def _trimmed(name: str) -> str:
    """Strip marks from both ends, but not the full stop of "Jr." or "Ph.D."."""
    name = name.strip(_MARKS).lstrip(_MARKS + ".")
    last = name.rpartition(" ")[2]
    return name if last.count(".") > 1 or 2 <= len(last) <= 3 else name.rstrip(_MARKS + ".")


@cache
def _prefixes() -> re.Pattern[str]:
    loose, strict = listed("by"), listed("labels") | listed("editors")
    return re.compile(
        rf"(?:(?:{any_of(loose | strict)})\s*[:：]\s*|(?:{any_of(loose)})\s+)(?=\S)", re.IGNORECASE
    )


def _without_prefix(line: str) -> str:
    match = _prefixes().match(line)
    return line[match.end() :] if match else line


@cache
def _joiners() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{any_of(listed('joiners'))})\s+|,\s+", re.IGNORECASE)


def _halves(line: str) -> list[str]:
    """Split "A and B" and "A, B" when every part looks like a name of its own."""
    parts = _joiners().split(line)
    if len(parts) == 1:
        return parts
    found: list[str] = []
    for part in (piece.removeprefix("and ").strip(_MARKS) for piece in parts):
        if found and part.lower() in _titles():
            found[-1] = f"{found[-1]}, {part}"
        elif part:
            found.append(part)
    return found if all(map(looks_like_name, found)) else [line]


def _titles() -> frozenset[str]:
    return listed("titles_after") | {title.rstrip(".") for title in listed("titles_after")}


def looks_like_name(text: str) -> bool:
    """Tell whether a text looks like a full name: two to five words with capitals, if the script has them."""
    words = text.split()
    if not 2 <= len(words) <= 5 or any(map(str.isdigit, text)):
        return len(words) == 1 and not text.isascii() and 2 <= len(text) <= 8 and text.isalpha()
    if folded(text) in _folded("roles") or not words[0][0].isalpha():
        return False
    return not words[0][0].islower() and not words[-1][0].islower()


@cache
def _folded(kind: str) -> frozenset[str]:
    return frozenset(map(folded, listed(kind))) - {""}


def _without_role(name: str) -> str:
    """Cut "Jane Doe, Political Editor" or "Jane Doe | Reuters" after the name."""
    match = _CUT.search(name)
    while match:
        tail = folded(name[match.end() :])
        if tail in _folded("roles") or tail in _folded("agencies") or _ends_in_role(name[match.end() :]):
            return name[: match.start()]
        match = _CUT.search(name, match.end())
    return name


def _without_agency(name: str) -> str:
    """Cut the agency off "Jane Doe Associated Press" and "Jane Doe AFP"."""
    words = name.split()
    for count in range(1, min(3, len(words) - 2) + 1):
        tail = words[-count:]
        surely = count > 1 or (tail[0].isupper() and not name.isupper())
        if surely and not words[-count - 1].islower() and folded(" ".join(tail)) in _folded("agencies"):
            return " ".join(words[:-count])
    return name


def _ends_in_role(tail: str) -> bool:
    words = tail.split()
    return bool(words) and len(words) <= 5 and folded(words[-1]) in _folded("roles")


def _is_nobody(name: str) -> bool:
    """Tell whether a credit names nobody at all: addresses, stand-ins such as "admin"."""
    key = folded(name)
    if not key or len(name) > MAX_NAME or key.isdigit():
        return True
    if _ADDRESS.search(name) and not _INITIALS.fullmatch(name):
        return True
    if _DATED.search(name) or (_ends_in_role(name) and folded(name.split()[0]) in _folded("agencies")):
        return True  # "3 May 2025", "AP Sports Writer"
    return key not in _folded("agencies") and (key in _folded("nobody") or key in _folded("roles"))


def is_organisation(name: str, outlets: frozenset[str] = frozenset()) -> bool:
    """Tell whether a name is an agency's, the outlet's own, or carries a word such as "desk" or "team"."""
    key = folded(name)
    if unaccented(name) in outlets or key in _folded("agencies") or is_agency(name):
        return True
    if any(map(str.isdigit, name)):
        return True
    words = [word.strip(".,").casefold() for word in name.split()]
    if words[0] in listed("organisation_begins"):
        return True
    if words[-1] in listed("organisation_ends"):
        return True
    # "BBC Sport", "Guardian staff reporter": the outlet's own name as its first word.
    return len(words) > 1 and len(folded(words[0])) > 2 and _of_outlet(unaccented(words[0]), outlets)


def _of_outlet(word: str, outlets: frozenset[str]) -> bool:
    return word in outlets or f"the{word}" in outlets
