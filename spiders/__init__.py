"""Read the web: fetch what a Target names and turn its bytes into values.

Knows Scrapy and feedparser, nothing of the other rooms. Importing this package loads neither library.
"""
