"""What Indonesian sites have in common: roles before names, places behind them, initials."""

import re
from collections.abc import Sequence

_ROLE = re.compile(
    r"^(?:penulis|reporter|wartawan|pewarta|jurnalis|kontributor|oleh|laporan(?: wartawan)?|rep"
    r"|editor|redaktur|penyunting|uploader|red)\s*[:：/-]?\s+",
    re.IGNORECASE,
)
_OUTLET = re.compile(
    r"\s*(?:[-–|/]|,(?=\s*(?:tribun|kompas|tempo)))\s*"
    r"(?:[\w.]+\.(?:com|co|id|co\.id|news)|detik\w*|antara|cnn indonesia|tempo)\b.*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|;|/|&|\bdan\b|\|)\s*", re.IGNORECASE)
_EDITOR = re.compile(r"\b(?:editor|redaktur|penyunting|uploader)\s*:.*$", re.IGNORECASE)
_BEFORE_DAY = re.compile(
    r"^\s*(?:[\w.]+\.com|diterbitkan|diperbarui|tayang|terbit|published|updated?)\s*[-:,]*\s+", re.IGNORECASE
)


def name(text: str) -> str:
    """Return a by-line without its role, its editor and its outlet: ``Penulis: Ani, Kompas.com`` is Ani."""
    return _OUTLET.sub("", _ROLE.sub("", _EDITOR.sub("", text).strip())).strip(" -–|,:")


def names(text: str) -> Sequence[str]:
    """Return the names that a by-line lists."""
    return [found for part in _AND.split(text) if (found := name(part))]


def day(text: str) -> str:
    """Return a printed date without what stands before it: ``Kompas.com - 12/11/2025, 10:20 WIB``."""
    return _BEFORE_DAY.sub("", text)
