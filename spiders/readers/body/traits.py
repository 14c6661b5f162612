"""The traits of blocks: how each looks, where it stands, and what stands around it. One row a trait."""

from collections import Counter

import numpy as np

from spiders.readers.body.evidence import LIKENESS, Evidence, likeness
from spiders.readers.body.letters import END_QUOTE, END_SENTENCE, Numbers, count_letters
from spiders.readers.body.phrases import LONGEST_LINE, PHRASES, phrases_in
from spiders.readers.body.places import BAD, GOOD, KINDS, NAMES, PLACES
from spiders.readers.body.segment import FAR, Blocks
from spiders.readers.body.table import Layout, Table

_SHORT = 40
_LONG_DATA = 1_000
_LONG_WORD = 60
_FAR_BLOCKS = 40
_AROUND = 5

_NEIGHBOURLY = (
    *(
        "log_weight",
        "linked",
        "sentence",
        "heading",
        "mass_parent",
        "near_bad",
        "stops",
        "same_title",
        "bold",
    ),
)
_SHIFTS = (-2, -1, 1, 2)

APART = (
    *(f"named_{name}" for name in NAMES if name not in ("body", "content", "title", "lead", "date")),
    *("nav", "footer", "aside", "header", "list", "table", "section", "article", "form", "figure"),
)
"""Kinds of places that are asked for between a block and what it shares with the best element."""

_GOOD, _BAD = sorted(GOOD), sorted(BAD)
_NEAR = tuple(f"near_{place}" for place in PLACES)
_APART = [PLACES.index(place) for place in APART]
_IS_KIND = np.eye(len(KINDS), dtype=np.float32)
_PHRASE_BITS = np.arange(len(PHRASES))[:, None]

_UP = ("owner", "parent", "grand", "great")
_UNDER = ("related", "comments", "newsletter", "share", "legal", "byline")
_LOOKS = (
    *("linked", "bold", "italic", "upper", "digits", "dense"),
    *("stops_word", "commas_word", "marks_word", "log_weight", "log_words", "weight", "stops"),
    *("word_length", "end", "sentence", "start", "lines", "bar", "repeats"),
    *LIKENESS,
    *PHRASES,
)
_STANDS = ("depth", "good", "bad", "near_good", "near_bad", "level", "breaks", *KINDS, *_NEAR)
_MASSES = (
    "good_text",
    *(f"mass_{name}" for name in _UP),
    *(f"share_{name}" for name in _UP),
    *("many_owner", "many_parent", "many_look", "up_main", "down_main"),
    *(f"apart_{place}" for place in APART),
    *("mass_look", "mean_parent"),
)
_POSITIONS = (
    *("at", "at_text", "after_title", "after_first_parent", "after_first_grand"),
    *("before_last_parent", "before_last_grand", "in_best_parent", "in_best_grand"),
    *("titled", "log_blocks", "log_page"),
)
_SAID = ("level", "linked", *(f"starts_{name}" for name in _UNDER))
_HEADED = ("after_heading", "under_level", "under_linked", *(f"under_{name}" for name in _UNDER))
_AROUND_ROWS = (
    *(f"{name}{shift:+d}" for shift in _SHIFTS for name in _NEIGHBOURLY),
    *(f"{name}{shift:+d}" for shift in _SHIFTS for name in ("parent", "look")),
    *("density", "text_around"),
)
_LAYOUT = Layout((*_LOOKS, *_STANDS, *_MASSES, *_POSITIONS, *_HEADED, *_AROUND_ROWS))


def traits_of(blocks: Blocks, evidence: Evidence) -> tuple[Table, "Frame"]:
    """The traits of all blocks, and the groups they fall in."""
    frame = Frame(blocks)
    traits = Table(_LAYOUT, frame.size)
    _look(traits, blocks, evidence)
    _place(traits, blocks, frame)
    _weigh(traits, frame)
    _order(traits, frame)
    _head(traits, frame)
    _neighbour(traits, frame)
    return traits, frame


