"""Imported once by the fork server of the pool, so that all reading processes share what it loads."""

import crawler.near.fingerprint
import crawler.normalize
import crawler.prepare
import spiders.readers.page
import spiders.readers.source
from crawler.forked import keep_quiet_when_late

keep_quiet_when_late()
spiders.readers.page.warm()
crawler.normalize.warm()
crawler.near.fingerprint.fingerprint("ÿ")

__all__ = ["crawler", "spiders"]
