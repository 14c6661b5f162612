"""Set policies against each other on the same outlets, as they are and with the same number of requests."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from crawler.cadence import Bounds
from crawler.simulate import policies
from crawler.simulate.outlet import Outlet
from crawler.simulate.replay import Outcome, Policy, Span, replay

DAY = 86400.0
INTERVALS = (300.0, 900.0, 1800.0, 3600.0, 2 * 3600.0, 6 * 3600.0, 12 * 3600.0, DAY)
"""Fixed intervals to compare with, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a policy achieved. Delays in seconds over all entries caught; None when there were none."""

    policy: str
    outlets: str
    """Class of the outlets, or ``all``."""
    median: float | None
    p95: float | None
    mean: float | None
    missed: int
    """Entries that stayed in the feed for the shortest interval or longer, and yet were not seen."""
    caught: int
    requests: int
    requests_per_day: float
    """For one feed."""
    requests_per_entry: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where policies compete: outlets, time, bounds, the seed of all chance."""

    outlets: Sequence[Outlet]
    span: Span
    bounds: Bounds
    effort: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One policy's outcomes, outlet by outlet, and their summary."""

    outcomes: Sequence[Outcome]
    row: Row


class Contest:
    """Runs policies in one setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def run(self, policy: Policy) -> Result:
        """Replay all outlets with a policy."""
        outcomes = self._replay(policy)
        return Result(outcomes=outcomes, row=self._row(policy.name, "all", outcomes))

    def by_kind(self, name: str, result: Result) -> list[Row]:
        """Summarise a result for each class of outlets."""
        kinds = dict.fromkeys(outlet.kind for outlet in self.setting.outlets)
        return [
            self._row(name, kind, [o for o in result.outcomes if o.outlet.kind == kind]) for kind in kinds
        ]

    def kabar(self, *, effort: float | None = None, name: str = "kabar, adaptive") -> Policy:
        """Return kabar's own policy in this setting's bounds."""
        return policies.kabar(self.setting.bounds, effort=effort or self.setting.effort, name=name)

    def even(self, budget: int) -> Policy:
        """Return the fixed interval that spends a budget of requests, found by bisection."""
        return self._matched(lambda effort: policies.fixed(3600.0 / effort), budget, "a fixed interval")

    def stretched(self, policy: Policy, budget: int) -> Policy:
        """Return another rule with all its waits stretched alike, so that it spends a budget of requests."""
        return self._matched(partial(policies.stretched, policy), budget, policy.name)

    def _matched(self, make: Callable[[float], Policy], budget: int, name: str) -> Policy:
        def requests(policy: Policy) -> int:
            return sum(outcome.requests for outcome in self._replay(policy))

        return policies.matched(make, requests, budget, name=name)

    def _replay(self, policy: Policy) -> list[Outcome]:
        setting = self.setting
        return [replay(outlet, policy, setting.span, seed=setting.seed) for outlet in setting.outlets]

    def _row(self, policy: str, outlets: str, outcomes: Sequence[Outcome]) -> Row:
        delays = sorted(delay for outcome in outcomes for delay in outcome.delays)
        requests = sum(outcome.requests for outcome in outcomes)
        span = self.setting.span
        feed_days = len(outcomes) * (span.end - span.measured) / DAY
        missed = sum(avoidable(outcome, self.setting.bounds.shortest) for outcome in outcomes)
        return Row(
            policy=policy,
            outlets=outlets,
            median=_quantile(delays, 0.5),
            p95=_quantile(delays, 0.95),
            mean=sum(delays) / len(delays) if delays else None,
            missed=missed,
            caught=len(delays),
            requests=requests,
            requests_per_day=requests / feed_days,
            requests_per_entry=requests / len(delays) if delays else None,
        )


def compare(setting: Setting) -> Iterator[tuple[str, Row]]:
    """Yield the rows of the whole comparison, each with the part of the table it belongs to.

    ``own``: kabar; ``budget``: others that spend as many requests; ``as it is``: others as they come;
    ``kind``: kabar and the fixed interval of the same budget for each class of outlets.
    """
    contest = Contest(setting)
    own = contest.run(contest.kabar())
    yield "own", own.row
    even = contest.run(contest.even(own.row.requests))
    yield "budget", even.row
    for rule in policies.others():
        yield "budget", contest.run(contest.stretched(rule, own.row.requests)).row
    for policy in (*map(policies.fixed, INTERVALS), *policies.others()):
        yield "as it is", contest.run(policy).row
    yield "as it is", contest.run(contest.kabar(effort=0.01, name="kabar, least effort")).row
    pairs = zip(contest.by_kind(own.row.policy, own), contest.by_kind(even.row.policy, even), strict=True)
    for pair in pairs:
        for row in pair:
            yield "kind", row


def avoidable(outcome: Outcome, shortest: float) -> int:
    """Count the missed entries that polls at the shortest allowed interval catch, whenever they begin."""
    appeared, window = outcome.outlet.appeared, outcome.outlet.window
    stayed = (appeared[place + window] - appeared[place] for place in outcome.missed)
    return sum(seconds >= shortest for seconds in stayed)


def _quantile(values: Sequence[float], share: float) -> float | None:
    return values[min(int(share * len(values)), len(values) - 1)] if values else None
