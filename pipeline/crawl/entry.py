"""The way into the crawl: one site with its options, for asyncio and for the command line.

May import: config, errors, urls, archive, and everything else of crawl.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.crawl.addresses import is_literal
from pipeline.crawl.fetch import Fetcher, Surroundings
from pipeline.crawl.frontier import Frontier
from pipeline.crawl.link_reader import LinkReader
from pipeline.crawl.loop import Crawl, Watch
from pipeline.crawl.report import CrawlOptions, CrawlReport
from pipeline.crawl.scope import Scope
from pipeline.errors import UsageError
from pipeline.urls import Rebase, host_of, normalise, origin_of


async def crawl_site(  # noqa: PLR0913 - time, chance and the stop signal are handed in
    archive: Archive | None,
    site_name: str,
    config: Config,
    options: CrawlOptions,
    *,
    progress: Watch | None = None,
    around: Surroundings | None = None,
    stop: asyncio.Event | None = None,
) -> CrawlReport:
    """Bring the archive's picture of one site up to date.

    The archive must be open for writing; a dry run may do with a reader, or with None where there is no archive yet.
    Raises SiteUnreachable if the site gives nothing, and whatever the archive raises.
    """
    limits = config.limits
    rebase = rebase_of(config, site_name, options)
    base_url = config.sites[site_name].base_url
    scope = Scope(config.sites[site_name], limits, rebase)
    trusted = _hosts_in_any_network(base_url, options)
    around = around or Surroundings()
    reader = LinkReader(limits.links_s)
    fetcher = Fetcher(config.politeness, limits, rebase=rebase, trusted_hosts=trusted, around=around)
    if options.delay_s is not None:
        fetcher.delay_s = options.delay_s
    with reader:
        async with fetcher:
            crawl = Crawl(
                site=site_name,
                config=config,
                options=options,
                rebase=rebase,
                scope=scope,
                fetcher=fetcher,
                frontier=Frontier(scope, limits),
                around=around,
                stop=stop or asyncio.Event(),
                progress=progress,
                reader=reader,
            )
            if options.dry_run:
                return await crawl.plan(archive)
            if archive is None:
                raise UsageError("A crawl needs an archive to write to; only --dry-run does without.")
            return await crawl.run(archive)


def run_crawl(
    archive: Archive | None,
    site_name: str,
    config: Config,
    options: CrawlOptions,
    *,
    progress: Watch | None = None,
) -> CrawlReport:
    """`crawl_site` for a command: SIGINT and SIGTERM end the run with everything stored; the report says so."""

    async def main() -> CrawlReport:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        received: list[int] = []

        def end(number: int) -> None:
            received.append(number)
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end, number)
        try:
            report = await crawl_site(archive, site_name, config, options, progress=progress, stop=stop)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return replace(report, signal=received[0]) if received else report

    return asyncio.run(main())


def rebase_of(config: Config, site_name: str, options: CrawlOptions) -> Rebase | None:
    """The copy that --base-url names, as a map between its addresses and the site's; None without one."""
    if options.base_url is None:
        return None
    copy = normalise(options.base_url)
    if copy is None or copy != origin_of(copy):
        raise UsageError(
            f"--base-url must be the root of a site, like http://127.0.0.1:8090/, not {options.base_url!r}."
        )
    return Rebase(copy, config.sites[site_name].base_url)


def _hosts_in_any_network(base_url: str, options: CrawlOptions) -> frozenset[str]:
    """The host of a copy, and a site that is configured as an address, may be private: the user wrote them down."""
    hosts = {host_of(options.base_url)} if options.base_url else set()
    if is_literal(host_of(base_url)):
        hosts.add(host_of(base_url))
    return frozenset(hosts)
