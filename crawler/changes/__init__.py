"""What changed between two texts of one article, and what only seems to have changed. Pure."""

from crawler.changes.compare import FIELDS, changed_fields

__all__ = ["FIELDS", "changed_fields"]
