"""How sources and the store are, judged from what polls left behind. Pure: facts in, findings out."""

from crawler.health.condition import Condition, condition
from crawler.health.drift import Drift, drifts
from crawler.health.finding import Finding, worst
from crawler.health.history import examine
from crawler.health.silence import Silence, silence

__all__ = ["Condition", "Drift", "Finding", "Silence", "condition", "drifts", "examine", "silence", "worst"]
