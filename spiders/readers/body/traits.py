"""The traits of blocks: how each looks, where it stands, and what stands around it. One row a trait."""

from collections import Counter

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
    return found | {name: (bits >> at & 1).astype(np.float32) for at, name in enumerate(PHRASES)}


def _places(blocks: Blocks, frame: Frame) -> Traits:
    lineages = np.array(blocks.lineages, np.intp)[frame.owner]
    table = np.frombuffer(b"".join(blocks.distances), np.uint8).reshape(-1, len(PLACES))
    near = table[lineages].astype(np.float32)
    for at, tag in enumerate(blocks.inner):
        if tag is not None and tag.places:
            near[at, tag.places] = 0
    counts = np.array(blocks.counts, np.float32)[lineages]
    owners = [blocks.tags[owner] for owner in blocks.owners]
    kind = np.array([tag.kind for tag in owners], np.intp)
    found: Traits = {
        "depth": counts[:, 0],
        "good": counts[:, 1],
        "bad": counts[:, 2],
        "near_good": near[:, sorted(GOOD)].min(axis=1),
        "near_bad": near[:, sorted(BAD)].min(axis=1),
        "level": _floats([tag.level for tag in owners]),
        "breaks": np.minimum(_floats(blocks.breaks), 20),
    }
    found |= {name: (kind == at).astype(np.float32) for at, name in enumerate(KINDS)}
    return found | {f"near_{name}": near[:, at] for at, name in enumerate(PLACES)}


def is_data(traits: Traits) -> Numbers:
    """Which blocks are no language: so long without a blank."""
    data: Numbers = (traits["weight"] > _LONG_DATA) & (traits["word_length"] > _LONG_WORD)
    return data


def apart(traits: Traits, up: Numbers, name: str) -> Traits:
    """The distance of each place that sets a block apart: nearer than what is ``up`` elements away."""
    near = np.array([traits[f"near_{place}"] for place in APART])
    found = np.where(near < up, near, np.float32(FAR))
    return {f"{name}_{place}": row for place, row in zip(APART, found, strict=True)}


def _masses(traits: Traits, frame: Frame) -> Traits:
    """How much good text the elements around each block hold, beside the best on the page."""
    good = traits["weight"] * (1 - traits["linked"])
    poor = (traits["heading"] > 0) | (traits["caption"] > 0) | (traits["weight"] < _SHORT)
    good = good * np.where(poor, np.float32(0.2), np.float32(1)) * ~is_data(traits)
    whole = max(float(good.sum()), 1.0)
    found: Traits = {"good_text": good.astype(np.float32)}
    for name, group in (
        ("owner", frame.owner),
        ("parent", frame.parent),
        ("grand", frame.grand),
        ("great", frame.great),
    ):
        mass = np.bincount(group, good, minlength=frame.nodes)
        found[f"mass_{name}"] = (mass[group] / max(float(mass.max()), 1.0)).astype(np.float32)
        found[f"share_{name}"] = (mass[group] / whole).astype(np.float32)
    for name, group in (("owner", frame.owner), ("parent", frame.parent), ("look", frame.look)):
        found[f"many_{name}"] = np.log1p(np.bincount(group)[group]).astype(np.float32)
    main = int(np.bincount(frame.parent, good, minlength=frame.nodes).argmax())
    found["up_main"], found["down_main"] = frame.steps(main)
    found |= apart(traits, found["up_main"], "apart")
    mass = np.bincount(frame.look, good)
    found["mass_look"] = (mass[frame.look] / max(float(mass.max()), 1.0)).astype(np.float32)
    mean = np.bincount(frame.parent, good) / np.maximum(np.bincount(frame.parent), 1)
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
    for shift in _SHIFTS:
        for name in _NEIGHBOURLY:
            found[f"{name}{shift:+d}"] = shifted(traits[name], shift)
        found[f"parent{shift:+d}"] = (shifted(frame.parent, shift) == frame.parent).astype(np.float32)
        found[f"look{shift:+d}"] = (shifted(frame.look, shift) == frame.look).astype(np.float32)
    around = np.ones(2 * _AROUND + 1)
    sums = [
        np.convolve(traits[name], around)[_AROUND : _AROUND + frame.size] for name in ("good_text", "weight")
    ]
    found["density"] = (sums[0] / np.maximum(sums[1], 1)).astype(np.float32)
    found["text_around"] = np.log1p(sums[0]).astype(np.float32)
    return found


def shifted(column: Numbers | Indices, shift: int) -> Numbers:
    """The values of the blocks ``shift`` places on; -1 beyond the page."""
    found = np.full(len(column), -1, column.dtype)
    if abs(shift) < len(column):
        if shift > 0:
            found[:-shift] = column[shift:]
        else:
            found[-shift:] = column[:shift]
    return found


def _floats(values: list[int] | list[bool]) -> Numbers:
    return np.array(values, np.float32)


def _clip(column: Indices) -> Indices:
    return np.clip(column, -_FAR_BLOCKS, _FAR_BLOCKS)
