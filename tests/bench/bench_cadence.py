"""What a decision costs after a poll without news. Run with ``-m bench``."""

import time
import timeit

import pytest

from crawler import rhythm as rhythms
from crawler.cadence import Bounds, Polled, Rules, after_success
from crawler.hints import PublisherHints
from crawler.rhythm import News

LIMIT_MICROSECONDS = 50.0
"""On a machine that others use as well."""
NOW = 1_760_000_000.0
RULES = Rules(bounds=Bounds(shortest=300, longest=86400, first=1800))

pytestmark = pytest.mark.bench


def kept(count: int) -> str:
    times = [NOW - 60 * (place % 3) - 1800 * place for place in range(count)]
    return rhythms.dump(rhythms.learn(None, News(at=NOW, new=count, seen=count, published=times)))


@pytest.mark.parametrize(("count", "silence"), [(40, 600.0), (40, 6 * 3600.0), (12, 40 * 86400.0)])
def test_a_decision_without_news(count: int, silence: float, capsys: pytest.CaptureFixture[str]) -> None:
    """The kept text is parsed anew each time, as it is where sources come by the hundred thousand."""
    text = kept(count)
    polled = Polled(seen=0, new=0, pace=600.0, before=NOW, rhythm=text, hints=PublisherHints(ttl=900.0))

    def decide() -> None:
        rhythms.parse.cache_clear()
        after_success(polled, RULES, now=NOW + silence, chance=0.5)

    cost = min(timeit.repeat(decide, timer=time.process_time, number=2000, repeat=5)) / 2000 * 1e6
    with capsys.disabled():
        print(f"\n{count} entries, silent for {silence / 3600:.1f} h: {cost:.1f} us a decision")
    assert cost < LIMIT_MICROSECONDS