class Frame:
    """The groups that blocks fall in, as arrays."""

    def __init__(self, blocks: Blocks) -> None:
        parents = np.array(blocks.parents, np.intp)
        self.size = len(blocks.texts)
        self.nodes = len(parents)
        self.parents, self.owners = blocks.parents, blocks.owners
        self.up = np.empty((len(_UP), self.size), np.intp)
        """The element of each block, and those around it."""
        self.up[0] = blocks.owners
        for level in range(1, len(_UP)):
            self.up[level] = parents.take(self.up[level - 1])
        self.owner, self.parent, self.grand, self.great = self.up
        looks: dict[tuple[str, str], int] = {}
        signs = [looks.setdefault(blocks.tags[owner].looks, len(looks)) for owner in blocks.owners]
        self.look = np.array(signs, np.intp)
        """Which blocks have an element of the same name and class."""
        pairs: dict[tuple[int, int], int] = {}
        both = zip(self.parent.tolist(), signs, strict=True)
        self.both = np.array([pairs.setdefault(pair, len(pairs)) for pair in both], np.intp)
        """Which blocks have that and the same parent."""
        self.heading = np.zeros(self.size, np.intp)
        """The heading above each block, counted from one; 0 without."""
        self.near = np.zeros((len(PLACES), self.size), np.float32)
        """For each kind of place how many elements up from each block it is."""

    def steps(self, main: int) -> Numbers:
        """How far up the nearest element around a block and ``main`` is, from the block and from main."""
        around: dict[int, int] = {}
        node, far = main, 0
        while node not in around:
            around[node] = far
            node, far = self.parents[node], far + 1
        up, down = [0] * self.nodes, [0] * self.nodes
        for node, parent in enumerate(self.parents):
            if node in around:
                down[node] = around[node]
            else:
                up[node], down[node] = up[parent] + 1, down[parent]
        owners = self.owners
        return np.array(([up[at] for at in owners], [down[at] for at in owners]), np.float32)


def _look(traits: Table, blocks: Blocks, evidence: Evidence) -> None:
    texts = blocks.texts
    lows = [text.lower() for text in texts]
    letters = count_letters(texts)
    length, words, weight, end = letters.length, letters.words, letters.weight, letters.end
    seen = Counter(texts)
    split = [low.split() if len(low) <= LONGEST_LINE else () for low in lows]
    traits.fill("linked", np.array((blocks.linked, blocks.bold, blocks.italic), np.float32) / length)
    traits.fill("upper", letters.signs / length)
    traits.fill("stops_word", letters.marks / words)
    traits.fill("log_weight", np.log1p((weight, words)))
    traits["weight"] = weight
    traits["stops"] = np.minimum(letters.marks[0], 20)
    traits["word_length"] = length / words
    traits["end"] = end
    traits["sentence"] = (end == END_SENTENCE) | (end == END_QUOTE)
    traits["start"] = letters.start
    traits["lines"] = [text.count("\n") for text in texts]
    traits["bar"] = ["|" in text for text in texts]
    traits["repeats"] = np.minimum([seen[text] for text in texts], 5) if len(seen) < len(texts) else 1
    traits.fill(LIKENESS[0], np.array(likeness(lows, split, evidence), np.float32))
    bits = np.fromiter(map(phrases_in, lows, split), np.intp, len(lows))
    traits.fill(PHRASES[0], bits >> _PHRASE_BITS & 1)


def _place(traits: Table, blocks: Blocks, frame: Frame) -> None:
    around = [blocks.standings[owner] for owner in blocks.owners]
    distances = b"".join([standing.distances for standing in around])
    traits.fill(_NEAR[0], np.frombuffer(distances, np.uint8).reshape(-1, len(PLACES)).T)
    frame.near = near = traits.rows[traits.layout.places[_NEAR[0]] :][: len(PLACES)]
    for at, tag in enumerate(blocks.inner):
        if tag is not None and tag.places:
            near[tag.places, at] = 0
    counts = b"".join([standing.counts for standing in around])
    traits.fill("depth", np.frombuffer(counts, np.uint8).reshape(-1, 3).T)
    traits["near_good"] = near[_GOOD].min(axis=0)
    traits["near_bad"] = near[_BAD].min(axis=0)
    owners = [blocks.tags[owner] for owner in blocks.owners]
    traits["level"] = [tag.level for tag in owners]
    traits["breaks"] = np.minimum(blocks.breaks, 20)
    traits.fill(KINDS[0], _IS_KIND.take([tag.kind for tag in owners], axis=1))


def is_data(traits: Table) -> Numbers:
    """Which blocks are no language: so long without a blank."""
    data: Numbers = (traits["weight"] > _LONG_DATA) & (traits["word_length"] > _LONG_WORD)
    return data


def apart(frame: Frame, up: Numbers) -> Numbers:
    """The distance of each place that sets a block apart: nearer than what is ``up`` elements away."""
    near = frame.near.take(_APART, axis=0)
    near[near >= up] = FAR
    return near


