"""The traits of blocks: how each looks, where it stands, and what stands around it. One row a trait."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from spiders.readers.body.evidence import Evidence, likeness
from spiders.readers.body.letters import Indices, Numbers, count_letters
from spiders.readers.body.phrases import LONGEST_LINE, PHRASES, phrases_in
from spiders.readers.body.places import BAD, GOOD, KINDS, NAMES, PLACES
from spiders.readers.body.segment import FAR, Blocks

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

Traits = dict[str, Numbers]
"""Rows by name."""


def traits_of(blocks: Blocks, evidence: Evidence) -> tuple[Traits, "Frame"]:
    """The traits of all blocks, and the groups they fall in."""
    frame = Frame(blocks)
    found = _looks(blocks, evidence)
    found |= _places(blocks, frame)
    found |= _masses(found, frame)
    found |= _positions(found, frame)
    found |= _headed(found, frame)
    found |= _neighbours(found, frame)
    return found, frame


class Frame:
    """The groups that blocks fall in, as arrays."""

    def __init__(self, blocks: Blocks) -> None:
        parents = np.array(blocks.parents, np.intp)
        self.size = len(blocks.texts)
        self.owner = np.array(blocks.owners, np.intp)
        self.parent = parents[self.owner]
        self.grand = parents[self.parent]
        looks: dict[tuple[str, str], int] = {}
        signs = [looks.setdefault(blocks.tags[owner].looks, len(looks)) for owner in blocks.owners]
        self.look = np.array(signs, np.intp)
        """Which blocks have an element of the same name and class."""
        self.great = parents[self.grand]
        self.heading = np.zeros(self.size, np.intp)
        """The heading above each block, counted from one; 0 without."""
        self.near = np.zeros((len(PLACES), self.size), np.float32)
        """For each kind of place how many elements up from each block it is."""
        self.nodes = len(parents)
        self.parents = blocks.parents

    def steps(self, main: int) -> tuple[Numbers, Numbers]:
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
        return _floats(up)[self.owner], _floats(down)[self.owner]


def _looks(blocks: Blocks, evidence: Evidence) -> Traits:
    texts = blocks.texts
    lows = [text.lower() for text in texts]
    letters = count_letters(texts)
    length, words = letters.length, letters.words
    seen = Counter(texts)
    split = [low.split() if len(low) <= LONGEST_LINE else () for low in lows]
    likes = likeness(lows, split, evidence)
    found = {
        "log_weight": np.log1p(letters.weight),
        "log_words": np.log1p(words),
        "weight": letters.weight,
        "linked": _floats(blocks.linked) / length,
        "bold": _floats(blocks.bold) / length,
        "italic": _floats(blocks.italic) / length,
        "stops": np.minimum(letters.stops, 20),
        "stops_word": letters.stops / words,
        "commas_word": letters.commas / words,
        "marks_word": letters.marks / words,
        "upper": letters.upper / length,
        "digits": letters.digits / length,
        "dense": letters.dense / length,
        "word_length": length / words,
        "end": letters.end.astype(np.float32),
        "sentence": ((letters.end == 1) | (letters.end == 2)).astype(np.float32),
        "start": letters.start.astype(np.float32),
        "lines": _floats([text.count("\n") for text in texts]),
        "bar": _floats(["|" in text for text in texts]),
        "repeats": np.minimum(_floats([seen[text] for text in texts]), 5),
        **{name: np.array(values, np.float32) for name, values in likes.items()},
    }
    bits = np.fromiter(map(phrases_in, lows, split), np.intp, len(lows))
    said = (bits >> _PHRASE_BITS & 1).astype(np.float32)
    return found | dict(zip(PHRASES, said, strict=True))


def _places(blocks: Blocks, frame: Frame) -> Traits:
    lineages = np.array(blocks.lineages, np.intp)[frame.owner]
    table = np.frombuffer(b"".join(blocks.distances), np.uint8).reshape(-1, len(PLACES))
    near = table[lineages].T.astype(np.float32, order="C")
    for at, tag in enumerate(blocks.inner):
        if tag is not None and tag.places:
            near[tag.places, at] = 0
    frame.near = near
    counts = np.frombuffer(b"".join(blocks.counts), np.uint8).reshape(-1, 3)
    depth, good, bad = counts[lineages].T.astype(np.float32, order="C")
    owners = [blocks.tags[owner] for owner in blocks.owners]
    kind = np.array([tag.kind for tag in owners], np.intp)
    found: Traits = {
        "depth": depth,
        "good": good,
        "bad": bad,
        "near_good": near[_GOOD].min(axis=0),
        "near_bad": near[_BAD].min(axis=0),
        "level": _floats([tag.level for tag in owners]),
        "breaks": np.minimum(_floats(blocks.breaks), 20),
    }
    found |= zip(KINDS, _IS_KIND[:, kind], strict=True)
    found |= zip(_NEAR, near, strict=True)
    return found


def is_data(traits: Traits) -> Numbers:
    """Which blocks are no language: so long without a blank."""
    data: Numbers = (traits["weight"] > _LONG_DATA) & (traits["word_length"] > _LONG_WORD)
    return data


def apart(frame: Frame, up: Numbers, name: str) -> Traits:
    """The distance of each place that sets a block apart: nearer than what is ``up`` elements away."""
    near = frame.near[_APART]
    found = np.where(near < up, near, np.float32(FAR))
    return {f"{name}_{place}": row for place, row in zip(APART, found, strict=True)}


def _masses(traits: Traits, frame: Frame) -> Traits:
    """How much good text the elements around each block hold, beside the best on the page."""
    good = traits["weight"] * (1 - traits["linked"])
    poor = (traits["heading"] > 0) | (traits["caption"] > 0) | (traits["weight"] < _SHORT)
    good = good * np.where(poor, np.float32(0.2), np.float32(1)) * ~is_data(traits)
    whole = max(float(good.sum()), 1.0)
    found: Traits = {"good_text": good.astype(np.float32)}
    groups = np.stack((frame.owner, frame.parent, frame.grand, frame.great))
    masses, own = sums((good,), groups, np.full(len(groups), frame.nodes))[0]
    most = np.array([mass.max() for mass in masses])[:, None]
    beside, shares = own / np.maximum(most, 1.0), own / whole
    for at, name in enumerate(("owner", "parent", "grand", "great")):
        found[f"mass_{name}"] = beside[at].astype(np.float32)
        found[f"share_{name}"] = shares[at].astype(np.float32)
    for name, group in (("owner", frame.owner), ("parent", frame.parent), ("look", frame.look)):
        found[f"many_{name}"] = np.log1p(np.bincount(group)[group]).astype(np.float32)
    found["up_main"], found["down_main"] = frame.steps(int(masses[1].argmax()))
    found |= apart(frame, found["up_main"], "apart")
    mass = np.bincount(frame.look, good)
    found["mass_look"] = (mass[frame.look] / max(float(mass.max()), 1.0)).astype(np.float32)
    mean = masses[1] / np.maximum(np.bincount(frame.parent, minlength=frame.nodes), 1)
    found["mean_parent"] = np.log1p(mean[frame.parent]).astype(np.float32)
    return found


def _positions(traits: Traits, frame: Frame) -> Traits:
    at = np.arange(frame.size)
    good = np.cumsum(traits["good_text"])
    titles = np.flatnonzero(traits["same_title"] >= 1.5)
    large = [int(index) for index in titles if traits["level"][index] == 1]
    title = large[0] if large else int(titles[0]) if len(titles) else 0
    found: Traits = {
        "at": at / frame.size,
        "at_text": good / max(float(good[-1]), 1.0),
        "after_title": _clip(at - title),
        "titled": np.full(frame.size, bool(len(titles))),
        "log_blocks": np.full(frame.size, np.log1p(frame.size)),
        "log_page": np.full(frame.size, np.log1p(good[-1])),
    }
    for name, group in (("parent", frame.parent), ("grand", frame.grand)):
        best = np.flatnonzero(traits[f"mass_{name}"] >= 1.0)
        first, last = (int(best[0]), int(best[-1])) if len(best) else (0, 0)
        found[f"after_first_{name}"] = _clip(at - first)
        found[f"before_last_{name}"] = _clip(last - at)
        found[f"in_best_{name}"] = group == group[first]
    return {name: column.astype(np.float32) for name, column in found.items()}


def _headed(traits: Traits, frame: Frame) -> Traits:
    """What the heading above each block says."""
    at = np.arange(frame.size)
    heading = np.maximum.accumulate(np.where((traits["heading"] > 0) & (traits["level"] != 1), at, -1))
    under = heading >= 0
    found: Traits = {
        "after_heading": np.where(under, np.minimum(at - heading, _FAR_BLOCKS), _FAR_BLOCKS),
        "under_level": np.where(under, traits["level"][heading], 0),
        "under_linked": np.where(under, traits["linked"][heading], 0),
    }
    for name in ("related", "comments", "newsletter", "share", "legal", "byline"):
        found[f"under_{name}"] = np.where(under, traits[f"starts_{name}"][heading], 0)
    frame.heading = heading + 1
    return {name: column.astype(np.float32) for name, column in found.items()}


def _neighbours(traits: Traits, frame: Frame) -> Traits:
    found: Traits = {}
    rows = shifts(np.stack([traits[name] for name in _NEIGHBOURLY]), max(_SHIFTS))
    groups = np.stack((frame.parent, frame.look))
    shifted = shifts(groups, max(_SHIFTS))
    for shift in _SHIFTS:
        for name, row in zip(_NEIGHBOURLY, rows[shift], strict=True):
            found[f"{name}{shift:+d}"] = row
        found[f"parent{shift:+d}"], found[f"look{shift:+d}"] = shifted[shift] == groups
    around = np.ones(2 * _AROUND + 1)
    good, weight = (
        np.convolve(traits[name], around)[_AROUND : _AROUND + frame.size] for name in ("good_text", "weight")
    )
    found["density"] = (good / np.maximum(weight, 1)).astype(np.float32)
    found["text_around"] = np.log1p(good).astype(np.float32)
    return found


def shifts(rows: Numbers, farthest: int) -> dict[int, Numbers]:
    """By shift the rows with the values of the blocks so many places on; -1 beyond the page."""
    count, size = rows.shape
    wide = np.full((count, size + 2 * farthest), -1, rows.dtype)
    wide[:, farthest : farthest + size] = rows
    return {
        shift: wide[:, farthest + shift : farthest + shift + size] for shift in range(-farthest, farthest + 1)
    }


def sums(values: Sequence[Numbers], groups: Indices, sizes: Indices) -> list[tuple[list[Numbers], Numbers]]:
    """For each of the values its sums by group, and for each block the sum of its own group.

    ``groups`` has a row for each way to group the blocks, ``sizes`` says of how many groups each is.
    """
    ends = np.cumsum(sizes)
    places = groups + (ends - sizes)[:, None]
    found = []
    for value in values:
        total = np.bincount(places.ravel(), np.tile(value, len(groups)), minlength=int(ends[-1]))
        found.append((np.split(total, ends[:-1]), total[places]))
    return found


def _floats(values: list[int] | list[bool]) -> Numbers:
    return np.array(values, np.float32)


def _clip(column: Indices) -> Indices:
    return np.clip(column, -_FAR_BLOCKS, _FAR_BLOCKS)
