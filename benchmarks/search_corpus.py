"""Documents for `search.py`: as many article-length texts as asked, made of real articles, always the same ones.

The real articles come first. Further ones are recombinations: passages of a few articles in the length of another,
a title of two titles, tags and places of whole articles, so that words keep their frequencies and their company, and
facets their shares. A recombined vocabulary would not grow, and rare words would become common; so names that no
article has are strewn in, as many as Heaps' law (fitted to the real articles) says a collection of that size has, and
again with Yule and Simon's chance, by which most names stand in few documents. The documents of a size are the first
ones of any larger size. May import: relevance.
"""

from __future__ import annotations

import json
import math
import random
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""An article in the form of `aimf export`."""

FACETS = ("country", "city", "theme", "partner", "kind", "year")
"""The six facets of a whole answer."""
SEED = 7
PASSAGE_CHARS = 400
"""A block of more is taken apart at its sentences."""
SOURCES = (2, 5)
"""So few articles lend passages to a document that it still has its subjects."""
DATE_SHIFT_DAYS = 180
REPEATED = 1
"""Names met again for each new one: so about half of all words stand in one document only, as in the real articles."""
ONSETS = "b bl d dj f g gn h k kp l m mb n nd ng p r s t tr tch v w z".split()
NUCLEI = "a é i o ou u ai an en on oua ia".split()
SYLLABLES = len(ONSETS) * len(NUCLEI)
SPREAD = 4_999_999
"""Prime, so that consecutive numbers give names without resemblance and no two the same one."""

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?…»])\s+(?=[A-ZÀ-Ý«“])")


@dataclass(frozen=True, slots=True)
class Source:
    """A real article, its text in passages: (text, words, what stands before it)."""

    row: Row
    passages: Sequence[tuple[str, int, str]]


def facets(row: Row) -> dict[str, list[str]]:
    """The values of each facet, each once.

    >>> facets({"kind": "actions", "date_published": "2022-05-01"})["year"]
    ['2022']
    """
    places = row.get("places") or ()
    day = row.get("date_published")
    found = {
        "country": [place["name"] for place in places if place["kind"] == "country"],
        "city": [place["name"] for place in places if place["kind"] == "city"],
        "theme": [theme["label"] if isinstance(theme, dict) else theme for theme in row.get("themes") or ()],
        "partner": row.get("partners") or (),
        "kind": [row.get("kind") or "article"],
        "year": [day[:4]] if day else [],
    }
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def name(number: int) -> str:
    """The name of a number below (25 × 12)³; others for others.

    >>> name(0), name(1)
    ('Bababa', 'Pannouafan')
    """
    rest = number * SPREAD % SYLLABLES**3
    parts = []
    for _ in range(3):
        rest, syllable = divmod(rest, SYLLABLES)
        onset, nucleus = divmod(syllable, len(NUCLEI))
        parts.append(ONSETS[onset] + NUCLEI[nucleus])
    return "".join(parts).capitalize()


def write_documents(articles: Path, target: Path, count: int, seed: int = SEED) -> None:
    """`count` documents, one a line."""
    with target.open("w", encoding="utf-8") as out:
        for row in documents(articles, count, seed):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_documents(path: Path) -> Iterator[Row]:
    """What `write_documents` wrote, as it is wanted."""
    with path.open(encoding="utf-8") as text:
        yield from map(json.loads, text)


def documents(articles: Path, count: int, seed: int = SEED) -> Iterator[Row]:
    """Real articles in random order, then recombinations."""
    from relevance import lines  # imports the index, which must not be in the memory of other engines

    rows = [
        _complete(row)
        for row in map(json.loads, lines(articles))
        if row.get("url") and (row.get("title") or row.get("text"))
    ]
    if not rows:
        raise SystemExit(f"{articles} has no articles.")
    chosen = random.Random(seed)
    chosen.shuffle(rows)
    yield from rows[:count]
    if count > len(rows):
        yield from Mixer(rows, chosen).documents(len(rows), count)


def _complete(row: Row) -> Row:
    """Headings as the export has them, where they are plain text."""
    sections = [s if isinstance(s, dict) else {"level": 2, "title": s} for s in row.get("sections") or ()]
    return row | {"sections": sections}


class Mixer:
    """Makes documents of the articles it is given."""

    def __init__(self, rows: Sequence[Row], chosen: random.Random) -> None:
        self._chosen = chosen
        self._sources = [Source(row, passages(row.get("text") or "")) for row in rows]
        self._by_language: dict[str, list[Source]] = {}
        for source in self._sources:
            self._by_language.setdefault(source.row.get("language") or "", []).append(source)
        self._dates = [row["date_published"][:10] for row in rows if row.get("date_published")]
        self._words, self._factor, self._growth = heaps([row.get("text") or "" for row in rows])
        self._known = self._factor * self._words**self._growth
        self._names = 0
        self._used = array("L")  # the number of a name as often as a document was given it

    def documents(self, first: int, end: int) -> Iterator[Row]:
        for number in range(first, end):
            yield self._document(number)

    def _document(self, number: int) -> Row:
        pick = self._chosen.choice
        model = pick(self._sources)
        alike = self._by_language[model.row.get("language") or ""]
        sources = [pick(alike) for _ in range(self._chosen.randint(*SOURCES))]
        text = self._text(model, sources)
        title = self._title(sources)
        tagged = [pick(alike).row for _ in range(2)]
        slug = "-".join(_WORD.findall(title.lower())[:8])
        return {
            "url": f"https://www.example.org/{number}/{slug}/",
            "title": title,
            "kind": pick(self._sources).row.get("kind") or "article",
            "date_published": self._date(),
            "language": model.row.get("language"),
            "themes": tagged[0].get("themes") or [],
            "sections": sources[0].row.get("sections") or [],
            "text": text,
            "places": sources[0].row.get("places") or [],
            "partners": tagged[1].get("partners") or [],
            "amounts": sources[1].row.get("amounts") or [],
            "event_dates": sources[1].row.get("event_dates") or [],
        }

    def _text(self, model: Source, sources: Sequence[Source]) -> str:
        room = len(model.row.get("text") or "")
        pieces: list[str] = []
        words = 0
        pool = list(dict.fromkeys(passage for source in sources for passage in source.passages))
        self._chosen.shuffle(pool)
        for passage, number, before in pool:
            if len(passage) > 2 * room:
                continue
            pieces.append(before + passage)
            words += number
            room -= len(passage)
        self._words += words
        for told in self._new_names() if pieces else ():
            at = self._chosen.randrange(len(pieces))
            piece = pieces[at]
            blank = piece.find(" ", self._chosen.randrange(len(piece)))
            cut = blank if blank > 0 else len(piece)
            pieces[at] = f"{piece[:cut]} {told}{piece[cut:]}"
        return "".join(pieces).strip()

    def _new_names(self) -> list[str]:
        """New names up to what Heaps' law asks for by now, and old ones."""
        missing = int(self._factor * self._words**self._growth - self._known) - self._names
        numbers = list(range(self._names, self._names + missing))
        self._names += missing
        if self._used:
            numbers += [self._chosen.choice(self._used) for _ in range(REPEATED * missing)]
        self._used.extend(numbers)
        return [name(number) for number in numbers]

    def _title(self, sources: Sequence[Source]) -> str:
        first, second = (source.row.get("title") or "" for source in sources[:2])
        begun, ended = first.split(), second.split()
        return " ".join(begun[: (len(begun) + 1) // 2] + ended[len(ended) // 2 :]) or "Sans titre"

    def _date(self) -> str | None:
        if not self._dates or self._chosen.random() * len(self._sources) >= len(self._dates):
            return None
        shift = self._chosen.randint(-DATE_SHIFT_DAYS, DATE_SHIFT_DAYS)
        return (date.fromisoformat(self._chosen.choice(self._dates)) + timedelta(days=shift)).isoformat()


def passages(text: str) -> list[tuple[str, int, str]]:
    """Its blocks, long ones by sentence: (text, words, what stands before it)."""
    found = []
    for block in filter(str.strip, text.split("\n")):
        parts = _SENTENCE.split(block) if len(block) > PASSAGE_CHARS else [block]
        found += [(part, len(_WORD.findall(part)), "\n" if block.startswith(part) else " ") for part in parts]
    return found


def heaps(texts: Sequence[str]) -> tuple[int, float, float]:
    """Words in all, and the law of their vocabulary, factor × words ** growth, from half of the texts and all."""
    seen: set[str] = set()
    words = 0
    points = []
    for number, text in enumerate(texts, 1):
        found = _WORD.findall(text.lower())
        words += len(found)
        seen.update(found)
        if number in {len(texts) // 2, len(texts)}:
            points.append((words, len(seen)))
    (half, half_seen), (whole, whole_seen) = points[0], points[-1]
    if not half < whole:
        return max(whole, 1), float(whole_seen), 0.0
    growth = math.log(whole_seen / half_seen) / math.log(whole / half)
    return whole, whole_seen / whole**growth, growth
