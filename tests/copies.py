"""What becomes of a text when others print it: edits as desks make them, each with a lot to draw from."""

import random
from collections.abc import Callable, Sequence

from tests.filler import sentence

SYLLABLES = [a + b for a in ("b", "d", "f", "k", "l", "m", "n", "r", "s", "t", "v", "st") for b in "aeiou"]
Edit = Callable[[str, random.Random], str]
DATELINES = (
    "LONDON (Reuters) - ",
    "JAKARTA, KOMPAS.com - ",
    "PARIS, March 4 (AFP) — ",
    "（ロイター）- ",
    "По данным ТАСС, ",
)
FURNITURE = (
    "Follow us on Facebook, X and Instagram for the latest updates.",
    "ADVERTISEMENT",
    "Read more: The best shelves of the year, tested by our desk",
    "Sign up for our morning briefing. By signing up you agree to our terms.",
)


def prose(number: int, *, words: int = 300) -> str:
    """Return paragraphs of words of no language, some frequent, most rare; other ones for another number."""
    lot = random.Random(f"prose {number}")
    lines = []
    while sum(map(len, lines)) < words:
        line = [_word(lot) for _ in range(lot.randrange(9, 22))]
        lines.append(line)
    sentences = [f"{' '.join(line).capitalize()}." for line in lines]
    return "\n\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))


def _word(lot: random.Random) -> str:
    rank = int(20 * lot.paretovariate(0.7)) - 19
    made = random.Random(rank)
    return "".join(made.choice(SYLLABLES) for _ in range(min(4, 1 + rank // 15)))


def dateline(text: str, lot: random.Random) -> str:
    return lot.choice(DATELINES) + text


def byline(text: str, lot: random.Random) -> str:
    return f"{text}\n\n{lot.choice(('(abc/def)', '© wire 260304-930-393/1', 'Reporting by Ann Other'))}"


def layout(text: str, lot: random.Random) -> str:
    parts = text.replace("\n\n", " ").split(". ")
    return "".join(part + lot.choice((". ", ".\n\n")) for part in parts)


def quotes(text: str, _lot: random.Random) -> str:
    return text.replace("'", "’").replace('"', "“").replace(" ", "\u00a0", 3).replace("e", "e\u200b", 5)


def trimmed(share: float) -> Edit:
    def trim(text: str, _lot: random.Random) -> str:
        parts = text.split(". ")
        return ". ".join(parts[: max(1, round(len(parts) * (1 - share)))])

    return trim


def edited(share: float) -> Edit:
    def edit(text: str, lot: random.Random) -> str:
        words = text.split(" ")
        for at in range(len(words)):
            if lot.random() < share:
                words[at] = lot.choice(("", "indeed", f"{words[at]} also", "rather", words[at][::-1]))
        return " ".join(filter(None, words))

    return edit


def furnished(text: str, lot: random.Random) -> str:
    parts = text.split("\n\n")
    for _ in range(2):
        parts.insert(lot.randrange(1, len(parts) + 1), lot.choice(FURNITURE))
    return "\n\n".join(parts)


def reordered(text: str, lot: random.Random) -> str:
    parts = text.split("\n\n")
    at = lot.randrange(len(parts) - 1) if len(parts) > 1 else 0
    parts[at : at + 2] = parts[at : at + 2][::-1]
    return "\n\n".join(parts)


def updated(text: str, lot: random.Random) -> str:
    return f"{' '.join(sentence(lot) for _ in range(3))}\n\n{text}"


EDITS: dict[str, Sequence[Edit]] = {
    "dateline and byline": (dateline, byline),
    "layout and quotes": (layout, quotes),
    "furniture": (furnished, furnished),
    "cut by a third": (trimmed(0.35), dateline),
    "its beginning": (trimmed(0.7), byline),
    "five words in a hundred": (edited(0.05), dateline),
    "twelve words in a hundred": (edited(0.12), furnished, byline),
    "order of paragraphs": (reordered, layout),
    "an update": (updated, dateline),
    "everything a little": (dateline, edited(0.03), furnished, reordered, trimmed(0.1), quotes, byline),
}


def copied(text: str, name: str, seed: int = 1) -> str:
    """Return a text as edited in the way of that name."""
    lot = random.Random(seed)
    for edit in EDITS[name]:
        text = edit(text, lot)
    return text
