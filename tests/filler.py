"""Made-up articles for tests: always the same for the same number, different for different ones."""

import random

WHO = (
    "The harbour council",
    "A retired lamplighter",
    "The valley orchestra",
    "The ferry company",
    "Two bakers",
    "The weather office",
    "A school choir",
    "The bridge committee",
    "The national archive",
    "A group of gardeners",
    "The cycling club",
    "The night market",
    "An old cinema",
    "The salt works",
    "The lighthouse trust",
)
DID = (
    "reopened",
    "questioned",
    "postponed",
    "celebrated",
    "repaired",
    "counted",
    "painted over",
    "inherited",
    "voted against",
    "rediscovered",
    "photographed",
    "auctioned",
    "moved",
    "insured",
    "renamed",
)
WHAT = (
    "the eastern pier",
    "a collection of maps",
    "the winter timetable",
    "seven hundred lanterns",
    "the town clock",
    "a disputed footpath",
    "the oldest pear tree",
    "its last tram",
    "an unsigned letter",
    "the river gauge",
    "a fleet of dinghies",
    "the chalk quarry",
    "half of the reading room",
    "a bronze heron",
    "the spring fair",
)
HOW = (
    "after a long meeting",
    "to everyone's surprise",
    "before the first frost",
    "without an explanation",
    "with borrowed money",
    "on the advice of a beekeeper",
    "despite the rain",
    "for the third time this decade",
    "at a cost nobody would name",
    "under a new set of rules",
    "with the help of volunteers",
    "by a narrow margin",
)


def sentence(lot: random.Random) -> str:
    """Return one sentence."""
    return f"{lot.choice(WHO)} {lot.choice(DID)} {lot.choice(WHAT)} {lot.choice(HOW)}"


def made_up(number: int, *, paragraphs: int = 4) -> tuple[str, str]:
    """Return the title and the text (paragraphs apart by a blank line) of article ``number``."""
    lot = random.Random(f"article {number}")
    title = f"{sentence(lot)}, no. {number}"
    blocks = (". ".join(sentence(lot) for _ in range(4)) + "." for _ in range(paragraphs))
    return title, "\n\n".join(blocks)
