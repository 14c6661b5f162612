"""Make an absurdly large page readable before a parser sees it; leave all others as they are.

Everything here is linear in the characters and begins with counts that cost next to nothing. The largest of
some thousand real news pages have 10,000 tags and 2 million characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from spiders.readers.guard import MOST_EQUALS, drop_comments, drop_scripts, trim_attributes
from spiders.readers.silent import drop_silent

MAX_CHARACTERS = 8_000_000
"""Of larger pages the scripts, styles and comments go first; then the beginning and the end are read."""
MAX_TAGS = 30_000
"""Start and end tags; of pages with more, what holds no text goes first."""

_LARGE = 200_000
_HEAVY_SCRIPT = 1_000_000
_LONGEST_RUN = 1_000_000
"""Characters without any tag; parsers give up at ten million bytes."""
_TAIL_SHARE = 4
"""Of a page that is cut, one part in so many is its end; the rest is its beginning."""
_BEGINNING, _ENDING = 600, 200
"""Of a run of tags with hardly any text between them, how many are kept at both ends."""
# No word is that long in letters of ASCII: this is data, in an attribute or spilled into the text.
_DATA = re.compile(r"(?<![\w/+%=.-])[\w/+%=.-]{5000,}+", re.ASCII)
_WINDOW = 2_500
"""A run of such letters fills at least one stretch of this length, counted from the beginning."""
_FULL_WINDOW = re.compile(rf"[\w/+%=.-]{{{_WINDOW}}}+", re.ASCII)
_EMBEDDED = re.compile(r"data:[\w/.+-]{1,60};base64,[\w/+=]++", re.ASCII)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*+>")
_BARE_RUN = re.compile(r"(?:</?[a-zA-Z!][^<>]*+>[^<]{0,60}+(?=<|\Z))++")
_PARAGRAPH = re.compile(r"<p\b", re.IGNORECASE)
_LINKS = re.compile(
    r"(?:<a\b[^<>]*+>[^<]*+</a\s*>\s*+(?:</?(?:li|ul|ol|div|span|td|tr|p|br|dd|dt)\b[^<>]*+>\s*+|[|,;·•-]\s*+)*+)++",
    re.IGNORECASE,
)
_MANY_LINKS = 200
"""Links in a row that no article has, table of contents included."""
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|wbr|img)"
    r"\b[^<>]*+>",
    re.IGNORECASE,
)
_RAW = "script|style|textarea|title|noscript|xmp|iframe|noembed|noframes|plaintext"
_RAW_START = re.compile(rf"<(?:{_RAW})\b[^<>]*+>|<!--|<!\[CDATA\[", re.IGNORECASE)
_NEVER_ENDED = re.compile(r"<[a-zA-Z][^<>]*+(?=<)")


@dataclass(frozen=True, slots=True)
class Light:
    """The characters of a page, fit to be parsed."""

    text: str
    notes: tuple[str, ...] = ()
    """What had to be left out, in plain words."""
    cut: bool = False
    """Whether a part of the page was left out that may have held its text."""
    encoded: bytes | None = field(default=None, compare=False)
    """The same in UTF-8, where it is at hand."""


def lighten(page: bytes) -> Light:
    """Take out of a page in UTF-8 what parsers choke on: heavy scripts, heaps of tags, attributes and data.

    Raises UnicodeDecodeError where what is left is no UTF-8.
    """
    page, doubtful = drop_silent(page)
    text = page.decode("utf-8")
    light = Light(text)
    if len(text) > _LARGE:
        light = _within_size(_without_tag_heaps(_without_data(light)))
        doubtful = doubtful or light.text is not text or text.count("=") > MOST_EQUALS
    trimmed, heavy = trim_attributes(light.text) if doubtful else (light.text, 0)
    if heavy:
        note = f"attributes of {heavy} overloaded tags dropped"
        light = replace(light, text=trimmed, notes=(*light.notes, note))
    return replace(light, encoded=page) if light.text is text else light


def unswallow(text: str) -> str | None:
    """The page without starts that swallow what follows: unclosed scripts, comments, tags that never end.

    None where nothing of that kind can have swallowed paragraphs.
    """
    text, _ = drop_scripts(drop_comments(text), over=0)
    if sum(1 for _ in _PARAGRAPH.finditer(text)) < 3:
        return None
    return _NEVER_ENDED.sub("", _RAW_START.sub("", text))


def _without_data(light: Light) -> Light:
    text, dropped = light.text, 0
    if len(text) > _HEAVY_SCRIPT:
        text, dropped = drop_scripts(text, over=_HEAVY_SCRIPT)
    notes: tuple[str, ...] = (f"{dropped} heavy scripts dropped",) if dropped else ()
    shorter = _DATA.sub("", text) if _may_hold_data(text) else text
    if len(shorter) < len(text):
        notes += (f"{len(text) - len(shorter)} characters of data dropped",)
    return Light(shorter, notes)


def _may_hold_data(text: str) -> bool:
    """Tell cheaply whether such a run may be in the text."""
    return any(_FULL_WINDOW.match(text, at) for at in range(0, len(text) - _WINDOW, _WINDOW))


def _within_size(light: Light) -> Light:
    text, cut, notes = light.text, light.cut, light.notes
    if len(text) > MAX_CHARACTERS:
        text, dropped = drop_scripts(drop_comments(text), over=0)
        text = _EMBEDDED.sub("", text)
        notes += (f"{dropped} scripts, all comments and embedded pictures dropped",)
    if len(text) > MAX_CHARACTERS:
        tail = MAX_CHARACTERS // _TAIL_SHARE
        notes += (f"only {MAX_CHARACTERS} of {len(text)} characters read",)
        text, cut = f"{text[: MAX_CHARACTERS - tail]}\n>{text[-tail:]}", True
    if len(text) > _LONGEST_RUN:
        text = "<".join(_shortened(run) for run in text.split("<"))
    return Light(text, notes, cut)


def _shortened(run: str) -> str:
    """The beginning and the end of what stands between two tags, when it is longer than any text."""
    half = _LONGEST_RUN // 2
    return run if len(run) <= _LONGEST_RUN else f"{run[:half]} <br>{run[-half:]}"


def _without_tag_heaps(light: Light) -> Light:
    """With at most MAX_TAGS tags: what holds the least text goes first."""
    if not _has_too_many(light.text):
        return light
    text, notes, cut = light.text, (*light.notes, "heaps of tags dropped"), light.cut
    for lessen in (_without_bare_runs, _without_link_lists, _without_inline):
        text = lessen(text)
        if not _has_too_many(text):
            break
    else:
        text, cut = "".join(_both_ends(text, MAX_TAGS)), True
    return Light(text, notes, cut)


def _has_too_many(text: str) -> bool:
    if text.count("<") <= MAX_TAGS:
        return False
    return next(islice(_TAG.finditer(text), MAX_TAGS, None), None) is not None


def _without_bare_runs(text: str) -> str:
    """Without the middle of long runs of tags that have hardly any text between them."""

    def lessened(run: re.Match[str]) -> str:
        found = run.group()
        if found.count("<") <= 2 * (_BEGINNING + _ENDING):
            return found
        return "".join(_both_ends(found, _BEGINNING + _ENDING))

    return _BARE_RUN.sub(lessened, text)


def _without_link_lists(text: str) -> str:
    """Without long rows of links that stand for nothing but themselves."""
    return _LINKS.sub(lambda row: "" if row.group().count("</a") > _MANY_LINKS else row.group(), text)


def _without_inline(text: str) -> str:
    return _INLINE.sub("", text)


def _both_ends(text: str, most: int) -> Iterator[str]:
    """The beginning with three quarters of ``most`` tags, and the end with the rest."""
    starts = [found.start() for found in _TAG.finditer(text)]
    if len(starts) <= most:
        yield text
        return
    tail = most // _TAIL_SHARE
    yield text[: starts[most - tail]]
    yield "\n"
    yield text[starts[-tail] :]
