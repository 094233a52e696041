"""What it means that a page which we have redirects: it has moved, or the site leads away from what it has no more.

Content systems lead from what is gone to a list, to the front page or to a guess; a site that is closed for a night
leads every address to one page. May import: archive, records, urls, crawl.errorpage, crawl.scope.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.archive import Archive, AskReason, Fetched, Waiting
from pipeline.crawl.errorpage import ErrorPage
from pipeline.crawl.scope import Decision, Scope
from pipeline.records import FailureReason, FetchFailure, NotModified
from pipeline.urls import canonical_key


def judged(archive: Archive, scope: Scope, asked: Waiting, fetched: Fetched, error_page: ErrorPage | None) -> Fetched:
    """The answer as it is to be stored: a redirect by which a page that we have does not move is a failure."""
    if not fetched.hops or asked.capture_id is None:
        return fetched
    target = fetched.hops[-1].target
    home = scope.home(target) or target
    if not _leads_away(archive, scope, asked, fetched, home, error_page):
        return fetched
    detail = f"it redirects to {home}, which is another page"
    failure = FetchFailure(asked.url, FailureReason.REDIRECTED_AWAY, detail, fetched.outcome.fetched_at)
    return replace(fetched, outcome=failure, hops=())


def _leads_away(  # noqa: PLR0913, PLR0917 - what one redirect is judged by
    archive: Archive, scope: Scope, asked: Waiting, fetched: Fetched, home: str, error_page: ErrorPage | None
) -> bool:
    match fetched.outcome:
        case NotModified():
            return False
        case FetchFailure() as failure:
            # another site, or an address that is never asked, such as a login
            return failure.reason is FailureReason.OUT_OF_SCOPE and asked.why is not AskReason.SEED
    if scope.decide(asked.url) is not Decision.ARTICLE:
        return asked.why is not AskReason.SEED and canonical_key(home) == canonical_key(scope.seeds[0])
    if scope.decide(home) is not Decision.ARTICLE or _is_another(archive, asked.url, home):
        return True
    # where what cannot exist is led to, nothing moves
    return error_page is not None and canonical_key(home) == error_page.led_to


def _is_another(archive: Archive, url: str, target: str) -> bool:
    """Whether both addresses have articles of their own: content systems lead from what is gone to a guess."""
    own, other = archive.article(url), archive.article(target)
    return own is not None and other is not None and own.url != other.url and own.text != other.text
