"""The crawl: brings the archive's picture of a site up to date, politely. It never reads articles.

    report = run_crawl(archive, "aimf", config, CrawlOptions())

May import: records, errors, config, urls, archive.
"""

from pipeline.crawl.entry import crawl_site, run_crawl
from pipeline.crawl.heartbeat import Beat
from pipeline.crawl.heartbeat import call as call_monitor
from pipeline.crawl.report import CrawlOptions, CrawlReport, LimitReached, Planned, Progress

__all__ = [
    "Beat",
    "CrawlOptions",
    "CrawlReport",
    "LimitReached",
    "Planned",
    "Progress",
    "call_monitor",
    "crawl_site",
    "run_crawl",
]
