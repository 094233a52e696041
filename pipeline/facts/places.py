"""Places that a title and its text name: countries, cities, regions, with their mentions.

A name counts when nothing speaks against it (a first name before it, a street, an accord) and, for a name that may
well be something else, when something speaks for it (« Ville de X », « à X », a list of cities, its country beside
it). Word lists: place_contexts.txt, place_first_names.txt. May import: records, gazetteer, words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from pipeline.facts.gazetteer import Gazetteer, Sense, contexts, default_gazetteer, first_names, plain, spaced
from pipeline.facts.words import fold
from pipeline.records import Place, Span

__all__ = ["find_places", "likeliest", "unknown_candidates"]

# A name begins with a capital; « république » and « île » may open one without.
_START = re.compile(r"(?<![^\W_])(?:[^\W\d_a-zß-öø-ÿ][^\W_]*|(?:r[ée]publique|[îi]les?)(?=[ -]))")
_BEFORE_CHARS = 60
# What stands before a name, folded: two words, then « de » or an article.
_BEFORE = re.compile(
    r"(?:([^\W_][\w-]*) )?(?<![\w-])(?!(?:de|du|des|la|le|les|l|d)\b)([^\W_][\w-]*)\.? (?:#|« ?)?"
    r"(de l'|de la |de |d'|du |des )?(?:#|« ?)?$"
)
_AT = re.compile(r"(?:^|[^\w'-])(?:[àÀA]|[Aa]ux?|[Vv]ers|[Dd]epuis|[Ee]ntre) $")
_WORD_BEFORE = re.compile(r"([^\W_][\w-]*)[ \u00a0]$")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;\n«»“”\"(•–—|\]>-])[\s#'’]*$")
_WORD_AFTER = re.compile(r"[ \u00a0]([^\W_][^\W_]+)")
# « la Venise africaine » is no city of that name; « le XY » of a city that has no article neither.
_LIKENED = re.compile(r"(?:^|[^\w'-])(?:[Ll]a|[Ll]e|une?|cette) $")
# « à La Réunion », « au Port », within a sentence: the capital says that the article belongs to the name.
_TITLED_ARTICLE = re.compile(r"\w[,;:]? (?:La|Le|Les) $|\bL['’]$")
_COMMON_NOUN_AFTER = re.compile(r" (?:de |du |des |d['’])")
_ARTICLE_BEFORE = re.compile(r"(?:^|\W)(?:le|la|les|l|au|aux|du|des) $")
_COUNTRY_ARTICLE_BEFORE = re.compile(r"(?:^|\W)(?:le |au |du |en |l')$")
_LIST = re.compile(
    r"\s{0,3}(?:\([^()\n]{1,30}\))?\s{0,2}(?:,\s?(?:et|ou)\b|[,;/|–—•+&-]|\bet\b|\bou\b|\band\b|\bainsi qu(?:e |'))"
    r"\s{0,3}#?(?:(?:a|de|en|du|des|au|aux|le|la|les|vers)\s|[dl]'){0,2}"
)
_BESIDE = re.compile(r"\s{0,2}(?:\(|,|/|–|—|-|\ben\b|\bau\b)\s{0,2}(?:(?:le|la|les|en|au|du)\s|l')?")
# « Dakar-Plateau » is a part of Dakar, « Genève-AIMF » is not.
_COMPOUND = re.compile(r"- ?([^\W\d_a-zß-öø-ÿ]\w*)")
_HEADLINE = re.compile(r"\s{0,2}(?:[:–—|]|-\s)")
_ADDRESS = re.compile(r"[\w.]*@|\.\w")
_PLACE_WORDS = r"[^\W\d_a-zß-öø-ÿ][\w]+(?:[-'’ ]?[^\W\d_a-zß-öø-ÿ][\w]+){0,3}"
_CANDIDATE = re.compile(
    r"(?:(?<!\w)[àÀ]|\b[Vv]illes?\s(?:de|d['’])|\b[Mm]air(?:i?e)s?\s(?:de|d['’])|\b[Cc]ommunes?\s(?:de|d['’])"
    rf"|\b[Mm]unicipalités?\s(?:de|d['’]))\s?({_PLACE_WORDS})"
)
# What speaks against the bare name, the least first; `country` marks a doubtful name of a country.
_DOUBTS = ("", "word", "small", "country", "name")
# A city of this size is meant by « à X » even if X is a first name too; chosen by judgement, not swept.
_LARGE_THOUSANDS = 100
# What a French-speaking country weighs against size: as much as thirty times the inhabitants (10 ** 1.5), so that
# Valence is the Drôme's; chosen by judgement, not swept.
_FRANCOPHONE = 1.5


@dataclass(slots=True)
class _Mention:
    """A name in the text while it is judged."""

    start: int
    end: int
    senses: tuple[Sense, ...]
    doubt: str
    needs_article: bool = False
    accepted: bool = False
    blocked: bool = False

    def of(self, kind: str) -> tuple[Sense, ...]:
        return tuple(sense for sense in self.senses if sense.kind == kind)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The text in the three forms that the rules look at, all of one length, and what the site's tags say."""

    whole: str
    folded: str
    flat: str
    tagged_names: frozenset[str]
    tagged_codes: frozenset[str]

    def before(self, mention: _Mention) -> str:
        return self.whole[max(0, mention.start - _BEFORE_CHARS) : mention.start]

    def written(self, mention: _Mention) -> str:
        return self.whole[mention.start : mention.end]


