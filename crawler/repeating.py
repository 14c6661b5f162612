"""What repeats on the pages of each site: learned from its articles, given to those who read its pages."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.cadence import DAY
from spiders.readers.body.template import MOST, STORIES, Repeated, Template, learn, template_of
from storage.errors import ValueDamaged
from storage.paragraphs import RepeatedParagraph
from storage.store import Store

BELIEVED = 60 * DAY
"""Seconds after which what was learned has to be learned again."""
FIRST, LATER = 4, 32
"""A site is looked at anew after so many new articles; the pauses double from the one to the other."""
_SITES = 5_000
"""Sites remembered in a process."""
_LOOKED_AT = 2 * STORIES
"""Newest articles of a site that are looked at, copies of one story among them."""


@dataclass(slots=True)
class _Known:
    template: Template
    fresh: int = 0
    """Articles kept since it was learned."""
    wanted: int = FIRST
    """So many, and it is learned anew."""


class Repeating:
    """The templates of the sites whose pages a process reads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def known(self, site: str) -> Template | None:
        """Return the template of a site; None where it is to be learned first."""
        found = self._known.get(site)
        return found.template if found is not None and found.fresh < found.wanted else None

    def learn(self, store: Store, site: str, *, now: float, keep: bool = True) -> Template:
        """Learn what repeats on a site, and return it with what was learned before and is still believed.

        ``now`` is epoch seconds. Without ``keep`` nothing is written.
        """
        if (known := self.known(site)) is not None:  # another page of the site was waiting for it as well
            return known
        before = self._known.get(site)
        since = now - BELIEVED
        kept = {
            one.mark: Repeated(one.mark, one.text, one.stories, one.among)
            for one in store.templates.of(site, since=since)
        }
        found = _learned(store, site)
        fresh = [one for one in found if one.mark not in kept or (one.often and not kept[one.mark].often)]
        if keep and fresh:
            store.templates.keep(site, [_row(one) for one in fresh], since=since, now=now, most=MOST)
        template = template_of((*kept.values(), *found))
        self._known[site] = _Known(template, wanted=min(before.wanted * 2, LATER) if before else FIRST)
        while len(self._known) > _SITES:
            self._known.popitem(last=False)
        return template

    def kept(self, site: str) -> None:
        """Note that an article of a site was kept."""
        if (known := self._known.get(site)) is not None:
            known.fresh += 1


def _learned(store: Store, site: str) -> Sequence[Repeated]:
    try:
        return learn(store.templates.texts(site, limit=_LOOKED_AT))
    except ValueDamaged:  # of one article: what was learned before holds for the pages of all the others
        return ()


def _row(one: Repeated) -> RepeatedParagraph:
    return RepeatedParagraph(mark=one.mark, text=one.text, stories=one.stories, among=one.among)
