"""What the first judgement of a page's blocks says about each of them: the ground of the second judgement."""

import numpy as np

from spiders.readers.body.letters import Numbers
from spiders.readers.body.table import Layout, Table
from spiders.readers.body.traits import APART, Frame, apart, shifts

OWN = (
    *(
        "log_weight",
        "linked",
        "bold",
        "italic",
        "stops",
        "sentence",
        "end",
        "start",
        "upper",
        "digits",
        "level",
    ),
    *(
        "p",
        "heading",
        "item",
        "cell",
        "quote",
        "container",
        "near_good",
        "near_bad",
        "good",
        "bad",
        "same_title",
    ),
    *("same_lead", "names", "structured", "repeats", "mass_parent", "mass_grand", "mass_look", "many_owner"),
    *("many_look", "starts_related", "starts_credit", "starts_byline", "starts_legal", "starts_newsletter"),
    *(
        "starts_ad",
        "starts_share",
        "says_legal",
        "says_people",
        "says_newsletter",
        "says_credit",
        "says_social",
    ),
    *("near_named_lead", "near_named_caption", "near_named_related", "near_named_bio", "near_named_byline"),
    *("near_named_title", "near_named_legal", "near_named_newsletter", "near_named_body", "near_blockquote"),
    *("near_list", "near_table", "near_figure", "near_header", "near_footer", "near_aside", "near_article"),
    *(
        "near_named_widget",
        "near_named_box",
        "near_named_card",
        "lines",
        "after_title",
        "dense",
        "breaks",
        "under_related",
        "under_comments",
        "after_heading",
        "up_main",
        "down_main",
    ),
)
"""Traits that the second judgement sees again."""
_SHIFTS = (-4, -3, -2, -1, 1, 2, 3, 4)
_BESIDE = ("log_weight", "heading", "same_title", "linked")
_GROUPS = ("owner", "parent", "grand", "great", "section", "look", "both")
_COUNTED = ("parent", "look", "both")
_LIKELY = 0.5
_FAR_BLOCKS = 30
_BESIDE_ROWS = tuple(f"{name}{shift:+d}" for shift in (-1, 1) for name in _BESIDE)
_GROUP_ROWS = (
    *(f"first_{name}" for name in _GROUPS),
    *(f"others_{name}" for name in _GROUPS),
    *(f"mass_first_{name}" for name in _GROUPS),
    *(f"likely_{name}" for name in _COUNTED),
    *("up_likely", "down_likely"),
)
_RUN_ROWS = (
    *("after_start", "before_end", "gap_before", "gap_after", "mass_before", "mass_after"),
    *("page_mass", "page_likely", "page_most", "page_structured", "page_unsure"),
)
_LAYOUT = Layout(
    (
        *("first", *(f"first{shift:+d}" for shift in _SHIFTS)),
        *("starts_related-1", "starts_related+1"),
        *(*_GROUP_ROWS, *_RUN_ROWS, *(f"off_{place}" for place in APART), *_BESIDE_ROWS, *OWN),
    )
)


def context_of(traits: Table, frame: Frame, first: Numbers) -> Table:
    """The context of all blocks. ``first`` are the probabilities of the first judgement."""
    found = Table(_LAYOUT, frame.size)
    found["first"] = first
    rows = shifts(np.array((first, traits["starts_related"])), max(_SHIFTS))
    found.fill(f"first{_SHIFTS[0]:+d}", [rows[shift][0] for shift in _SHIFTS])
    found.fill("starts_related-1", [rows[shift][1] for shift in (-1, 1)])
    _group(found, frame, first, np.minimum(traits["weight"], 600) + 10)
    _run(found, traits, first)
    found.fill(f"off_{APART[0]}", apart(frame, found["up_likely"]))
    found.fill(_BESIDE_ROWS[0], traits.some((*_BESIDE_ROWS, *OWN)))
    return found


def _group(found: Table, frame: Frame, first: Numbers, weight: Numbers) -> None:
    """Means, masses and counts of the blocks that share an element or a look."""
    groups = np.concatenate((frame.up, (frame.heading, frame.look, frame.both)))
    sizes = groups.max(axis=1) + 1
    ends = np.cumsum(sizes)
    likely = first * weight
    whole = max(float(likely.sum()), 1.0)
    values = np.array((weight, likely, first > _LIKELY), np.float64)
    places = groups + (ends - sizes)[:, None] + (np.arange(len(values)) * ends[-1])[:, None, None]
    total = np.bincount(places.ravel(), np.repeat(values, len(groups), axis=0).ravel())
    own_heavy, own_mass, own_likely = total.take(places)
    others = np.where(own_heavy > weight + 1, (own_mass - likely) / np.maximum(own_heavy - weight, 1), -1)
    found.fill("first_owner", own_mass / own_heavy)
    found.fill("others_owner", others)
    found.fill("mass_first_owner", own_mass / whole)
    found.fill("likely_parent", own_likely.take([_GROUPS.index(name) for name in _COUNTED], axis=0))
    masses = total[ends[-1] + ends[0] : ends[-1] + ends[1]]
    found.fill("up_likely", frame.steps(int(masses.argmax())))


def _run(found: Table, traits: Table, first: Numbers) -> None:
    """Where each block stands in the run of likely blocks."""
    size, at = len(first), np.arange(len(first))
    likely = np.flatnonzero(first > _LIKELY)
    if len(likely):
        start, end = int(likely[0]), int(likely[-1])
        after = likely.take(np.searchsorted(likely, at), mode="clip")
        before = likely.take(np.searchsorted(likely, at, side="right") - 1, mode="clip")
        gap_before = np.where(before <= at, at - before, _FAR_BLOCKS)
        gap_after = np.where(after >= at, after - at, _FAR_BLOCKS)
    else:
        start, end = 0, -1
        gap_before = gap_after = np.full(size, _FAR_BLOCKS)
    places = np.array((at - start, end - at, gap_before, gap_after))
    found.fill("after_start", np.minimum(np.maximum(places, -_FAR_BLOCKS), _FAR_BLOCKS))
    mass = np.cumsum(first * traits["weight"])
    whole = max(float(mass[-1]), 1.0)
    found["mass_before"] = mass / whole
    found["mass_after"] = (whole - mass) / whole
    found["page_mass"] = np.log1p(whole)
    found["page_likely"] = len(likely)
    found["page_most"] = first.max()
    found["page_structured"] = traits["structured"].max()
    found["page_unsure"] = ((first > 0.2) & (first < 0.8)).mean()