def find_places(
    title: str, text: str, *, tagged: Sequence[Place] = (), gazetteer: Gazetteer | None = None
) -> tuple[Place, ...]:
    """The places that `title` and `text` name, each once, in the order of their first mention.

    `tagged` are the site's own tags; they settle which of several places is meant and are never told by themselves.

    >>> [(p.name, p.country, p.kind) for p in find_places("", "À Saigon (Viêt Nam), Anne Paris a parlé.")]
    [('Hô-Chi-Minh-Ville', 'VN', 'city'), ('Viêt Nam', 'VN', 'country')]
    """
    whole = f"{title}\n{text}"
    names = frozenset(plain(place.name.split(" (")[0]) for place in tagged if place.kind in {"city", "country"})
    codes = frozenset(place.country for place in tagged if place.country)
    folded = fold(whole)
    reading = _Reading(whole, folded, spaced(folded), names, codes)
    mentions = list(_scan(reading, gazetteer or default_gazetteer()))
    _judge(reading, mentions)
    kept = [mention for mention in mentions if mention.accepted]
    _settle_congo(reading, kept)
    return _places(_resolved(reading, kept), offset_chars=len(title) + 1)


def _scan(reading: _Reading, gazetteer: Gazetteer) -> Iterator[_Mention]:
    """The names of the gazetteer that stand in the text, the longest at each place."""
    flat, end = reading.flat, 0
    for match in _START.finditer(reading.whole):
        start = match.start()
        word = flat[start : match.end()]
        if start < end or not gazetteer.has_first_word(word):
            continue
        for hit in gazetteer.at(flat, word, start):
            if hit.needs_article and not _ARTICLE_BEFORE.search(flat, max(0, start - 5), start):
                continue
            doubt = _doubt(hit.senses, flat[start : start + hit.length_chars])
            if _capitals_fit(reading.whole[start : start + hit.length_chars], doubt):
                end = start + hit.length_chars
                yield _Mention(start, end, hit.senses, doubt, hit.needs_article)
                break


def _doubt(senses: tuple[Sense, ...], name: str) -> str:
    """What speaks against the bare name: the least of what its senses say."""
    doubtful = name.replace(" ", "-") in contexts()["doubtful countries"]
    marks = ("country" if s.kind == "country" and doubtful else s.mark for s in senses)
    return min(marks, key=_DOUBTS.index)


def _capitals_fit(written: str, doubt: str) -> bool:
    """Whether each part has its capital; « Côte d’ivoire » may lack it, « Bon accueil » may not."""
    if written.isalpha():
        return written[0].isupper()
    last = re.split(r"[\s'’.]", written)[-1]
    return not doubt or not last[:1].islower()


