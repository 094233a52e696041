"""Routes and wiring: which address is answered by what. May import: everything of the page but server.

Pages are plain functions that run in threads; each is given a `Visit` and gives a template its values. What goes wrong
is told in plain words, in the reader's language, and never names a file or a module.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from index.web import api, citations, exports
from index.web.forms import INTERFACE, LANGUAGES, PARAMETERS, Form, clean, read_form
from index.web.pages import article, facets, feed, question, removed, report, search, state, suggest, versions
from index.web.pages.state import State
from index.web.rendering import ASSETS, asset, asset_bytes, rendered
from index.web.reporting import Reporter
from index.web.shelf import Shelf, Volume
from index.web.visit import Visit
from index.web.wording import preferred, wording
from pipeline.config import Config
from pipeline.config import Health as HealthRules
from pipeline.errors import ArchiveError, UsageError
from pipeline.records import Article
from pipeline.report import forms as report_forms

THREADS = 8
"""Pages made at the same time; the others wait for their turn. More only take the processors from one another."""
KEPT_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page answers from; made once."""

    shelf: Shelf
    reporter: Reporter
    config: Config | None
    clock: Callable[[], datetime]


def make_app(
    folder: Path,
    index_folder: str,
    config: Config | None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """The page over an archive; it need not be there yet."""
    desk = Desk(Shelf(folder, index_folder), Reporter(folder), config, clock)

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        try:
            yield
        finally:
            desk.reporter.close()
            desk.shelf.close()

    site = _Site(desk)
    return Starlette(
        routes=site.routes(),
        lifespan=life,
        exception_handlers={
            HTTPException: site.refused,
            ArchiveError: site.unavailable,
            OSError: site.unavailable,
            UsageError: site.misused,
            Exception: site.failed,
        },
    )


class _Site:
    """The pages of one archive."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Every address there is."""
        return [
            Route("/", self.search),
            Route("/valeurs/{parameter}", self.values),
            Route("/article", self.article),
            Route("/versions", self.versions),
            Route("/retire", self.removed),
            Route("/citation", self.citation),
            Route("/aide", self.help),
            Route("/etat", self.state),
            Route("/a-reprendre", self.report),
            Route("/a-reprendre.csv", self.report_csv),
            Route("/export.{form}", self.export),
            Route("/atom", self.atom),
            Route("/suggest", self.suggest),
            Route("/suggest/opensearch", self.suggest_opensearch),
            Route("/opensearch.xml", self.opensearch),
            Route("/healthz", self.healthz),
            Route("/api/v1/openapi.json", self.openapi),
            Route("/api/v1/{name}", self.api),
            Route("/fichiers/{mark}/{name}", self.asset),
            Route("/robots.txt", self.robots),
        ]

    # --- pages for people

    def search(self, request: Request) -> Response:
        """The results of a search; without words, the newest articles."""
        visit, form = self._visit(request), _form(request)
        return _page("search.html", visit, search.view(visit, form))

    def values(self, request: Request) -> Response:
        """All values of one facet, to choose from."""
        visit = self._visit(request)
        facet = {name: facet for facet, name in PARAMETERS.items()}.get(request.path_params["parameter"])
        if facet is None:
            raise HTTPException(404)
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "lettres"]
        letters = clean(request.query_params.get("lettres", ""))[:100]
        return _page("values.html", visit, facets.view(visit, read_form(pairs), facet, letters))

    def article(self, request: Request) -> Response:
        """One article, in its current version or an older one."""
        visit = self._visit(request)
        found = self._article(visit, request, _number(request, "version"))
        return _page("article.html", visit, article.view(visit, found))

    def versions(self, request: Request) -> Response:
        """All versions of an article, two of them compared."""
        visit = self._visit(request)
        current = self._article(visit, request, None)
        assert visit.volume is not None
        known = visit.volume.library.versions(current.url)
        told = versions.view(visit, known, _number(request, "de"), _number(request, "a"))
        return _page("versions.html", visit, told)

    def removed(self, request: Request) -> Response:
        """What was on the page and is not in the article."""
        visit = self._visit(request)
        number = _number(request, "version")
        found = self._article(visit, request, number)
        return _page("removed.html", visit, removed.view(visit, self._desk.config, found, number))

    def help(self, request: Request) -> Response:
        """How to ask."""
        return _page("help.html", self._visit(request), {})

    def state(self, request: Request) -> Response:
        """How the archive is."""
        visit = self._visit(request)
        assert visit.volume is not None
        return _page("state.html", visit, state.view(visit, self._health(visit.volume)))

    def report(self, request: Request) -> Response:
        """What editors should repair on the site."""
        visit = self._visit(request)
        assert visit.volume is not None
        rows = self._desk.reporter.rows(visit.volume)
        return _page("report.html", visit, report.view(visit, rows, request.query_params.get("defaut", "")))

    # --- to take away

    def citation(self, request: Request) -> Response:
        """One article as BibTeX or RIS."""
        visit = self._visit(request)
        form = request.query_params.get("forme", "")
        if form not in citations.FORMS:
            raise HTTPException(404)
        found = self._article(visit, request, None)
        headers = exports.headers(form, citations.key(found), visit.today)
        imprint = exports.Imprint(visit.names, visit.today)
        return Response(
            b"".join(exports.stream(form, [found], imprint)), media_type=exports.FORMS[form][0], headers=headers
        )

    def export(self, request: Request) -> Response:
        """All answers to a search as a file."""
        visit, form, name = self._visit(request), _form(request), request.path_params["form"]
        if name not in exports.FORMS:
            raise HTTPException(404)
        assert visit.volume is not None
        library = visit.volume.library
        page = question.asked(visit, form.replace(page=1), limit=0)
        urls = library.urls(
            form.words,
            question.listed(page, form),
            filters=dict(form.filters),
            sort=form.order,
            since=form.first_day,
            until=form.last_day,
        )
        pieces = exports.stream(name, exports.articles_of(library, urls), exports.Imprint(visit.names, visit.today))
        headers = exports.headers(name, "archive-articles", visit.today)
        return StreamingResponse(pieces, media_type=exports.FORMS[name][0], headers=headers)

    def report_csv(self, request: Request) -> Response:
        """The editors' report for a spreadsheet."""
        visit = self._visit(request)
        assert visit.volume is not None
        rows = self._desk.reporter.rows(visit.volume)
        if rows is None:
            words = visit.wording("report_later")
            return PlainTextResponse(words + "\n", status_code=503, headers={"retry-after": "30"})
        pieces: Iterator[bytes] = (line.encode("utf-8", "replace") for line in report_forms.spreadsheet(rows))
        headers = exports.headers("csv", "a-reprendre", visit.today)
        return StreamingResponse(pieces, media_type=exports.FORMS["csv"][0], headers=headers)

    def atom(self, request: Request) -> Response:
        """A search as a feed."""
        visit, form = self._visit(request), _form(request)
        return _page("atom.xml", visit, feed.view(visit, form), "application/atom+xml")

    # --- for programs

    def suggest(self, request: Request) -> Response:
        """What a few letters may become, with where it leads."""
        visit = self._visit(request)
        return _json(suggest.view(visit, clean(request.query_params.get("q", ""))))

    def suggest_opensearch(self, request: Request) -> Response:
        """The same, as browsers want it."""
        visit = self._visit(request)
        told = suggest.view(visit, clean(request.query_params.get("q", "")))
        answer = [told["prefix"], [one["text"] for one in told["suggestions"]]]
        return _json(answer, media_type="application/x-suggestions+json")

    def opensearch(self, request: Request) -> Response:
        """The description by which browsers offer this search."""
        visit = self._visit(request, needs_archive=False)
        return _page("opensearch.xml", visit, {}, "application/opensearchdescription+xml")

    def healthz(self, request: Request) -> Response:
        """How the archive is, for a monitor: 503 when it does not answer."""
        try:
            visit = self._visit(request)
            assert visit.volume is not None
            return _json(self._health(visit.volume).as_record())
        except (ArchiveError, OSError):
            self._desk.shelf.drop()
            return _json({"status": "unavailable"}, 503)

    def api(self, request: Request) -> Response:
        """The library over HTTP."""
        answer = api.ANSWERS.get(request.path_params["name"])
        if answer is None:
            raise HTTPException(404)
        library = self._desk.shelf.volume().library
        try:
            return _json(answer(library, request.query_params.multi_items()))
        except api.NotThere:
            return _json({"error": "The archive has no article of this address."}, 404)

    def openapi(self, _request: Request) -> Response:
        """The description of the API."""
        return _json(api.openapi())

    def robots(self, _request: Request) -> Response:
        """No search engine is wanted here."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    def asset(self, request: Request) -> Response:
        """A file of the interface, under the address that its content gives it."""
        name = request.path_params["name"]
        if name not in ASSETS or request.url.path != asset(name):
            raise HTTPException(404)
        return Response(asset_bytes(name), media_type=ASSETS[name], headers={"cache-control": KEPT_FOR_EVER})

    # --- what goes wrong

    def refused(self, request: Request, wrong: Exception) -> Response:
        """There is no such page, or article."""
        assert isinstance(wrong, HTTPException)
        known = {404: "error_404", 405: "error_405"}
        key = wrong.detail if wrong.detail == "error_article" else known.get(wrong.status_code, "error_400")
        return self._error(request, wrong.status_code, key)

    def misused(self, request: Request, wrong: Exception) -> Response:
        """A parameter of the API that it does not take."""
        if request.url.path.startswith("/api/"):
            return _json({"error": str(wrong)}, 400)
        return self._error(request, 400, "error_400")

    def unavailable(self, request: Request, _wrong: Exception) -> Response:
        """There is no archive, or it cannot be read; it may be there again at the next request."""
        self._desk.shelf.drop()
        return self._error(request, 503, "error_503", {"retry-after": "30"})

    def failed(self, request: Request, _wrong: Exception) -> Response:
        """A fault of ours; the operator's log has it."""
        return self._error(request, 500, "error_500")

    def _error(self, request: Request, status: int, key: str, headers: dict[str, str] | None = None) -> Response:
        visit = self._visit(request, needs_archive=False)
        if request.url.path.startswith("/api/"):
            return _json({"error": HTTPStatus(status).phrase}, status, headers)
        values = {"heading": visit.wording(key), "remedy": visit.wording(f"{key}_remedy")}
        return _page("error.html", visit, values, status=status, headers=headers)

    # --- what they share

    def _visit(self, request: Request, *, needs_archive: bool = True) -> Visit:
        asked = tuple(request.query_params.multi_items())
        insisted = dict(asked).get(INTERFACE, "")
        language = insisted if insisted in LANGUAGES else preferred(request.headers.get("accept-language", ""))
        config = self._desk.config
        return Visit(
            wording=wording(language),
            path=request.url.path,
            asked=asked,
            base=f"{request.url.scheme}://{request.url.netloc}",
            today=self._desk.clock().date(),
            names={name: site.name for name, site in config.sites.items()} if config else {},
            volume=self._desk.shelf.volume() if needs_archive else None,
        )

    def _health(self, volume: Volume) -> State:
        rules = self._desk.config.health if self._desk.config else HealthRules()
        return state.health(volume, rules.stale_after_hours, self._desk.clock())

    @staticmethod
    def _article(visit: Visit, request: Request, number: int | None) -> Article:
        """The article that the address names; 404 when the archive has no such article or version."""
        assert visit.volume is not None
        library, url = visit.volume.library, clean(request.query_params.get("url", ""))[:2_000]
        try:
            found = library[url]
        except KeyError:
            raise HTTPException(404, "error_article") from None
        if number is None or number == found.version:
            return found
        older = next((one for one in library.versions(url) if one.version == number), None)
        if older is None:
            raise HTTPException(404, "error_article")
        return older


def _form(request: Request) -> Form:
    return read_form(request.query_params.multi_items())


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _page(  # noqa: PLR0913, PLR0917 - a response has as many parts
    template: str,
    visit: Visit,
    values: dict[str, Any],
    media_type: str = "text/html",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    text = rendered(template, visit.told() | values)
    told = {"vary": "Accept-Language", "content-language": visit.language} | (headers or {})
    return Response(text, status_code=status, headers=told, media_type=media_type)


def _json(
    value: Any, status: int = 200, headers: dict[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status_code=status, headers=headers, media_type=media_type)
