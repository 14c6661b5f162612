"""One thing that is not as it should be, in words a person can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["notice", "problem", "alarm"]
"""``notice``: worth knowing; ``problem``: a source brings nothing, or not all; ``alarm``: so does kabar."""
_ORDER: tuple[Severity, ...] = ("notice", "problem", "alarm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, and what to do about it."""

    code: str
    """A short name to count and filter by, like ``http_403``, ``stale`` or ``gap``."""
    severity: Severity
    what: str
    """One sentence without a full stop."""
    advice: str = ""
    """What a person can do, likewise; empty when there is nothing to do but wait."""
    site: str = ""
    """The site it is about, where it is neither about one source nor about kabar."""


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the gravest severity among findings, or None when there are none."""
    return max((finding.severity for finding in findings), key=_ORDER.index, default=None)
