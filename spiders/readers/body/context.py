"""What the first judgement of a page's blocks says about each of them: the ground of the second judgement."""

import numpy as np

from spiders.readers.body.letters import Indices, Numbers
from spiders.readers.body.traits import Frame, Traits, apart, shifts, sums

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
_GROUPS = ("owner", "parent", "grand", "great", "section", "look", "both")
_LIKELY = 0.5
_FAR_BLOCKS = 30


def context_of(traits: Traits, frame: Frame, first: Numbers) -> Traits:
    """The context of all blocks. ``first`` are the probabilities of the first judgement."""
    found: Traits = {"first": first}
    rows = shifts(np.stack((first, traits["starts_related"])), max(_SHIFTS))
    for shift in _SHIFTS:
        found[f"first{shift:+d}"] = rows[shift][0]
    weight = np.minimum(traits["weight"], 600) + 10
    found |= _groups(frame, first, weight)
    found |= _run(traits, first)
    found |= apart(frame, found["up_likely"], "off")
    for shift in (-1, 1):
        for name in ("log_weight", "heading", "same_title", "linked"):
            found[f"{name}{shift:+d}"] = traits[f"{name}{shift:+d}"]
        found[f"starts_related{shift:+d}"] = rows[shift][1]
    found |= {name: traits[name] for name in OWN}
    return found


def _groups(frame: Frame, first: Numbers, weight: Numbers) -> Traits:
    """Means, masses and counts of the blocks that share an element or a look."""
    both = frame.parent * (int(frame.look.max()) + 1) + frame.look
    _, both = np.unique(both, return_inverse=True)
    ways = (frame.owner, frame.parent, frame.grand, frame.great, frame.heading, frame.look, both)
    groups = np.stack(ways)
    likely = first * weight
    whole = max(float(likely.sum()), 1.0)
    (_, own_heavy), (masses, own_mass), (_, own_likely) = sums(
        (weight, likely, first > _LIKELY), groups, groups.max(axis=1) + 1
    )
    means = own_mass / own_heavy
    others = np.where(own_heavy > weight + 1, (own_mass - likely) / np.maximum(own_heavy - weight, 1), -1)
    shares = own_mass / whole
    found: Traits = {}
    found["up_likely"], found["down_likely"] = frame.steps(int(masses[1].argmax()))
    for at, name in enumerate(_GROUPS):
        found[f"first_{name}"] = means[at].astype(np.float32)
        found[f"others_{name}"] = others[at].astype(np.float32)
        found[f"mass_first_{name}"] = shares[at].astype(np.float32)
    for name in ("parent", "look", "both"):
        found[f"likely_{name}"] = own_likely[_GROUPS.index(name)].astype(np.float32)
    return found


def _run(traits: Traits, first: Numbers) -> Traits:
    """Where each block stands in the run of likely blocks."""
    size, at = len(first), np.arange(len(first))
    likely = np.flatnonzero(first > _LIKELY)
    found: Traits = {}
    if len(likely):
        start, end = int(likely[0]), int(likely[-1])
        after = likely[np.minimum(np.searchsorted(likely, at), len(likely) - 1)]
        before = likely[np.maximum(np.searchsorted(likely, at, side="right") - 1, 0)]
        gap_before = np.where(before <= at, at - before, _FAR_BLOCKS)
        gap_after = np.where(after >= at, after - at, _FAR_BLOCKS)
    else:
        start, end = 0, -1
        gap_before = gap_after = np.full(size, _FAR_BLOCKS)
    good = first * traits["weight"]
    mass = np.cumsum(good)
    whole = max(float(mass[-1]), 1.0)
    columns: dict[str, Indices | Numbers] = {
        "after_start": np.clip(at - start, -_FAR_BLOCKS, _FAR_BLOCKS),
        "before_end": np.clip(end - at, -_FAR_BLOCKS, _FAR_BLOCKS),
        "gap_before": np.minimum(gap_before, _FAR_BLOCKS),
        "gap_after": np.minimum(gap_after, _FAR_BLOCKS),
        "mass_before": mass / whole,
        "mass_after": (whole - mass) / whole,
        "page_mass": np.full(size, np.log1p(whole)),
        "page_likely": np.full(size, len(likely)),
        "page_most": np.full(size, first.max()),
        "page_structured": np.full(size, traits["structured"].max()),
        "page_unsure": np.full(size, ((first > 0.2) & (first < 0.8)).mean()),
    }
    return found | {name: column.astype(np.float32) for name, column in columns.items()}
