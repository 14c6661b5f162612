"""Codes of languages and countries: which there are. The tables are those of Unicode's CLDR."""

import re

_TAG = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{1,8})*)", re.IGNORECASE)
_WITHOUT_ZONES = frozenset({"BV", "HM", "XK"})
"""Countries that the table of zones has no row for: two without people, and Kosovo, whose code is lent."""
_NO_COUNTRIES = frozenset({"001", "ZZ"})


def language_tag(text: str) -> str:
    """Return a language tag (BCP 47, like ``id`` or ``pt-BR``) with its language in small letters.

    Raises ValueError, in words, for what is none and for languages that nobody knows.
    """
    from babel.core import Locale, get_global

    match = _TAG.fullmatch(text.strip().replace("_", "-"))
    name = match[1].lower() if match else ""
    tables = (Locale("en").languages, get_global("likely_subtags"), get_global("language_aliases"))
    if match is None or not any(name in table for table in tables):
        meant = get_global("likely_subtags").get(f"und_{name.upper()}", "")
        hint = f"; did you mean {meant.partition('_')[0]}?" if meant else ""
        raise ValueError(
            f"{text[:40]!r} is no code of a language: write it as in ISO 639, like id or pt-BR{hint}"
        )
    return f"{name}{match[2]}"


def country_code(text: str) -> str:
    """Return a country's code (ISO 3166, two letters) in capitals. Raises ValueError, in words, else."""
    from babel.core import get_global

    code = text.strip().upper()
    if code in (get_global("territory_zones").keys() | _WITHOUT_ZONES) - _NO_COUNTRIES:
        return code
    meant = [country for country in get_global("territory_aliases").get(code, ()) if country != "ZZ"]
    hint = f"; did you mean {meant[0]}?" if len(meant) == 1 else ""
    raise ValueError(f"{text[:40]!r} is no code of a country: write it as in ISO 3166, like ID or GB{hint}")
