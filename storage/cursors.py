"""Cursors: the place in a sorted list behind which its next page begins, as one opaque word."""

import base64
import json
import math
from collections.abc import Sequence

from storage.errors import InvalidQuery
from storage.values import LARGEST_ID


def written(sort: str, place: Sequence[float | int]) -> str:
    """Return a place in a list sorted in this way as a word."""
    return base64.urlsafe_b64encode(json.dumps([sort, *place]).encode()).decode().rstrip("=")


def read(text: str, sort: str, kinds: Sequence[type]) -> Sequence[float | int]:
    """Return the place that ``written`` made a word of, numbers of these kinds.

    Raises InvalidQuery for words that do not belong to a list sorted in this way.
    """
    try:
        found: str
        place: list[float | int]
        found, *place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        if found != sort or [type(value) for value in place] != list(kinds):
            raise ValueError("a cursor of another search")
        if any(abs(value) > LARGEST_ID for value in place if isinstance(value, int)):
            raise ValueError("out of range")
        if not all(map(math.isfinite, place)):
            raise ValueError("out of range")
    except (ValueError, TypeError, RecursionError) as error:  # binascii.Error is a ValueError
        raise InvalidQuery(text, 1, "the cursor does not belong to this search") from error
    return place
