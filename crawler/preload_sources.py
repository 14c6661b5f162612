"""Imported once by the fork server of a pool that reads sources and no pages: the models stay away.

They cost a second or two, which is most of what adding a single source takes.
"""

import spiders.readers.alternates
import spiders.readers.source
from crawler.forked import keep_quiet_when_late

keep_quiet_when_late()
__all__ = ["spiders"]
