"""What every page is given: the reader's language, the state of the archive, and addresses. May import: forms, wording.

A visit is one request. `Visit.address` is the only place that makes addresses of our own, so that the reader's language
goes with every link.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from index.record import Record
from index.web import typography
from index.web.forms import INTERFACE, LANGUAGES
from index.web.shelf import Volume
from index.web.wording import Wording

Pairs = Iterable[tuple[str, str]]
RETURN = "retour"
"""The parameter of an article's pages that holds the search from which the reader comes."""


class Visit(Record):
    """One request: `asked` are the parameters as they came, `base` is scheme and host as the reader sees them."""

    wording: Wording
    path: str
    asked: tuple[tuple[str, str], ...]
    base: str
    today: date
    names: dict[str, str]
    volume: Volume | None = None

    @property
    def language(self) -> str:
        """Of the interface."""
        return self.wording.language

    @property
    def interface(self) -> str:
        """The language that the address insists on, "" when the browser's is used."""
        value = dict(self.asked).get(INTERFACE, "")
        return value if value in LANGUAGES else ""

    def address(self, path: str, pairs: Pairs = ()) -> str:
        """An address of the page, in the reader's language."""
        kept = [(name, value) for name, value in pairs if name != INTERFACE]
        if self.interface:
            kept.append((INTERFACE, self.interface))
        return path + (f"?{urlencode(kept)}" if kept else "")

    def article_address(self, url: str, back: str = "") -> str:
        """Where an article is shown; `back` is the search that the reader comes from."""
        return self.address("/article", [("url", url), *([(RETURN, back)] if back else [])])

    @property
    def back(self) -> str:
        """The search that the reader comes from, as it stood in its address; "" for none."""
        return dict(self.asked).get(RETURN, "")

    def within_article(self, path: str, url: str, version: int | None = None) -> str:
        """A page of the article that is read; the search that the reader comes from goes along."""
        pairs = [("url", url), ("version", str(version or "")), (RETURN, self.back)]
        return self.address(path, [pair for pair in pairs if pair[1]])

    def in_language(self, language: str) -> str:
        """The same page in another language."""
        kept = [(name, value) for name, value in self.asked if name != INTERFACE]
        # « //host/ » would lead to another host: a path of ours begins with one stroke.
        path = "/" + quote(self.path.lstrip("/"))
        return f"{path}?{urlencode([*kept, (INTERFACE, language)])}"

    def number(self, value: int) -> str:
        """A number."""
        return typography.number(value, self.language)

    def day(self, value: date | str | None) -> str:
        """A date in words; ISO text is understood, "" stays ""."""
        if not value:
            return ""
        return typography.day(date.fromisoformat(value) if isinstance(value, str) else value, self.language)

    def moment(self, value: datetime) -> str:
        """A time in words."""
        return typography.moment(value, self.language)

    def foreign(self, language: str | None) -> str | None:
        """The language of a text where it is another than the page's: for `lang`."""
        return language if language and language != self.language and language.isalpha() else None

    def site_name(self, site: str) -> str:
        """What readers call a site."""
        return self.names.get(site, site)

    def told(self) -> dict[str, Any]:
        """What every template may use."""
        return {"t": self.wording, "visit": self, "languages": LANGUAGES, "freshness": self._freshness()}

    def _freshness(self) -> str:
        """When the archive was last brought up to date, for the foot of every page."""
        if self.volume is None:
            return ""
        run = self.volume.archive.last_good_run()
        return (
            self.wording("fresh", day=self.moment(run.ended_at))
            if run and run.ended_at
            else self.wording("fresh_never")
        )


def safe_link(url: str) -> str:
    """An address from outside, if it is one of the web; "" for anything else (javascript:, data:).

    >>> safe_link("https://ville.example/a"), safe_link("JavaScript:alert(1)"), safe_link("//x")
    ('https://ville.example/a', '', '')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""
