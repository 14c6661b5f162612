"""Marks on a text: passages that stand twice in it, and outlets and accounts that it credits. Pure."""

from crawler.marks.citing import Citation, citations
from crawler.marks.repeats import Repeat, repeats

__all__ = ["Citation", "Repeat", "citations", "repeats"]
