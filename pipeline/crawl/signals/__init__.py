"""The signals of a site: what its sitemaps, REST interface and feeds say of its pages, as sightings.

A sighting says: this address exists, and this source claims that it changed then. Each module knows one kind; `desk`
is what they share. May import: config, records, urls, archive, and the modules of crawl below the loop.
"""

from pipeline.crawl.signals.desk import Desk
from pipeline.crawl.signals.pointed import read_pointed
from pipeline.crawl.signals.sitemaps import read_sitemaps

__all__ = ["Desk", "read_pointed", "read_sitemaps"]
