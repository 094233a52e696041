"""Acronyms that a text itself spells out, in either order, and the book of them that an archive teaches.

The letters of the acronym must be found in the words, in order: their initials (GBV, gestion des boues de vidange), or
their beginnings (REFELA, Réseau des femmes élues locales d’Afrique). May import: records, words.
Touches only package data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.facts.words import fold
from pipeline.records import Acronym, Span

# What one step of an alignment costs. Set on 300 expansions of French municipal articles read one by one: initials
# are free, beginnings and little words nearly so, a word that gives no letter is doubtful, two are wrong.
_COST_OF_BEGINNING = 0.25
_COST_OF_LITTLE_WORD = 0.5
_COST_OF_INNER_LETTERS = 1.0
_COST_OF_LEFT_OUT_WORD = 1.5
_COST_OF_LOOSE_LAST_LETTER = 1.5
# The most that an acronym of so many letters may cost; longer ones are matched by chance less often.
_MOST_COST_BY_LETTERS = {2: 0.0, 3: 0.5, 4: 1.5, 5: 1.75}
_MOST_COST_OF_LONG = 3.0
_LETTERS_MIN_OF_LONG = 6
_LETTERS_MAX = 14
_IMPOSSIBLE = 99.0
# A homonym stays in the book when it has at least this share of the articles of the best expansion.
_HOMONYM_SHARE = 0.34
# Enough of a word to tell « communes » from « communautés », not « djiboutienne » from « de Djibouti ».
_STEM_CHARS = 7

_SHAPE = r"[^\W\d_a-zà-ÿ](?:[^\W_]|[&/-](?=[^\W_]))*"
# What may join the two forms: an opening bracket, a comma, a dash, a colon.
_JOINT = re.compile(r"[(\[]|,[ \u00a0]|[ \u00a0][–—-][ \u00a0]|[ \u00a0]?:[ \u00a0]")
_IN_BRACKET = re.compile(
    rf"[(\[]\s*(?:ci-après |dite? |ou |sigle )?[«“\"]?\s*({_SHAPE})\s*[»”\"]?\s*(?:[,;:–—-][^()\n]{{0,80}})?[)\]]"
)
_BRACKET = re.compile(r"[(\[]\s*[«“\"]?([^()\[\]\n]{6,160}?)[»”\"]?\s*[)\]]")
_AT_END = re.compile(rf"(?<![\w’'-]){_SHAPE}(?=\s?[»”\"]?\s?$)|(?<=[’']){_SHAPE}(?=\s?[»”\"]?\s?$)")
_AT_START = re.compile(rf"({_SHAPE})(?![\w’'-])")
_WORD = re.compile(r"[^\W_]+")
_REST_OF_WORD = re.compile(r"(?:-[^\W_]+)*")
_BREAK = re.compile(r"[.;:!?()\[\]\n«“\"]")
_ARTICLES = frozenset({"l", "la", "le", "les", "d", "de", "des", "du", "un", "une", "the"})


@cache
def _little_words() -> frozenset[str]:
    text = files("pipeline.facts").joinpath("data", "acronyms_stopwords.txt").read_text(encoding="utf-8")
    return frozenset(w for line in text.splitlines() if not line.startswith("#") for w in line.split())


@dataclass(frozen=True, slots=True)
class _Word:
    start_chars: int
    end_chars: int
    folded: str
    little: bool
    capitals: bool


def _words(text: str, start_chars: int, end_chars: int) -> list[_Word]:
    found = []
    little_words = _little_words()
    for match in _WORD.finditer(text, start_chars, end_chars):
        folded = fold(match[0])
        capitals = len(match[0]) > 1 and match[0].isupper()
        found.append(_Word(match.start(), match.end(), folded, folded in little_words, capitals))
    return found


def _letters(acronym: str) -> str:
    """The letters to find, a plural « s » and the hyphens left out."""
    if len(acronym) > 2 and acronym[-1] == "s" and acronym[:-1].isupper():
        acronym = acronym[:-1]
    return "".join(c for c in fold(acronym) if c.isalnum())


def _looks_like_acronym(text: str) -> bool:
    capitals = sum(c.isupper() for c in text)
    return capitals >= 2 and sum(c.isalpha() for c in text) >= 2 and 2 * capitals >= len(text) / 2


def _takes(word: _Word, letters: str, end: int) -> Iterator[tuple[int, float]]:
    """How many of the last letters before `end` the word may give, each with its cost."""
    for count in range(1, min(len(word.folded), end) + 1):
        part = letters[end - count : end]
        if word.folded.startswith(part):
            if word.capitals and part == word.folded:
                yield count, 0.0
            elif count == 1:
                yield count, _COST_OF_LITTLE_WORD if word.little else 0.0
            elif not word.little and len(letters) > 4:
                yield count, _COST_OF_BEGINNING
        elif len(letters) >= _LETTERS_MIN_OF_LONG and not word.little and _inside(part, word.folded):
            yield count, _COST_OF_INNER_LETTERS


def _inside(part: str, word: str) -> bool:
    """Whether the word begins with the first letter and has the others further on, in order."""
    letters = iter(word)
    return part[0] == word[0] and all(c in letters for c in part)


def _align(words: list[_Word], letters: str, *, loose: bool = False) -> list[tuple[float, int, int]]:
    """The ways to read `letters` in words that end the list: (cost, index of the first word, words that give)."""
    size = len(letters)
    best: list[tuple[float, int]] = [(_IMPOSSIBLE, 0)] * (size + 1)
    best[size] = (0.0, 0)
    if size >= _LETTERS_MIN_OF_LONG and loose:
        best[size - 1] = (_COST_OF_LOOSE_LAST_LETTER, 0)
    ways = []
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        skip = 0.0 if word.little else _COST_OF_LEFT_OUT_WORD
        following = [(cost + skip, givers) for cost, givers in best]
        for end in range(1, size + 1):
            cost, givers = best[end]
            if cost >= _IMPOSSIBLE:
                continue
            for count, more in _takes(word, letters, end):
                following[end - count] = min(following[end - count], (cost + more, givers + 1))
                if end == count and not (word.little and more):
                    ways.append((cost + more, index, givers + 1))
        best = following
    return ways


def _most_cost(letters: str) -> float:
    return _MOST_COST_BY_LETTERS.get(len(letters), _MOST_COST_OF_LONG)


def _good(ways: list[tuple[float, int, int]], letters: str, most_cost: float) -> tuple[float, int, int] | None:
    """The cheapest way whose letters come from several words; of equals the shortest."""
    fit = [w for w in ways if w[0] <= most_cost and w[2] >= 2 and 2 * w[2] >= min(len(letters), 6)]
    return min(fit, key=lambda w: (w[0], -w[1])) if fit else None


def _before(text: str, end_chars: int, letters: str, most_cost: float) -> Span | None:
    """The expansion that ends at `end_chars`."""
    while end_chars and text[end_chars - 1] in " \u00a0\u202f»”\"’'*":
        end_chars -= 1
    start_chars = max(0, end_chars - 14 * len(letters) - 60)
    for stop in _BREAK.finditer(text, start_chars, end_chars):
        start_chars = stop.end()
    words = _words(text, start_chars, end_chars)
    if not words or words[-1].little or words[-1].end_chars != end_chars:
        return None
    if letters[0] not in {word.folded[0] for word in words}:
        return None
    way = _good(_align(words, letters, loose=True), letters, most_cost)
    if not way or (way[0] and _inside_a_name(text, words, way[1])):
        return None
    return Span(words[way[1]].start_chars, end_chars)


def _inside_a_name(text: str, words: list[_Word], first: int) -> bool:
    """Whether the word before `first` is capitalised too and belongs to the same name."""
    if not first or words[first - 1].little:
        return False
    before = words[first - 1]
    joined = text[before.end_chars : words[first].start_chars] in " -\u00a0"
    return joined and text[before.start_chars].isupper() and text[words[first].start_chars].isupper()


def _after(text: str, start_chars: int, end_chars: int, letters: str, most_cost: float) -> Span | None:
    """The expansion that begins at `start_chars`, after an article at most: the whole stretch before the others."""
    stop = _BREAK.search(text, start_chars, end_chars)
    words = _words(text, start_chars, stop.start() if stop else end_chars)
    while words and words[0].folded in _ARTICLES:
        del words[0]
    words = words[: 2 * len(letters) + 6]
    if not words or words[0].folded[0] != letters[0]:
        return None
    fit = []
    for count in range(2, len(words) + 1):
        if words[count - 1].little:
            continue
        ways = [w for w in _align(words[:count], letters) if w[1] == 0]
        if way := _good(ways, letters, most_cost):
            fit.append((way[0], count))
    if not fit:
        return None
    # « co-développement »: a word with a hyphen is not cut.
    end = _REST_OF_WORD.match(text, words[min(fit)[1] - 1].end_chars)
    return Span(words[0].start_chars, end.end() if end else words[min(fit)[1] - 1].end_chars)


def _bracketed(text: str, joint: re.Match[str]) -> Acronym | None:
    """« gestion des boues de vidange (GBV) »."""
    match = _IN_BRACKET.match(text, joint.start())
    letters = _letters(match[1]) if match else ""
    if not match or not 2 <= len(letters) <= _LETTERS_MAX:
        return None
    written = _looks_like_acronym(match[1])
    expansion = _before(text, match.start(), letters, _most_cost(letters) if written else _COST_OF_LITTLE_WORD)
    if not expansion or not (written or len(letters) > 2):
        return None
    return _acronym(text, match[1], expansion, Span(match.start(), match.end()))


def _acronym_before(text: str, end_chars: int) -> re.Match[str] | None:
    """The acronym that stands right before `end_chars`."""
    match = _AT_END.search(text, max(0, end_chars - 20), end_chars)
    return match if match and _looks_like_acronym(match[0]) and 2 <= len(_letters(match[0])) <= _LETTERS_MAX else None


def _opened(text: str, joint: re.Match[str]) -> Acronym | None:
    """« le REFELA (Réseau des femmes élues locales d’Afrique) »."""
    acronym = _acronym_before(text, joint.start())
    bracket = _BRACKET.match(text, joint.start()) if acronym else None
    if not acronym or not bracket:
        return None
    letters = _letters(acronym[0])
    expansion = _after(text, bracket.start(1), bracket.end(1), letters, _most_cost(letters))
    return _acronym(text, acronym[0], expansion, Span(acronym.start(), bracket.end())) if expansion else None


def _joined(text: str, joint: re.Match[str]) -> Acronym | None:
    """« l’AIMF, Association … », « Association … – AIMF »: nothing may be left out, a comma joins many things."""
    following = _AT_START.match(text, joint.end())
    # « AMS, AMBF, AMN »: an expansion hardly begins with an acronym.
    series = following and len(following[1]) > 1 and following[1].isupper()
    if not series and (acronym := _acronym_before(text, joint.start())):
        letters = _letters(acronym[0])
        most_cost = _most_cost_joined(letters)
        if expansion := _after(text, joint.end(), min(len(text), joint.end() + 200), letters, most_cost):
            return _acronym(text, acronym[0], expansion, Span(*acronym.span()))
    acronym = None if ":" in joint[0] else following
    if acronym and _looks_like_acronym(acronym[0]):
        letters = _letters(acronym[0])
        if expansion := _before(text, joint.start(), letters, _most_cost_joined(letters)):
            return _acronym(text, acronym[0], expansion, Span(*acronym.span()))
    return None


def _most_cost_joined(letters: str) -> float:
    if not 3 <= len(letters) <= _LETTERS_MAX:
        return -1.0
    return _COST_OF_LITTLE_WORD if len(letters) < _LETTERS_MIN_OF_LONG else 2 * _COST_OF_LITTLE_WORD


def _acronym(text: str, acronym: str, expansion: Span, written: Span) -> Acronym:
    span = Span(min(expansion.start_chars, written.start_chars), max(expansion.end_chars, written.end_chars))
    words = " ".join(text[expansion.start_chars : expansion.end_chars].split())
    return Acronym(acronym, words, span)


def find_acronyms(text: str) -> tuple[Acronym, ...]:
    """The acronyms that the text spells out, in the order of the text, each pair once.

    >>> [(a.acronym, a.expansion) for a in find_acronyms("La gestion des boues de vidange (GBV) avance.")]
    [('GBV', 'gestion des boues de vidange')]
    >>> [a.expansion for a in find_acronyms("Le REFELA (Réseau des femmes élues locales d’Afrique) se réunit.")]
    ['Réseau des femmes élues locales d’Afrique']
    >>> find_acronyms("Le maire de Dakar (SENEGAL) est venu.")
    ()
    """
    found = []
    for joint in _JOINT.finditer(text):
        ways = (_bracketed, _opened) if joint[0] in "([" else (_joined,)
        found += [a for way in ways if (a := way(text, joint))]
    once: dict[tuple[str, str], Acronym] = {}
    for acronym in sorted(found, key=lambda a: (a.span.start_chars, a.span.end_chars) if a.span else (0, 0)):
        once.setdefault((acronym.acronym, fold(acronym.expansion)), acronym)
    return tuple(once.values())


@dataclass(frozen=True, slots=True)
class Expansion:
    """One meaning of an acronym in the archive; `articles` is how many articles spell it so."""

    expansion: str
    articles: int


def _stems(expansion: str) -> tuple[str, ...]:
    """The words that carry the meaning, without accents, case or plural."""
    words = (fold(w) for w in _WORD.findall(expansion))
    return tuple(w[:_STEM_CHARS].rstrip("sx") if len(w) > 3 else w for w in words if w not in _little_words())


def learn(articles: Iterable[Iterable[Acronym]]) -> dict[str, tuple[Expansion, ...]]:
    """The book of an archive: what each acronym means, best evidence first; homonyms with good evidence stay.

    Spellings that differ in accents, case, plural or little words are one meaning, shown in its commonest spelling.

    >>> one = Acronym("PF", "planification familiale"), Acronym("CCN", "Commune de Cap Nord")
    >>> learn([one, [Acronym("PF", "Planification Familiale")]])["PF"]
    (Expansion(expansion='Planification Familiale', articles=2),)
    """
    spellings: dict[str, dict[tuple[str, ...], Counter[str]]] = {}
    for article in articles:
        for acronym, expansion in sorted({(a.acronym, a.expansion) for a in article}):
            key = acronym[:-1] if acronym[-1:] == "s" and acronym[:-1].isupper() else acronym
            spellings.setdefault(key, {}).setdefault(_stems(expansion), Counter())[expansion] += 1
    return {acronym: _best(meanings) for acronym, meanings in sorted(spellings.items())}


def _best(meanings: Mapping[tuple[str, ...], Counter[str]]) -> tuple[Expansion, ...]:
    merged: dict[tuple[str, ...], Counter[str]] = {}
    for stems in sorted(meanings, key=lambda s: (-meanings[s].total(), s)):
        like = next((known for known in merged if set(known) <= set(stems) or set(stems) <= set(known)), stems)
        merged.setdefault(like, Counter()).update(meanings[stems])
    counted = [(c.total(), min(c, key=lambda s: (-c[s], len(s), s))) for c in merged.values()]
    counted.sort(key=lambda pair: (-pair[0], pair[1]))
    least = counted[0][0] * _HOMONYM_SHARE
    return tuple(Expansion(spelling, articles) for articles, spelling in counted if articles >= least)
