"""A small invented newspaper world and a loopback web server that publishes it.

For ``kabar demo`` and for tests: nothing here leaves the machine, and nothing in it is real news.
"""