def _weigh(traits: Table, frame: Frame) -> None:
    """How much good text the elements around each block hold, beside the best on the page."""
    good = traits["weight"] * (1 - traits["linked"])
    poor = (traits["heading"] > 0) | (traits["caption"] > 0) | (traits["weight"] < _SHORT)
    good[poor] *= np.float32(0.2)
    good[is_data(traits)] = 0
    whole = max(float(good.sum()), 1.0)
    traits["good_text"] = good
    places = frame.up + np.arange(len(_UP))[:, None] * frame.nodes
    total = np.bincount(places.ravel(), np.tile(good, len(_UP)), minlength=len(_UP) * frame.nodes)
    masses, own = total.reshape(len(_UP), -1), total.take(places)
    most = masses.max(axis=1)[:, None]
    traits.fill("mass_owner", own / np.maximum(most, 1.0))
    traits.fill("share_owner", own / whole)
    counts = [np.bincount(group) for group in (frame.owner, frame.parent, frame.look)]
    groups = (frame.owner, frame.parent, frame.look)
    many = [count.take(group) for count, group in zip(counts, groups, strict=True)]
    traits.fill("many_owner", np.log1p(many))
    traits.fill("up_main", frame.steps(int(masses[1].argmax())))
    traits.fill(f"apart_{APART[0]}", apart(frame, traits["up_main"]))
    mass = np.bincount(frame.look, good)
    traits["mass_look"] = mass.take(frame.look) / max(float(mass.max()), 1.0)
    traits["mean_parent"] = np.log1p(own[1] / np.maximum(many[1], 1))


def _order(traits: Table, frame: Frame) -> None:
    at = np.arange(frame.size)
    good = np.cumsum(traits["good_text"])
    titles = np.flatnonzero(traits["same_title"] >= 1.5).tolist()
    large = [index for index in titles if traits["level"][index] == 1]
    title = (large or titles or [0])[0]
    best = [np.flatnonzero(traits[name] >= 1.0) for name in ("mass_parent", "mass_grand")]
    first = [int(places[0]) if len(places) else 0 for places in best]
    last = [int(places[-1]) if len(places) else 0 for places in best]
    far = at - np.array((title, *first, *last))[:, None]
    far[3:] *= -1
    traits.fill("after_title", np.minimum(np.maximum(far, -_FAR_BLOCKS), _FAR_BLOCKS))
    traits["at"] = at / frame.size
    traits["at_text"] = good / max(float(good[-1]), 1.0)
    traits["in_best_parent"] = frame.parent == frame.parent[first[0]]
    traits["in_best_grand"] = frame.grand == frame.grand[first[1]]
    traits["titled"] = bool(titles)
    traits["log_blocks"] = np.log1p(frame.size)
    traits["log_page"] = np.log1p(good[-1])


def _head(traits: Table, frame: Frame) -> None:
    """What the heading above each block says."""
    at = np.arange(frame.size)
    heading = np.maximum.accumulate(np.where((traits["heading"] > 0) & (traits["level"] != 1), at, -1))
    traits["after_heading"] = np.minimum(at - heading, _FAR_BLOCKS)
    said = traits.some(_SAID).take(heading, axis=1)
    under = heading >= 0
    if not under[0]:
        said[:, ~under] = 0
        traits["after_heading"][~under] = _FAR_BLOCKS
    traits.fill("under_level", said)
    frame.heading = heading + 1


def _neighbour(traits: Table, frame: Frame) -> None:
    rows = shifts(traits.some(_NEIGHBOURLY), max(_SHIFTS))
    groups = np.array((frame.parent, frame.look))
    shifted = shifts(groups, max(_SHIFTS))
    traits.fill(_AROUND_ROWS[0], np.concatenate([rows[shift] for shift in _SHIFTS]))
    traits.fill(f"parent{_SHIFTS[0]:+d}", np.concatenate([shifted[shift] == groups for shift in _SHIFTS]))
    around = np.ones(2 * _AROUND + 1)
    good, weight = (
        np.convolve(traits[name], around)[_AROUND : _AROUND + frame.size] for name in ("good_text", "weight")
    )
    traits["density"] = good / np.maximum(weight, 1)
    traits["text_around"] = np.log1p(good)


def shifts(rows: Numbers, farthest: int) -> dict[int, Numbers]:
    """By shift the rows with the values of the blocks so many places on; -1 beyond the page."""
    count, size = rows.shape
    wide = np.full((count, size + 2 * farthest), -1, rows.dtype)
    wide[:, farthest : farthest + size] = rows
    return {
        shift: wide[:, farthest + shift : farthest + shift + size] for shift in range(-farthest, farthest + 1)
    }
