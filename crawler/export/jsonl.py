"""JSON lines: one record a line."""

from crawler.export.lines import json_line
from crawler.export.shape import About, Shape
from crawler.record import record


def shape(about: About) -> Shape:
    """Return the shape of JSON lines."""
    return Shape(one=lambda article: json_line(record(article), ascii_only=about.ascii_only) + "\n")
