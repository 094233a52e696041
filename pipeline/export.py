"""Articles out and in: JSONL (the contract of other programs) and CSV for a spreadsheet.

A section has its title twice, as `title` and as `text`: programs that read headings like any other labelled list look
for `text`. A partner is a string, "Name (ACRONYM)" when it has an acronym, so that either is found in it.
May import: records, errors, sheet.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipeline.records import Amount, Article, EventDate, Image, Partner, Place, Section, Term
from pipeline.sheet import partner_name

CSV_COLUMNS = (
    "url",
    "title",
    "kind",
    "date_published",
    "date_modified",
    "language",
    "authors",
    "themes",
    "countries",
    "cities",
    "partners",
    "summary",
    "text",
    "attachments",
    "captured_at",
    "version",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_IMPORT_LINE_CHARS = 20_000_000
AMOUNT_KEYS = ("value", "currency", "qualifier", "text")
EVENT_KEYS = ("start", "end", "precision", "text")


def as_record(article: Article) -> dict[str, Any]:
    """The exported form of an article: plain JSON values, keys in the contract's order."""
    return {
        "url": article.url,
        "title": article.title,
        "kind": article.kind,
        "date_published": article.date_published.isoformat() if article.date_published else None,
        "date_modified": article.date_modified.isoformat() if article.date_modified else None,
        "language": article.language,
        "authors": list(article.authors),
        "themes": [term.label for term in article.themes],
        "sections": [{"level": s.level, "title": s.title, "text": s.title} for s in article.sections],
        "summary": article.summary,
        "text": article.text,
        "images": [{"url": i.url, "alt": i.alt, "caption": i.caption} for i in article.images],
        "attachments": list(article.attachments),
        "places": [{"name": p.name, "country": p.country, "kind": p.kind} for p in article.places],
        "partners": [partner_name(partner) for partner in article.partners],
        "amounts": [_only(asdict(amount), AMOUNT_KEYS) for amount in article.amounts],
        "event_dates": [_only(asdict(event), EVENT_KEYS) for event in article.event_dates],
        "captured_at": article.captured_at.isoformat() if article.captured_at else None,
        "version": article.version,
    }


def _only(record: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: record[key] for key in keys}


def jsonl(articles: Iterable[Article]) -> Iterator[str]:
    """One line of JSON an article, always valid UTF-8."""
    for article in articles:
        line = json.dumps(as_record(article), ensure_ascii=False)
        yield line.encode("utf-8", "replace").decode("utf-8") + "\n"


def spreadsheet(articles: Iterable[Article]) -> Iterator[str]:
    """CSV as a French spreadsheet opens it: byte order mark, semicolons, CRLF, lists joined by « | »."""
    yield "\ufeff" + _row(CSV_COLUMNS)
    for article in articles:
        record = as_record(article)
        record["countries"] = [p.name for p in article.places if p.kind == "country"]
        record["cities"] = [p.name for p in article.places if p.kind == "city"]
        yield _row(_cell(record[column]) for column in CSV_COLUMNS)


def _cell(value: Any) -> str:
    text = " | ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _row(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of an import that is no article: its number from 1, and why."""

    number: int
    why: str


def read_jsonl(lines: Iterable[str], site_of: dict[str, str]) -> Iterator[Article | BadLine]:
    """Articles out of JSONL lines; at least `url` and `title` or `text` are needed, the rest as in the export.

    `site_of` maps host names to sites of the configuration; other hosts are filed under "import".
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > _IMPORT_LINE_CHARS:
            yield BadLine(number, f"longer than {_IMPORT_LINE_CHARS} characters")
            continue
        try:
            record = json.loads(line)
            yield _from_record(record, site_of)
        except RecursionError:
            yield BadLine(number, "nested too deep")
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            yield BadLine(number, f"{type(wrong).__name__}: {wrong}")


def _from_record(record: Any, site_of: dict[str, str]) -> Article:
    if not isinstance(record, dict):
        raise TypeError("a line must be one JSON object")
    url = _text(record, "url")
    title, text = _text(record, "title"), _text(record, "text")
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"url must be a web address, not {url!r}")
    if not title and not text:
        raise ValueError("neither title nor text")
    host = url.split("/", 3)[2].lower()
    captured = record.get("captured_at")
    return Article(
        url=url,
        site=site_of.get(host, "import"),
        title=title or text[:80],
        kind=_text(record, "kind") or "article",
        text=text,
        language=record.get("language") or None,
        date_published=_date(record.get("date_published")),
        date_modified=_date(record.get("date_modified")),
        summary=record.get("summary") or None,
        authors=tuple(map(str, record.get("authors") or ())),
        themes=tuple(_term(theme) for theme in record.get("themes") or ()),
        sections=tuple(Section(int(s["level"]), str(s["title"])) for s in record.get("sections") or ()),
        images=tuple(Image(str(i["url"]), i.get("alt"), i.get("caption")) for i in record.get("images") or ()),
        attachments=tuple(map(str, record.get("attachments") or ())),
        places=tuple(Place(str(p["name"]), p.get("country"), str(p["kind"])) for p in record.get("places") or ()),
        partners=tuple(_partner(str(name)) for name in record.get("partners") or ()),
        amounts=tuple(_amount(a) for a in record.get("amounts") or ()),
        event_dates=tuple(_event(e) for e in record.get("event_dates") or ()),
        captured_at=_moment(captured) if captured else None,
        sources={"all": "import"},
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key) or ""
    if not isinstance(value, str):
        raise TypeError(f"{key} must be text")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _date(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _term(theme: Any) -> Term:
    if isinstance(theme, dict):
        return Term(str(theme["slug"]), str(theme["label"]))
    label = str(theme)
    return Term(label.lower().replace(" ", "-"), label)


# The end of an exported partner: an acronym has two capitals or figures at least.
_ACRONYM = re.compile(r"(?s)(.+) \(((?=[^()]*[A-ZÀ-Þ0-9][^()]*[A-ZÀ-Þ0-9])[^()\s]{2,20})\)")


def _partner(text: str) -> Partner:
    found = _ACRONYM.fullmatch(text)
    return Partner(found[1], found[2]) if found else Partner(text)


def _amount(record: dict[str, Any]) -> Amount:
    return Amount(str(record["value"]), str(record["currency"]), record.get("qualifier"), str(record.get("text") or ""))


def _event(record: dict[str, Any]) -> EventDate:
    start, end = str(record["start"]), str(record.get("end") or record["start"])
    return EventDate(start, end, str(record.get("precision") or "day"), str(record.get("text") or ""))
