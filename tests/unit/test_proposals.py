"""What becomes of the lines of lists, judged one by one and beside each other."""

import itertools

import pytest

from crawler.proposals import Proposal, propose, spread
from spiders.readers.listed import Listed


def judged(line: int = 1, url: str = "https://a.example/f", **fields) -> Proposal:
    return propose([("x", listed(line, url, **fields))])[0]


def listed(
    line: int = 1, url: str = "https://a.example/f", *, title=None, tags=(), page="", **values
) -> Listed:
    return Listed(line=line, url=url, page=page, title=title, tags=tags, values=values)


def test_a_sound_line_is_a_source() -> None:
    new = judged(
        url="HTTPS://A.Example:443/f#x", title=" The \n Daily ", tags=("a",), interval="1h30m",
        state="paused",
        schedule='{"cron":"0 6 * * *","zone":"Asia/Jakarta"}', since="2026-01-01",
        options='{"user_agent":"me","headers":[["Accept","x/y"]],"verify_tls":false}',
    ).new  # fmt: skip
    assert new is not None
    assert (new.url, new.host, new.title) == ("https://a.example/f", "a.example", "The Daily")
    assert (new.kind, new.state, new.interval, new.tags) == ("feed", "paused", 5400.0, ("a",))
    assert new.schedule == {"cron": "0 6 * * *", "zone": "Asia/Jakarta"}
    assert new.since == 1767225600.0
    assert new.options["headers"] == [["Accept", "x/y"]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "a.example/f"}, "no web address"),
        ({"url": "ftp://a.example/f"}, "no web address"),
        ({"url": ""}, "has no address"),
        ({"url": "", "page": "https://a.example/"}, "`kabar add https://a.example/`"),
        ({"kind": "podcast"}, "none of feed, "),
        ({"state": "done"}, "none of active, paused, gone"),
        ({"interval": "soon"}, "write 15m, 2h, 1d or auto"),
        ({"since": "yesterday"}, "write 2026-11-23"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "is no time"),
        ({"schedule": '{"cron":"often"}'}, "five fields"),
        ({"schedule": '{"when":"often"}'}, "not known"),
        ({"schedule": "[1]"}, "no JSON object"),
        ({"options": "[" * 100_000}, "no JSON object"),
        ({"options": '{"colour":"red"}'}, "'colour'"),
        ({"options": '{"auth":["only a user"]}'}, "'auth'"),
        ({"options": '{"proxy":"socks5://x"}'}, "'proxy'"),
        ({"options": '{"headers":[["Host","x"]]}'}, "'headers'"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(fields: dict[str, str], words: str) -> None:
    proposal = judged(7, **fields)
    assert proposal.new is None
    assert words in str(proposal.refusal)
    assert proposal.line == 7


def test_no_refusal_repeats_a_secret() -> None:
    for options in ('{"auth":["me","hunter2",3]}', "hunter2", '{"cookies":[["a","hunter2\\n"]]}'):
        assert "hunter2" not in str(judged(options=options).refusal)


def test_a_source_named_twice_is_proposed_once_with_all_tags() -> None:
    lines = [
        ("one", listed(3, tags=("A",))),
        ("one", listed(5, "https://b.example/f")),
        ("one", listed(9, "https://A.example/f", tags=("a", "b"))),
        ("two", listed(1, tags=("c",))),
    ]
    first, other, again, elsewhere = propose(lines, tags=("all",))
    assert first.new is not None
    assert first.new.tags == ("A", "all", "b", "c")
    assert other.first is None
    assert (again.first, elsewhere.first) == ("line 3", "line 3 of one")


def test_first_polls_are_spread_thin_and_neighbours_far_apart() -> None:
    few = list(spread(10, now=100.0, first_interval=1800.0))
    assert all(100.0 <= moment <= 105.0 for moment in few)
    many = list(spread(10_000, now=100.0, first_interval=1800.0))
    assert max(many) <= 1900.0
    for start in range(100, 1900, 60):
        assert 300 < sum(start <= moment < start + 60 for moment in many) < 370
    assert all(abs(one - next_) > 600 for one, next_ in itertools.pairwise(many))
