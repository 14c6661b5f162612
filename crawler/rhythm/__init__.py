"""When a source publishes, learnt from its own entries. Pure: a value, kept as a short text with the source.

Most of what is to come follows the habits of the source: so many entries an hour, more at some hours of the
day, days of the week and minutes of the hour than at others (counts that fade with a half-life of four weeks,
set against the time in which they were gathered, all in UTC). The rest follows what has just come: news
draws news, as in a Hawkes process. A silence that lasts longer than the habits explain lowers the rate
without anything being written, so a poll with nothing new costs no more than it did.
"""

from crawler.rhythm.forecast import (
    by_day,
    by_hour,
    expected,
    quiet_after,
    rate,
    safe_wait,
    seek,
    typical_gap,
    window_lasts,
)
from crawler.rhythm.learn import News, learn, with_news
from crawler.rhythm.shape import Rhythm, dump, parse

__all__ = [
    "News",
    "Rhythm",
    "by_day",
    "by_hour",
    "dump",
    "expected",
    "learn",
    "parse",
    "quiet_after",
    "rate",
    "safe_wait",
    "seek",
    "typical_gap",
    "window_lasts",
    "with_news",
]