def _judge(reading: _Reading, mentions: list[_Mention]) -> None:
    """Marks what is accepted: each name by itself, then by its neighbours, then by its other mentions."""
    for i, mention in enumerate(mentions):
        before = mentions[i - 1] if i else None
        after = mentions[i + 1] if i + 1 < len(mentions) else None
        mention.blocked = bool(mention.of("namesake")) or _speaks_against(reading, mention, before, after)
        mention.accepted = not mention.blocked and (_bare_is_enough(reading, mention) or _speaks_for(reading, mention))
    forward = list(pairwise(mentions))
    for sure, other in (*forward, *((b, a) for a, b in reversed(forward))):
        if sure.accepted and not other.accepted and not other.blocked:
            other.accepted = _vouches(reading, sure, other)
    known = {mention.senses for mention in mentions if mention.accepted}
    for mention in mentions:
        mention.accepted = not mention.blocked and mention.senses in known


def _bare_is_enough(reading: _Reading, mention: _Mention) -> bool:
    """Whether the name needs no evidence; a French word with a capital amid a sentence does not."""
    if mention.doubt == "word":
        opens = _SENTENCE_START.search(reading.before(mention))
        return not (opens or reading.written(mention).isupper())
    return not mention.doubt


def _speaks_against(reading: _Reading, mention: _Mention, before: _Mention | None, after: _Mention | None) -> bool:
    """Whether the words around the name make it part of something else."""
    joined_before = before is not None and before.end == mention.start - 1
    if _is_glued(reading, mention, after, joined_before=joined_before) or _is_common_noun(reading, mention):
        return True
    context = _BEFORE.search(reading.folded, max(0, mention.start - _BEFORE_CHARS), mention.start)
    if context and _is_namesake(reading, mention, context):
        return True
    match = _WORD_BEFORE.search(reading.before(mention))
    if match and match[1][0].isupper() and _is_surname_or_tail(reading, mention, match, joined=joined_before):
        return True
    return bool(mention.doubt) and _capital_after(reading, mention) and not _after_settlement_noun(reading, mention)


def _is_glued(reading: _Reading, mention: _Mention, after: _Mention | None, *, joined_before: bool) -> bool:
    """Whether the name is part of an address, a hashtag's tail or a compound; « Dakar-Bamako » is two places."""
    left = reading.before(mention)
    if _ADDRESS.match(reading.whole, mention.end) or left[-1:] in {"@", "_", "&"}:
        return True
    if left[-1:] in {".", "-"} and left[-2:-1].isalnum() and not joined_before:
        return True
    tail = _COMPOUND.match(reading.whole, mention.end)
    joined_after = after is not None and after.start == mention.end + 1
    return bool(tail) and not joined_after and not (tail and tail[1].isupper())


def _is_common_noun(reading: _Reading, mention: _Mention) -> bool:
    """« le Cap de Nice », « la Réunion du Bureau », « la Venise africaine »."""
    if mention.doubt in {"word", "country"}:
        return bool(_COMMON_NOUN_AFTER.match(reading.whole, mention.end)) and not _after_settlement_noun(
            reading, mention
        )
    if mention.needs_article or not all(sense.kind == "city" for sense in mention.senses):
        return False
    return bool(_LIKENED.search(reading.before(mention)))


def _is_namesake(reading: _Reading, mention: _Mention, context: re.Match[str]) -> bool:
    """« rue de X », « Accord de X », « fleuve X », « M. X », « Patricia de X »."""
    words, head, link = contexts(), context[2], context[3]
    if link is None:
        if head in words["titles"] or (head in words["waters"] and mention.of("country")):
            return True
        return bool(mention.of("city")) and head in words["buildings"]
    if head in words["streets"] or head in words["waters"]:
        return True
    if link not in {"de ", "d'"}:
        return False
    return head in words["namesakes"] or (reading.whole[context.start(2)].isupper() and head in first_names())


