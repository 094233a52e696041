"""When an article was published and changed: what the page states, prints and has in its address.

A date is taken as it is written: a publisher's own clock says on which day an article appeared. May import:
fieldwords, head, html, shown. Dates of events, copyright years and dates of related articles are none of the article's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from urllib.parse import unquote, urlsplit

from pipeline.extract import fieldwords
from pipeline.extract.blocks import Block, BlockKind
from pipeline.extract.head import Head
from pipeline.extract.html import Element, text_of, tidy
from pipeline.extract.shown import Shown

# There was no web before; a page that says 1970 or 0001 has a broken clock.
_FIRST = date(1991, 1, 1)
# Statements that lie no further apart agree: servers and readers stand in different time zones.
_AGREE_DAYS = 1
_PLANNED = timedelta(days=366)
# A date stands at the head of its line; later in a sentence it tells of something else.
_LINE_CHARS = 110
_HEAD_CHARS = 45
_DATELINE_CHARS = 25
_LABEL_CHARS = 25
_CLAIM_CHARS = 200

_PUBLISHED_METAS = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "og:article:published_time",
    "og:release_date",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date.issued",
    "dc.date.created",
    "dcterms.created",
    "dcterms.issued",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "citation_publication_date",
    "citation_online_date",
    "publishdate",
    "publish-date",
    "published",
    "pubdate",
    "sw-pubdate",
    "date",
    "dateline",
    "uploaddate",
    "datecreated",
)
_MODIFIED_METAS = (
    "article:modified_time",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "dateupdate",
    "dc.date.modified",
    "dcterms.modified",
    "last-modified",
    "lastmod",
    "revised",
)
Claim = tuple[str, object]
Found = tuple[date, str, str]


@dataclass(slots=True)
class Dates:
    """The two dates, where each was read, and what the page says against them."""

    published: date | None = None
    modified: date | None = None
    sources: dict[str, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)


def read_dates(head: Head, shown: Shown, latest: date, sitemap: str | None = None) -> Dates:
    """The dates of an article; `latest` is the day it was fetched: no later date that is shown is its own."""
    found = Dates()
    last = latest + timedelta(days=_AGREE_DAYS)
    modified = _first(_modified_claims(head, shown, sitemap), last)
    published = _first(_published_claims(head, shown), last)
    printed = _first(_printed(shown), last)
    if modified:
        found.modified, found.sources["date_modified"], _ = modified
    if published:
        published = _on_own_clock(published, shown, head.url)
        found.published, found.sources["date_published"], _ = published
    found.contradictions += _contradictions(found, printed, head, last)
    return found


def _published_claims(head: Head, shown: Shown) -> Iterator[Claim]:
    node, metas = head.node, head.metas
    yield "json-ld", node.get("datePublished") or node.get("uploadDate") or node.get("dateCreated")
    for name in _PUBLISHED_METAS:
        if name in metas:
            yield f"meta {name}", metas[name]
    yield from _microdata(shown, "published")
    yield "address", _date_in_path(head.url)
    times = sorted((tag for tag in shown.root.iter("time") if not shown.is_frame(tag)), key=shown.order)
    for tag in times:
        if not _is_update(tag):
            yield "time element", tag.get("datetime")
            yield "time element", text_of(tag)
    for tag in shown.root.iter("abbr"):
        if "published" in (tag.get("class") or "") and not shown.is_frame(tag):
            yield "time element", tag.get("title")
    yield from _labelled(shown, "published")
    yield from (("date line", line) for line, _ in _date_lines(shown))
    yield from _of_classes(shown)


def _modified_claims(head: Head, shown: Shown, sitemap: str | None) -> Iterator[Claim]:
    yield "json-ld", head.node.get("dateModified")
    for name in _MODIFIED_METAS:
        if name in head.metas:
            yield f"meta {name}", head.metas[name]
    yield from _microdata(shown, "modified")
    for tag in shown.root.iter("time"):
        if _is_update(tag) and not shown.is_frame(tag):
            yield "time element", tag.get("datetime") or text_of(tag)
    yield from _labelled(shown, "modified")
    yield "sitemap", sitemap


def _first(claims: Iterator[Claim], last: date) -> Found | None:
    """The first claim that is a date a page can have: the date, its source, its words."""
    for source, claim in claims:
        if not isinstance(claim, str) or not claim or (day := read_date(claim)) is None:
            continue
        # What the head states may be planned; a date further on in what is shown is an event's.
        stated = source == "json-ld" or source.startswith("meta ")
        if _FIRST <= day <= (last + _PLANNED if stated else last):
            return day, source, tidy(claim)
    return None


_UTC = re.compile(r"T(\d\d):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:?00)$")
# In the hours before midnight in UTC it is the next day further east, in those after it the day before further west.
_EVENING_HOUR = 12


def _on_own_clock(found: Found, shown: Shown, url: str) -> Found:
    """A moment in UTC may be the next day or the day before where the publisher is: address and date line tell."""
    day, _, words = found
    moment = _UTC.search(words)
    if moment is None:
        return found
    local = day + timedelta(days=1 if int(moment[1]) >= _EVENING_HOUR else -1)
    if _date_in_path(url) == local.isoformat():
        return local, "address", local.isoformat()
    lines = [line for line, _ in _date_lines(shown)]
    days = [read_date(line) for line in lines]
    return (local, "date line", lines[days.index(local)]) if local in days and day not in days else found


_MICRODATA = {
    "published": ("datePublished", "dateCreated", "uploadDate", "schema:datePublished"),
    "modified": ("dateModified", "dateUpdate"),
}


def _microdata(shown: Shown, kind: str) -> Iterator[Claim]:
    for prop in _MICRODATA[kind]:
        for tag in shown.marked(prop):
            yield "microdata", tag.get("content") or tag.get("datetime") or text_of(tag)


def _is_update(tag: Element) -> bool:
    """A `time` that its class calls an update, and not a publication too, as WordPress does when both agree."""
    name = (tag.get("class") or "").lower()
    return ("updat" in name or "modif" in name) and "publi" not in name


_PATH_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([/_-]?)(0?[1-9]|1[0-2])([/_-]?)(0?[1-9]|[12]\d|3[01])(?!\d)")
_PATH_DATE_TURNED = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])([/_-])(0?[1-9]|1[0-2])\2((?:19|20)\d\d)(?!\d)")


def _date_in_path(url: str) -> str | None:
    """The day in an address, as blogs and newspapers put it there.

    >>> _date_in_path("https://ville.example/2019/05/12/eau"), _date_in_path("https://ville.example/n-201951234")
    ('2019-05-12', None)
    """
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return None
    days = []
    for found in _PATH_DATE.finditer(path):
        year, first, month, second, day = found.groups()
        if bool(first) == bool(second) and (first or len(month) == len(day) == 2):
            days.append(f"{year}-{int(month):02}-{int(day):02}")
    days += [f"{year}-{int(month):02}-{int(day):02}" for day, _, month, year in _PATH_DATE_TURNED.findall(path)]
    return next((stated for stated in days if read_date(stated)), None)


@cache
def _labels(kind: str) -> re.Pattern[str]:
    longest_first = sorted(fieldwords.sections("date_words.txt")[kind], key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


_FOUR_DIGITS = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d\.\d\d(?!\d)|\d/\d\d(?!\d)")


def _labelled(shown: Shown, kind: str) -> Iterator[Claim]:
    """Dates that the page itself calls its publication or its change, near the title first."""
    for block in [*shown.near_title(), *shown.own_lines(2 * _LINE_CHARS)]:
        text = block.text
        # Embedded posts of social networks say when they were published.
        if block.kind is BlockKind.QUOTE or not _FOUR_DIGITS.search(text):
            continue
        for found in _labels(kind).finditer(text[: 4 * _LINE_CHARS]):
            day = _DATE.search(text, found.end(), found.end() + _LABEL_CHARS + 25)
            if day and day.start() - found.end() <= _LABEL_CHARS:
                yield "date line", day[0]


# Before a date these words make it the end of a span of time, as events have it.
_OF_A_SPAN = re.compile(r"(?:\bau|\bbis|\bto|\buntil|\bjusqu’au|\bjusqu'au|\bet|\band|\bund|[–—-])\s*$", re.IGNORECASE)
_SPAN_GOES_ON = re.compile(r"\s*(?:[–—-]|\bau\b|\bbis\b|\bto\b)\s*(?:\w+\s+)?\d{1,2}[\s./]", re.IGNORECASE)


def _date_lines(shown: Shown) -> Iterator[tuple[str, Block]]:
    """Lines near the title that are a date with few words round it."""
    for block in shown.near_title():
        text = block.text[:_LINE_CHARS]
        if block.kind is BlockKind.QUOTE or not _FOUR_DIGITS.search(text) or "©" in text:
            continue
        if _labels("modified").search(text[:_HEAD_CHARS]) and not _labels("published").search(text):
            continue
        day = _DATE.search(text)
        # In a sentence a date tells of something else, unless the sentence begins with it, as agencies write.
        sentence = len(block.text) > _LINE_CHARS or (len(text) > _HEAD_CHARS and text.endswith((".", "!", "?", ":")))
        if day is None or (sentence and day.start() > _DATELINE_CHARS):
            continue
        if _OF_A_SPAN.search(text[: day.start()]) or _SPAN_GOES_ON.match(text, day.end()):
            continue
        yield day[0], block


_DATE_CLASS = re.compile(
    r"(?:^|[^a-z])(?:date|datum|pub(?:lish(?:ed|ing)?)?[-_]?date|post[-_]?date|entry[-_]?date|article[-_]?date|posted)"
    r"|(?:post|publish|publishing|creation|entry|article|item)-?date",
    re.IGNORECASE,
)
_PUBLISHED_CLASS = re.compile(
    r"(?:post|entry|article|publi\w*|news)[\w-]{0,24}date|date[-_]?(?:publi|posted)|pubdate|published|item-type-date",
    re.IGNORECASE,
)


def _of_classes(shown: Shown) -> Iterator[Claim]:
    """Elements whose class says date, anywhere in what is the article's own."""
    for block in shown.own_lines(_LINE_CHARS):
        if _FOUR_DIGITS.search(block.text) and "©" not in block.text and (day := _DATE.search(block.text)):
            tag = shown.tree.nodes[block.node].tag
            if any(_DATE_CLASS.search(one.get("class") or "") for one in (tag, *tag.iter("span", "a"))):
                yield "date line", day[0]


