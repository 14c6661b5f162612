"""Gold pages as numbers: the blocks of each page, their traits, and their labels."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spiders.readers.body.evidence import Evidence
from spiders.readers.body.letters import Numbers
from spiders.readers.body.segment import Blocks, TooManyElements, segment
from spiders.readers.body.table import Table
from spiders.readers.body.traits import Frame, traits_of
from spiders.readers.head import read_head
from spiders.readers.text import evidence_of, structured_text
from spiders.readers.tree import parse_html
from spiders.train.gold import GoldPage, Sites
from spiders.train.labels import Labels, label

_WEIGHT = {"wcxb": 0.35}
"""Sets that count less: blogs and guides are not what is read here."""

_ONE_IN = 8
_FEW = float(np.log1p(7))


@dataclass(slots=True)
class Sample:
    """One page, ready for training."""

    page: GoldPage
    fold: int
    blocks: Blocks
    evidence: Evidence
    traits: Table
    frame: Frame
    labels: Labels
    first: Numbers
    """What a first forest that never saw the site says of the blocks."""

    @property
    def weight(self) -> Numbers:
        """How much each block counts. Of short links, which are most of a page, one stands for several."""
        plain = (
            (self.traits["linked"] > 0.98) & (self.traits["log_words"] < _FEW) & (self.labels.content == 0)
        )
        standing = np.arange(self.frame.size) % _ONE_IN == 0
        thinned = np.where(plain, np.where(standing, _ONE_IN, 0), 1)
        weight: Numbers = self.labels.weight * thinned * _WEIGHT.get(self.page.source, 1.0)
        return weight


def samples(pages: Iterable[GoldPage]) -> list[Sample]:
    """Read pages; those without blocks or gold are left out."""
    sites = Sites()
    return [found for page in pages if page.bodies and (found := _sample(page, sites.fold(page)))]


def _sample(page: GoldPage, fold: int) -> Sample | None:
    tree, _ = parse_html(page.markup())
    if tree is None:
        return None
    head = read_head(tree, page.url)
    evidence = evidence_of(head, structured_text(head))
    try:
        blocks = segment(tree)
    except TooManyElements:
        return None
    if not blocks.texts:
        return None
    traits, frame = traits_of(blocks, evidence)
    labels = label(blocks.texts, page.bodies, by_character=page.by_character)
    return Sample(page, fold, blocks, evidence, traits, frame, labels, np.zeros(frame.size, np.float32))
