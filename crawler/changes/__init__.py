"""What changed between two texts of one article, and what only seems to have changed. Pure."""

from crawler.changes.compare import FIELDS, changed_fields, is_other_page

__all__ = ["FIELDS", "changed_fields", "is_other_page"]
