"""What a person wrote, as the kind of value a setting has."""

KIND_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
"""What each kind is called."""
_TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def coerce(kind: type, value: object) -> bool | int | float | str | None:
    """Turn a TOML value or environment text into ``kind``; None when it is no such thing.

    A list of texts is one text, its words apart; an empty one is the empty text.
    """
    if kind is bool:
        return value if isinstance(value, bool) else _TRUTH.get(str(value).strip().lower())
    if kind is str:
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return " ".join(value)
        return value if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    if kind is int:
        return int(number) if number.is_integer() else None
    return number