def _contradictions(found: Dates, printed: Found | None, head: Head, last: date) -> Iterator[str]:
    """What the page says of its dates that cannot be true beside what was believed."""
    day, source = found.published, found.sources.get("date_published", "")
    if day is None:
        return
    beside = _first(((f"meta {name}", head.metas.get(name)) for name in _PUBLISHED_METAS[:3]), last)
    if source == "json-ld" and beside and _apart(day, beside[0]):
        yield f"date_published: {source} says {day}, {beside[1]} says {beside[2]}"
    printed = printed if source != "date line" else None
    if printed and _apart(day, printed[0]) and not (found.modified and not _apart(found.modified, printed[0])):
        yield f"date_published: {source} says {day}, the page shows {printed[2]}"
    if found.modified and found.modified < day and _apart(day, found.modified) and head.node.get("dateModified"):
        yield f"date_modified: {found.sources['date_modified']} says {found.modified}, before the publication on {day}"


def _printed(shown: Shown) -> Iterator[Claim]:
    """Dates near the title that are the article's without a doubt: marked as such, or called so."""
    for line, block in _date_lines(shown):
        if block.prose_chars:
            continue
        tag = shown.tree.nodes[block.node].tag
        marked = (tag.getparent(), tag, *tag.iter("span", "time"))
        names = [one.get("class") or "" for one in marked if one is not None]
        if _labels("published").search(block.text) or any(_PUBLISHED_CLASS.search(name) for name in names):
            yield "date line", line