def _is_surname_or_tail(reading: _Reading, mention: _Mention, match: re.Match[str], *, joined: bool) -> bool:
    """Whether the capitalised word before the name makes it a surname or the tail of an organisation's name."""
    word = fold(match[1])
    last = re.split(r"['-]", word)[-1]
    if word in first_names() or last in first_names():
        return True
    if joined or (mention.of("country") and not mention.doubt):
        return False
    shouted = match[1].isupper() and reading.written(mention).isupper()
    opens = _SENTENCE_START.search(reading.before(mention), 0, match.start())
    return not (shouted or opens or last in contexts()["generic capitals"] or last in contexts()["openers"])


def _capital_after(reading: _Reading, mention: _Mention) -> bool:
    """« Maurice Dupont »: a capitalised word follows, unless all is in capitals."""
    match = _WORD_AFTER.match(reading.whole, mention.end)
    if not match or not match[1][0].isupper():
        return False
    return not (match[1].isupper() and reading.written(mention).isupper())


def _after_settlement_noun(reading: _Reading, mention: _Mention) -> bool:
    """« la Ville de X », « les communes urbaines de X »."""
    context = _BEFORE.search(reading.folded, max(0, mention.start - _BEFORE_CHARS), mention.start)
    if not context or not context[3]:
        return False
    words = contexts()
    nouns = words["settlement nouns"]
    return context[2] in nouns or (context[2] in words["settlement adjectives"] and context[1] in nouns)


def _speaks_for(reading: _Reading, mention: _Mention) -> bool:
    """Whether the words around a doubtful name show that it is a place."""
    if reading.flat[mention.start : mention.end] in reading.tagged_names or _after_settlement_noun(reading, mention):
        return True
    if mention.needs_article and _TITLED_ARTICLE.search(reading.before(mention)):
        return True
    large = any(sense.inhabitants_thousands >= _LARGE_THOUSANDS for sense in mention.senses)
    if mention.doubt == "name" and not large:
        return False
    left = reading.before(mention)
    if _AT.search(left):
        return True
    if mention.doubt == "country":
        return bool(_COUNTRY_ARTICLE_BEFORE.search(reading.folded, max(0, mention.start - 5), mention.start))
    opens_line = not left or left.endswith("\n")
    return opens_line and bool(_HEADLINE.match(reading.whole, mention.end))


def _vouches(reading: _Reading, sure: _Mention, other: _Mention) -> bool:
    """Whether an accepted place beside the other makes it one: as its country, or as a member of the same list."""
    first, second = (sure, other) if sure.start < other.start else (other, sure)
    between = reading.folded[first.end : second.start]
    countries = {sense.country for sense in sure.of("country")}
    if first is other and any(sense.country in countries for sense in other.of("city")) and _BESIDE.fullmatch(between):
        return True
    same_kind = any(sure.of(kind) and other.of(kind) for kind in ("city", "country"))
    return same_kind and bool(_LIST.fullmatch(between))


def _settle_congo(reading: _Reading, mentions: list[_Mention]) -> None:
    """« Congo » alone is Brazzaville's, unless the article speaks of Kinshasa's only."""
    bare = [m for m in mentions if reading.flat[m.start : m.end] == "congo" and m.of("country")]
    told = {m.senses[0].country for m in mentions if len(m.senses) == 1 and m not in bare} | reading.tagged_codes
    named = {sense.country: sense for m in mentions for sense in m.of("country")}
    for mention in bare:
        democratic = reading.folded[: mention.start].endswith("democratique du ")
        if democratic or ("CD" in told and "CG" not in told):
            mention.senses = (named.get("CD", Sense("République démocratique du Congo", "CD", "country")),)


