"""How sources, sites and the store are, judged from what is kept of them. Pure: facts in, findings out."""

from crawler.health.condition import Condition, condition
from crawler.health.drift import Drift, drifts
from crawler.health.drift_words import drifted
from crawler.health.finding import Finding, worst
from crawler.health.history import examine
from crawler.health.silence import Silence, silence

__all__ = [
    "Condition",
    "Drift",
    "Finding",
    "Silence",
    "condition",
    "drifted",
    "drifts",
    "examine",
    "silence",
    "worst",
]
