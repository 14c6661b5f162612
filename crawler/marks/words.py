"""The words of a text with the places they stand at, for every script."""

import re

_DENSE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(rf"[{_DENSE}]|[^\W_{_DENSE}]+(?:['’][^\W_{_DENSE}]+)*")


def words(text: str) -> list[str]:
    """Return the words of a text in folded case; in scripts without blanks each character is one."""
    return _WORD.findall(text.casefold())
