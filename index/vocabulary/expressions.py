"""Expressions of a question that have other words for the same: names, translations, acronyms, synonyms.

« boues de vidange », « fecal sludge » and GBV are one thing to whoever asks. The words of a question are read from left
to right, at each place the longest expression that a list knows; little words, plurals and English endings do not
matter. May import: expansions, lexicon, record, wordlists.
"""

from __future__ import annotations

from index.record import Record
from index.vocabulary import lexicon
from index.vocabulary.expansions import Book
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from index.vocabulary.lexicon import Words

EXONYM, TRANSLATION, ACRONYM, SYNONYM = "exonym", "translation", "acronym", "synonym"

WEIGHTS = {EXONYM: 1.0, TRANSLATION: 0.7, ACRONYM: 0.7, SYNONYM: 0.6}
ENGLISH_WEIGHT = 1.0
FURTHER_TRANSLATION = 0.6
"""How surely other words are meant; in an English question the translations are what is asked, of several the first
rather than the others. Tuned on 45 English questions, each beside its French twin (nDCG of the one against the ten
articles of the other): 0.7 for ENGLISH_WEIGHT lost 4.7 points, 1.0 for FURTHER_TRANSLATION 1.7; ACRONYM between 0.4
and 1 and SYNONYM above 0.3 moved less than half a point there and on the archive's judged questions. After a change
of the lists rerun `benchmarks/relevance.py`."""
STAFF_WEIGHT = 0.9
"""Whoever writes a synonym down wants it; the words typed still come first."""
OWN_MEANING_ARTICLES = 2
"""Once so many articles spell an acronym out, a general meaning that they do not give is another's."""
WORDS_MAX = 12
"""Longest expression that is looked for; no name of an institution is longer."""
ALTERNATIVES_MAX = 8


class Alternative(Record):
    """Other words for an expression, folded, in order, little words among them."""

    words: tuple[str, ...]
    weight: float
    kind: str


class Expression(Record):
    """Tokens `start` to before `end` of a question, and what else they are called, the surest first."""

    start: int
    end: int
    alternatives: tuple[Alternative, ...]


class Expressions:
    """The lists of this package, with what one archive has taught and what its staff have written."""

    def __init__(self, *, learned: str = "", synonyms: str = "") -> None:
        """`learned`: acronyms of the archive (`expansions.to_lines`); `synonyms`: staff list (`Synonyms.text`)."""
        self._synonyms = synonyms
        self._book = Book(learned)

    def expressions(self, tokens: Sequence[str]) -> list[Expression]:
        """The expressions of a question; `tokens` are its exact terms in order, without joined readings.

        >>> [(e.start, e.end, e.alternatives[0].words) for e in Expressions().expressions(["the", "city", "council"])]
        [(1, 3, ('conseil', 'municipal'))]
        >>> Expressions().expressions(["saigon"])[0].alternatives[0]
        Alternative(words=('ho', 'chi', 'minh', 'ville'), weight=1.0, kind='exonym')
        """
        little = words("stopwords")
        places = [place for place, token in enumerate(tokens) if token.isalnum() and token not in little]
        asked = [tokens[place] for place in places]
        readings = [list(self._readings(_Ahead(tokens, places, number))) for number in range(len(asked))]
        english = _is_english(tokens, readings)
        found = []
        number = 0
        while number < len(asked):
            usable = [reading for reading in readings[number] if english or reading.sure]
            length = max((reading.length for reading in usable), default=1)
            alternatives = _best([r for r in usable if r.length == length], asked[number : number + length], english)
            if alternatives:
                found.append(Expression(places[number], places[number + length - 1] + 1, alternatives))
            number += length if alternatives else 1
        return found

    def _readings(self, ahead: _Ahead) -> Iterator[_Reading]:
        """Everything the lists know that begins at the next word of the question."""
        exonyms = lexicon.list_text("exonyms")
        lists = [("acronyms", ACRONYM), ("synonyms_field", SYNONYM)]
        texts = [(lexicon.list_text(name), kind, WEIGHTS[kind]) for name, kind in lists]
        if self._synonyms:
            texts.append((self._synonyms, SYNONYM, STAFF_WEIGHT))
        for first in ahead.firsts():
            # A name has no plural: its whole first word must stand there.
            for named in (lexicon.groups(exonyms, f"{first} "), lexicon.countries(f"{first} ")):
                yield from _read(named, ahead, EXONYM, WEIGHTS[EXONYM])
            for text, kind, weight in texts:
                found = lexicon.groups(text, _bare(first))
                yield from _read(self._trusted(found) if kind == ACRONYM else found, ahead, kind, weight)
        yield from self._taught(ahead)
        yield from _translated(ahead)

    def _trusted(self, found: Iterable[tuple[Words, tuple[Words, ...]]]) -> Iterator[tuple[Words, tuple[Words, ...]]]:
        """Without the acronyms that this archive uses for something else: GBV is sludge here, not violence."""
        for member, others in found:
            own = [one for one in self._book.meanings(member[0]) if one.articles >= OWN_MEANING_ARTICLES]
            if len(member) > 1 or not own or any(_same(one, _content(m.words)) for m in own for one in others):
                yield member, others

    def _taught(self, ahead: _Ahead) -> Iterator[_Reading]:
        for one in self._book.meanings(ahead.words[0]):
            yield _Reading(1, one.words, WEIGHTS[ACRONYM] * one.share, ACRONYM)
        for one in self._book.beginning(_bare(ahead.words[0])):
            if length := _length(one.words, ahead):
                yield _Reading(length, (one.acronym,), WEIGHTS[ACRONYM] * one.share, ACRONYM)


