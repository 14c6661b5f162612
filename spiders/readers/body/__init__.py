"""Finds an article's text on its page: cuts the page into blocks, judges each by its looks and place."""
