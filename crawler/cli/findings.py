"""How findings are printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crawler.cli.call import Call
from crawler.cli.records import without_passwords

if TYPE_CHECKING:
    from crawler.health import Finding

STYLES = {"alarm": "bold red", "problem": "red", "notice": "yellow"}


def finding_record(finding: "Finding") -> dict[str, Any]:
    """Return a finding as JSON-ready values."""
    values = {
        "code": finding.code,
        "severity": finding.severity,
        "what": finding.what,
        "advice": finding.advice or None,
    }
    return without_passwords(values)


def advise(call: Call, findings: "Sequence[Finding]") -> None:
    """Print what to do, each advice once, with the finding it is for."""
    for code, words in dict.fromkeys((finding.code, finding.advice) for finding in findings):
        if words:
            call.say(f"  {code}: {words}")


def sentence(finding: "Finding") -> str:
    """Return a finding and its advice in one line."""
    return f"{finding.what}; {finding.advice}" if finding.advice else finding.what
