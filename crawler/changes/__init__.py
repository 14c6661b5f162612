"""What changed between two texts of one article, and what only seems to have changed. Pure."""

from crawler.changes.compare import FIELDS, changed_fields, is_other_page
from crawler.changes.rereading import is_added, is_reread

__all__ = ["FIELDS", "changed_fields", "is_added", "is_other_page", "is_reread"]