def _apart(first: date, second: date) -> bool:
    return abs((first - second).days) > _AGREE_DAYS


_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_CJK = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_SLASHED = re.compile(r"(?<!\d)((?:19|20)\d\d)[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?![\d.]*\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:er|ᵉʳ|st|nd|rd|th|\.|º)?\s*(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?\s*(?:de\s+|del\s+)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_COMPACT = re.compile(r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:T?\d{4,6})?\s*$")
# Any of the spellings, for finding one inside a line.
_DATE = re.compile(
    "|".join(re.sub(r"\\2", "[./-]", pattern.pattern) for pattern in (_ISO, _CJK, _SLASHED, _DOTTED))
    + "|"
    + "|".join(pattern.pattern for pattern in (_DAY_FIRST, _MONTH_FIRST))
)


def read_date(text: str) -> date | None:
    """A date as pages write it, on the day that is written; None when it is none.

    >>> read_date("2020-08-08T23:30:00-02:00"), read_date("08.08.2020"), read_date("le 1er août 2022")
    (datetime.date(2020, 8, 8), datetime.date(2020, 8, 8), datetime.date(2022, 8, 1))
    >>> read_date("Aug. 8, 2020"), read_date("8/23/2020"), read_date("2020年8月8日")
    (datetime.date(2020, 8, 8), datetime.date(2020, 8, 23), datetime.date(2020, 8, 8))
    >>> read_date("31.02.2020") is None
    True
    """
    text = text[:_CLAIM_CHARS]
    for parts in _readings(text):
        try:
            return date(*parts)
        except (ValueError, OverflowError):
            continue
    return None


def _readings(text: str) -> Iterator[tuple[int, int, int]]:
    for pattern in (_ISO, _CJK, _SLASHED, _COMPACT):
        if found := pattern.search(text):
            yield int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.search(text):
        year = int(found[4]) if len(found[4]) == 4 else 2000 + int(found[4])
        yield year, int(found[3]), int(found[1])
        if found[2] == "/":
            yield year, int(found[1]), int(found[3])
    for found in _DAY_FIRST.finditer(text):
        if month := fieldwords.months().get(found[2].lower()):
            yield int(found[3]), month, int(found[1])
    for found in _MONTH_FIRST.finditer(text):
        if month := fieldwords.months().get(found[1].lower()):
            yield int(found[3]), month, int(found[2])