class _Ahead:
    """The words of a question from word `number` on, little ones left out; `tokens` has them all."""

    def __init__(self, tokens: Sequence[str], places: Sequence[int], number: int) -> None:
        self._tokens, self._place = tokens, places[number]
        self.words = [tokens[place] for place in places[number : number + WORDS_MAX]]

    def firsts(self) -> tuple[str, ...]:
        """Words that an expression may begin with here: « abri », « sans abri »."""
        before = self._tokens[self._place - 1] if self._place else ""
        return (self.words[0], before) if before in words("stopwords") else (self.words[0],)

    def whole(self, member: Sequence[str], inside: int) -> bool:
        """Whether the member stands in the question with its little words, its word `inside` being the next word."""
        start = self._place - inside
        return start >= 0 and all(_bare(a) == _bare(b) for a, b in zip(member, self._tokens[start:], strict=False))


class _Reading(Record):
    """One alternative for the first `length` words of what was asked; not `sure`: for English questions alone."""

    length: int
    words: tuple[str, ...]
    weight: float
    kind: str
    sure: bool = True


def _read(
    found: Iterable[tuple[Words, tuple[Words, ...]]], ahead: _Ahead, kind: str, weight: float
) -> Iterator[_Reading]:
    for member, others in found:
        if length := _length(member, ahead):
            yield from (_Reading(length, other, weight, kind) for other in others)


def _translated(ahead: _Ahead) -> Iterator[_Reading]:
    """The longest English expressions; a word as it is typed before the word that it may be a form of."""
    best: list[_Reading] = []
    for form in (*ahead.firsts()[1:], *english_forms(ahead.words[0])):
        here = []
        for english, sure, french in lexicon.translations(form):
            length = _length(english, ahead, forms=english_forms)
            for number, meant in enumerate(french if length else ()):
                # « stratégies » would be English if the plural of « strategy » were told by « stratégie ».
                if not _same(meant, ahead.words[:length]):
                    here.append(_Reading(length, meant, FURTHER_TRANSLATION if number else 1.0, TRANSLATION, sure))
        longest = max((reading.length for reading in here), default=0)
        if longest > (best[0].length if best else 0):
            best = [reading for reading in here if reading.length == longest]
    yield from best


def _content(member: Sequence[str]) -> list[str]:
    little = words("stopwords")
    return [word for word in member if word not in little]


def _length(member: Sequence[str], ahead: _Ahead, *, forms: Callable[[str], tuple[str, ...]] | None = None) -> int:
    """How many of the words ahead are those of the member, little words left out; 0 when they are not.

    With `forms`, a word ahead may be any that this makes of it. A member of one word and little ones (« sans abri »,
    « car park ») must stand there with these, or it would be another word.
    """
    content = _content(member)
    if not content or len(content) > len(ahead.words):
        return 0
    pairs = zip(content, ahead.words, strict=False)
    if not all(a in forms(b) if forms else _bare(a) == _bare(b) for a, b in pairs):
        return 0
    if len(content) == 1 < len(member) and not ahead.whole(member, member.index(content[0])):
        return 0
    return len(content)


def _same(member: Sequence[str], asked: Sequence[str]) -> bool:
    return [_bare(word) for word in _content(member)] == [_bare(word) for word in asked]


def _bare(word: str) -> str:
    """Without the endings that French writes and does not say; short words, and acronyms with them, stay.

    >>> _bare("elues"), _bare("vidange"), _bare("bus"), _bare("sociaux"), _bare("reseaux")
    ('elu', 'vidang', 'bus', 'social', 'reseau')
    """
    if len(word) < 5:
        return word
    if word.endswith("aux") and word[-4] != "e":
        return word[:-3] + "al"
    if word[-1] in "sx":
        word = word[:-1]
    return word.removesuffix("e").removesuffix("e")


def english_forms(word: str) -> tuple[str, ...]:
    """A word and what it may be a form of.

    >>> english_forms("cities"), english_forms("recycling"), english_forms("planned")
    (('cities', 'city', 'citie'), ('recycling', 'recycl', 'recycle'), ('planned', 'plann', 'planne', 'plan'))
    """
    forms = [word]
    if len(word) > 4 and word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if len(word) > 6 and word.endswith(("ches", "shes", "sses")):
        forms.append(word[:-2])
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        forms.append(word[:-1])
    for ending in ("ing", "ed"):
        start = word.removesuffix(ending)
        if start != word and len(start) > 2:
            forms += (start, start + "e")
            if start[-1] == start[-2]:
                forms.append(start[:-1])
    return tuple(forms)


def _is_english(tokens: Sequence[str], readings: Iterable[Sequence[_Reading]]) -> bool:
    """A word that is English and no French one, and not one French little word."""
    if any(token in lexicon.function_words("french") for token in tokens):
        return False
    if any(token in lexicon.function_words("english") for token in tokens):
        return True
    return any(one.kind == TRANSLATION and one.sure for found in readings for one in found)


def _best(readings: Iterable[_Reading], asked: Sequence[str], english: bool) -> tuple[Alternative, ...]:
    """Each alternative once, with the best of its weights; those that say the same words are none."""
    weights: dict[Words, tuple[float, str]] = {}
    for one in readings:
        weight = one.weight
        if one.kind == TRANSLATION:
            weight *= ENGLISH_WEIGHT if english else WEIGHTS[TRANSLATION]
        if weight > weights.get(one.words, (0.0, ""))[0] and not _same(one.words, asked):
            weights[one.words] = (weight, one.kind)
    ranked = sorted(weights.items(), key=lambda entry: -entry[1][0])
    return tuple(Alternative(other, weight, kind) for other, (weight, kind) in ranked[:ALTERNATIVES_MAX])
