"""How deep tests of any input go: a quarter by default of what they do in CI."""

from hypothesis import settings

THOROUGH = 100
QUICK = 25


def examples(thorough: int) -> int:
    """Return how many examples to try where ``thorough`` are tried in CI."""
    return max(10, round(thorough * settings().max_examples / THOROUGH))
