"""How often Python looks for garbage while kabar runs."""

GARBAGE = 10_000
"""Objects made, beyond those that went, between two looks for unreachable ones."""
