"""Publication times that a store keeps, as outlets to replay."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from crawler import rhythm as rhythms
from crawler.hints import read_hints
from crawler.normalize.dates import quick_date
from crawler.simulate.outlet import Outlet
from storage.model import Source

WINDOW = 30
"""Entries that a feed is taken to show, where it is not known."""
_LATE = 2 * 86400.0
"""Seconds: an entry dated longer than this before it was seen came late, or is dated wrongly."""

Sighting = tuple[int, str | None, float]
"""Number of the source, stated time of publication, first sight in epoch seconds."""


def outlets_of(sightings: Iterable[Sighting], sources: Mapping[int, Source]) -> list[Outlet]:
    """Return one outlet for each source, from sightings grouped by source.

    An entry appeared when it says so, if that can be true, else when it was seen first: a poll that came
    late makes a believable date the better witness.
    """
    found = []
    for number, lines in groupby(sightings, key=itemgetter(0)):
        if (source := sources.get(number)) is None:
            continue
        moments = sorted(_moments(list(lines)))
        rhythm = rhythms.parse(source.rhythm)
        found.append(
            Outlet(
                name=f"{number} {source.title or source.url}",
                kind=source.kind,
                window=max(round(rhythm.window), 1) if rhythm is not None and rhythm.window else WINDOW,
                appeared=[appeared for appeared, _ in moments],
                stated=[stated for _, stated in moments],
                hints=read_hints(source.hints),
            )
        )
    return found


def _moments(lines: list[Sighting]) -> Iterable[tuple[float, float | None]]:
    followed = min(seen for _, _, seen in lines)
    for _, text, seen in lines:
        stated = quick_date(text)
        # What was there when the source was followed is older than its first sight, however old it is.
        oldest = seen - _LATE if seen > followed + _LATE else 0.0
        believed = stated is not None and oldest <= stated <= seen
        yield (stated if stated is not None and believed else seen), stated