def _resolved(reading: _Reading, mentions: list[_Mention]) -> Iterator[tuple[Sense, _Mention]]:
    """Each mention with the place it means; a city state is both a country and a city."""
    named = Counter(sense.country for m in mentions if len(m.senses) == 1 for sense in m.senses)
    named.update({sense.country: 2 for m in mentions for sense in m.of("country")})
    beside = {a.senses: (b.of("country") or b.of("region"))[0].country for a, b in _beside_larger(reading, mentions)}
    for mention in mentions:
        cities = mention.of("city")
        larger = mention.of("country") or mention.of("region")
        if larger and not (cities and _is_city(reading, mention)):
            yield larger[0], mention
        if cities and not (larger and _is_larger(reading, mention)):
            weigh = _Weigher(named, beside.get(mention.senses), reading.tagged_codes)
            yield max(cities, key=weigh), mention


def _beside_larger(reading: _Reading, mentions: list[_Mention]) -> Iterator[tuple[_Mention, _Mention]]:
    for first, second in pairwise(mentions):
        between = reading.folded[first.end : second.start]
        if (second.of("country") or second.of("region")) and _BESIDE.fullmatch(between):
            yield first, second


@dataclass(frozen=True, slots=True)
class _Weigher:
    """How likely a text means this one of the cities of a name: country beside it, named, tagged; then size."""

    named: Counter[str | None]
    beside: str | None
    tagged: frozenset[str]

    def __call__(self, city: Sense) -> float:
        code = city.country
        told = min(self.named[code], 3) + 3 * (code in self.tagged) + 9 * (code is not None and code == self.beside)
        return told + _FRANCOPHONE * (code in contexts()["francophone"]) + log10(1 + city.inhabitants_thousands)


def likeliest(cities: Iterable[Sense], countries: Iterable[str]) -> Sense:
    """Which of the cities of one name is meant, where nothing but the article's countries tells."""
    return max(cities, key=_Weigher(Counter(), None, frozenset(countries)))


def _is_city(reading: _Reading, mention: _Mention) -> bool:
    """Of a name that is a city and something larger: whether only the city is meant."""
    if _after_settlement_noun(reading, mention):
        return not _COUNTRY_ARTICLE_BEFORE.search(reading.folded, max(0, mention.start - 5), mention.start)
    return not _is_larger(reading, mention) and not _is_city_state(reading, mention)


def _is_larger(reading: _Reading, mention: _Mention) -> bool:
    """« au Luxembourg », « Montréal (Québec) »: the country or the region, for names that take an article."""
    if _is_city_state(reading, mention):
        return False
    in_brackets = reading.whole[mention.start - 1] == "(" and reading.whole[mention.end : mention.end + 1] == ")"
    return in_brackets or bool(_COUNTRY_ARTICLE_BEFORE.search(reading.folded, mention.start - 5, mention.start))


def _is_city_state(reading: _Reading, mention: _Mention) -> bool:
    return reading.flat[mention.start : mention.end].replace(" ", "-") in contexts()["city states"]


def _places(resolved: Iterable[tuple[Sense, _Mention]], *, offset_chars: int) -> tuple[Place, ...]:
    """One record a place, with its mentions in the text; those in the title have no span."""
    spans: dict[tuple[str, str | None, str], list[Span]] = {}
    for sense, mention in resolved:
        found = spans.setdefault((sense.name, sense.country, sense.kind), [])
        if mention.start >= offset_chars:
            found.append(Span(mention.start - offset_chars, mention.end - offset_chars))
    return tuple(Place(name, country, kind, tuple(found)) for (name, country, kind), found in spans.items())


def unknown_candidates(texts: Iterable[str], *, gazetteer: Gazetteer | None = None) -> list[tuple[str, int]]:
    """Names that stand where a place stands and that the gazetteer lacks, the most frequent first.

    >>> unknown_candidates(["La ville de Xanadou et la Ville de Paris.", "À Xanadou, rien."])
    [('Xanadou', 2)]
    """
    known = gazetteer or default_gazetteer()
    words = contexts()
    counts: Counter[str] = Counter()
    for text in texts:
        for match in _CANDIDATE.finditer(text):
            first = plain(match[1]).split(" ")[0]
            if first in words["titles"] or first in words["openers"] or first in first_names():
                continue
            if not known.knows(match[1]) and not known.knows(re.split(r"[ '’-]", match[1])[0]):
                counts[match[1]] += 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
