"""Decide and move: schedule polls, ingest articles, answer people.

The only room that knows both ``spiders`` and ``storage``. Importing it loads neither Scrapy nor SQLAlchemy.
"""

__version__ = "0.1.0"
