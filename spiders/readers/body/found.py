"""From a page's tree to its text: cut into blocks, judge them, print those that are the article."""

from collections.abc import Mapping
from dataclasses import dataclass

from spiders.readers.body.certain import choose, drop_lines
from spiders.readers.body.evidence import Evidence
from spiders.readers.body.forest import Model
from spiders.readers.body.judge import judge, shipped
from spiders.readers.body.letters import Numbers
from spiders.readers.body.noise import drop_noise
from spiders.readers.body.printed import print_blocks
from spiders.readers.body.segment import Blocks, clear_furniture, segment
from spiders.readers.body.template import Template
from spiders.readers.tree import HtmlTree

_BESIDE = 3
"""Blocks that many places before and after the text count as left out of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A text and what found it."""

    text: str = ""
    where: str = ""
    left_out: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    """What was left out because the site repeats it."""


_MOST_REPEATED = 0.5
"""Where a template holds more of a text than this, it is no template of this page."""


def find_text(tree: HtmlTree, evidence: Evidence, *, template: Template, model: Model | None = None) -> Found:
    """The text of a page by its blocks. Takes the tree apart. Raises TooManyElements."""
    clear_furniture(tree)
    blocks = segment(tree)
    drop_noise(blocks)
    if not blocks.texts:
        return Found()
    model = model or shipped()
    likely = judge(blocks, evidence, model)
    kept = choose(blocks, likely, model.threshold)
    repeated = _repeated(blocks, kept, likely, template) if template else []
    kept = [at for at in kept if at not in repeated]
    dropped = drop_lines(blocks, kept)
    texts = tuple(blocks.texts[at] for at in repeated)
    left_out = tuple(dict.fromkeys((*_beside(blocks, kept, dropped), *texts)))
    return Found(print_blocks(blocks, kept), "blocks", left_out, texts)


def _repeated(blocks: Blocks, kept: list[int], likely: Numbers, template: Template) -> list[int]:
    """The kept blocks that the site repeats; none where that would leave little."""
    found = [at for at in kept if template.holds(blocks.texts[at], float(likely[at]))]
    size, whole = (sum(len(blocks.texts[at]) for at in places) for places in (found, kept))
    return found if size <= _MOST_REPEATED * whole else []


def _beside(blocks: Blocks, kept: list[int], dropped: Mapping[int, str]) -> tuple[str, ...]:
    """What stands next to the text and is not part of it."""
    if not kept:
        return ()
    chosen, size = set(kept), len(blocks.texts)
    near = range(max(0, kept[0] - _BESIDE), min(size, kept[-1] + 1 + _BESIDE))
    left = (dropped.get(at, "") if at in chosen else blocks.texts[at] for at in near)
    return tuple(text for text in left if text)
