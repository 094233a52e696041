"""The words of a question against the vocabulary of one index: which terms each of them stands for.

A word stands for itself and for whatever means the same; if the index does not know it, for the words it probably
meant; weakly, for its family. May import: engine, expressions, french, record, spelling, stem, tree, tuning.
"""

from __future__ import annotations

from itertools import groupby

from index.engine import EXACT, STEM
from index.french import analyze
from index.grammar.tree import MUST_NOT, asked, offers_choice
from index.languages import ENGLISH, STEMS
from index.record import Record
from index.stem import stem
from index.tuning import MEANT_FROM, Tuning
from index.vocabulary.expressions import TRANSLATION, Expressions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from index.engine import Reader
    from index.french import Token
    from index.grammar.tree import Node, Prefix, Query
    from index.spelling import Speller
    from index.vocabulary.expressions import Alternative, Expression

GUESSES_MAX = 4
GUESS_WEIGHT_MIN = 0.03
RARE_MAX = 2
"""Words in so few articles may be errors: of whoever asks, or of the archive."""
SPLIT_WEIGHT = 0.7
"""Of words that were typed as one (« dévelopement local » without its blank)."""
KIN_MAX = 12
PREFIX_TERMS_MAX = 500
PREFIX_SCORED_MAX = 50
"""Of the first words that begin as asked, the most frequent ones give points; all that begin so count as found."""
KIN_LETTERS_MORE = 6
"""A word of the same family is at most so much longer."""


class Variant(Record):
    """A term that stands for a word of the question, and how well. No `stem`: only the literal form counts."""

    exact: str | None
    stem: str | None
    weight: float = 1.0


class Concept(Record):
    """One word of the question; the variants that stand for it best come first.

    `begun`: every word that begins so is meant, the variants among them give points as well.
    """

    text: str
    variants: tuple[Variant, ...]
    begun: str = ""


class Reading(Record):
    """Other words for a whole group: an article that holds all of them holds what the group means.

    `loose`: some of them count for a part, as they do for a translation; half an acronym is nothing.
    """

    words: tuple[Variant, ...]
    weight: float = 1.0
    loose: bool = False


class Group(Record):
    """Words that belong together (a compound, an expression), and what else they may be read as.

    `optional`: an article may hold the whole question without them, by another of its alternatives.
    """

    parts: tuple[Concept, ...]
    readings: tuple[Reading, ...] = ()
    optional: bool = False


class Correction(Record):
    """A word that was not found as typed, and what was searched beside it."""

    typed: str
    meant: str


class Plan(Record):
    """What to look up.

    `passed_over`: words as typed that say nothing (« de », « la »); `doubtful`: some word is hardly known.
    """

    groups: tuple[Group, ...] = ()
    corrections: tuple[Correction, ...] = ()
    passed_over: tuple[str, ...] = ()
    doubtful: bool = False

    def concepts(self) -> list[Concept]:
        """All words in order."""
        return [concept for group in self.groups for concept in group.parts]

    def wanted(self) -> tuple[list[list[tuple[str, str]]], frozenset[int]]:
        """By concept, the terms that count as a match; those of other readings follow, a group each.

        And which groups are several words that mean it only side by side (« premier magistrat » for maire).
        """
        found = [[term for v in concept.variants for term in _terms(v, 1.0)] for concept in self.concepts()]
        together = set()
        for group in self.groups:
            for reading in group.readings:
                if len(reading.words) > 1 and not reading.loose:
                    together.add(len(found))
                found.append([term for word in reading.words for term in _terms(word, reading.weight)])
        return found, frozenset(together)


def _terms(variant: Variant, weight: float) -> Iterator[tuple[str, str]]:
    if variant.weight * weight < MEANT_FROM:
        return
    if variant.stem is not None:
        yield STEM, variant.stem
    elif variant.exact is not None:
        yield EXACT, variant.exact


class _Words:
    """A reader's words as they are spelt, for the speller."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def terms(self) -> Iterator[str]:
        return self._reader.terms(EXACT)

    def frequency(self, term: str) -> int:
        return self._reader.frequency(EXACT, term)


class Planner:
    """Makes plans for one reader."""

    def __init__(self, reader: Reader, tuning: Tuning | None = None, expressions: Expressions | None = None) -> None:
        self._reader = reader
        self._tuning = tuning or Tuning()
        self._expressions = expressions or Expressions()
        self._speller: Speller | None = None

    @property
    def speller(self) -> Speller:
        """The vocabulary's; it is read when the first unknown word comes."""
        if self._speller is None:
            # Most questions have no unknown word, and each from the shell would wait a millisecond for it.
            from index.spelling import Speller  # noqa: PLC0415 - see above

            self._speller = Speller(_Words(self._reader))
        return self._speller

    def plan(self, query: Query, *, far: bool = False) -> Plan:
        """The terms behind a question; with `far`, unknown words stand for whatever resembles them."""
        found = Plan()
        wanted = (part.node for part in query.parts if part.role != MUST_NOT)
        for choice, nodes in groupby(wanted, offers_choice):
            planned = self._nodes(nodes, far=far)
            if choice:
                groups = tuple(group.replace(optional=True) for group in planned.groups)
                planned = planned.replace(groups=groups)
            found = _after(found, planned)
        return found

    def _nodes(self, nodes: Iterable[Node], *, far: bool) -> Plan:
        found = Plan()
        row: list[str] = []
        for alternatives in asked(nodes):
            if isinstance(alternatives, str):
                row.append(alternatives)
                continue
            found = _after(found, self._row(row, far=far))
            row = []
            group = self._either(alternatives) if isinstance(alternatives, tuple) else self._beginning(alternatives)
            found = _after(found, Plan((group,) if group.parts else ()))
        return _after(found, self._row(row, far=far))

    def knows(self, exact: str, stemmed: str) -> bool:
        """Whether a word is understood: found in some form, translated or expanded."""
        return bool(self._reader.frequency(STEM, stemmed) or self._expressions.expressions([exact]))

    def _row(self, texts: Sequence[str], *, far: bool) -> Plan:
        """Words and phrases that follow one another."""
        chunks = [analyze(text) for text in texts]
        meaningful = any(token.stem is not None for chunk in chunks for token in chunk)
        compounds = [compound for chunk in chunks for compound in _compounds(chunk)]
        plain = [token for compound in compounds for token in compound if not token.joined]
        found = self._expressions.expressions([token.exact for token in plain])
        corrections: list[Correction] = []
        groups, place = [], 0
        for compound in _joined_by(compounds, found):
            here = [e for e in found if place <= e.start < place + sum(not token.joined for token in compound)]
            group = self._group(compound, here, corrections, meaningful=meaningful, far=far)
            place += sum(not token.joined for token in compound)
            if group.parts or group.readings:
                groups.append(group)
        silent = [
            text
            for text, chunk in zip(texts, chunks, strict=True)
            if meaningful and all(token.stem is None for token in chunk)
        ]
        doubtful = any(self._is_rare(concept) for group in groups if not group.readings for concept in group.parts)
        return Plan(self._neighbours_joined(groups), tuple(corrections), tuple(silent), doubtful)

    def _is_rare(self, concept: Concept) -> bool:
        word = concept.variants[0]
        return word.stem is not None and self._reader.frequency(STEM, word.stem) <= RARE_MAX

    def _either(self, texts: Sequence[str]) -> Group:
        """Words of which one is enough: the others are other words for the first."""
        first, *others = (self._terms_of(text) for text in texts)
        parts = tuple(Concept(v.exact or "", (v,)) for v in first)
        return Group(parts, tuple(Reading(tuple(words)) for words in others if words))

    def _terms_of(self, text: str) -> list[Variant]:
        tokens = [token for token in analyze(text) if not token.joined]
        return [Variant(t.exact, t.stem) for t in tokens if t.stem is not None] or [
            Variant(t.exact, None) for t in tokens
        ]

    def _beginning(self, prefix: Prefix) -> Group:
        """Words that begin so, as one word of the question."""
        begun = "".join(token.exact for token in analyze(prefix.text)[-1:])
        found = []
        for term in self._reader.terms(EXACT, begun) if begun else ():
            found.append((-self._reader.frequency(EXACT, term), term))
            if len(found) == PREFIX_TERMS_MAX:
                break
        variants = tuple(Variant(term, None) for _, term in sorted(found)[:PREFIX_SCORED_MAX])
        return Group((Concept(f"{begun}*", variants, begun),) if variants else ())

    def _group(
        self,
        tokens: Sequence[Token],
        expressions: Sequence[Expression],
        corrections: list[Correction],
        *,
        meaningful: bool,
        far: bool,
    ) -> Group:
        readings = [
            Reading((Variant(token.exact, token.stem),))
            for token in tokens
            if token.joined and self._reader.frequency(EXACT, token.exact)
        ]
        for expression in expressions:
            for alternative in expression.alternatives:
                if words := self._words(alternative):
                    loose = alternative.kind == TRANSLATION
                    readings.append(Reading(tuple(words), alternative.weight, loose))
        parts = []
        if len(tokens) == 1 and not readings and not self._reader.frequency(STEM, tokens[0].stem or ""):
            readings += self._apart(tokens[0])
        for token in tokens:
            if token.joined:
                continue
            if token.stem is not None or not meaningful:
                known = [] if readings else corrections
                parts.append(self._concept(token, known, far=far))
        return Group(tuple(parts), tuple(readings))

    def _apart(self, token: Token) -> Iterator[Reading]:
        """An unknown word as two that were typed as one, unless it is near a known one."""
        if token.stem is None or self.speller.guesses(token.exact):
            return
        split = self.speller.apart(token.exact)
        words = [word for text in split.words for word in self._terms_of(text)] if split is not None else []
        if words and all(word.stem is not None for word in words):
            yield Reading(tuple(words), SPLIT_WEIGHT)

    def _words(self, alternative: Alternative) -> list[Variant]:
        """An alternative's words as terms; none when the index lacks one of them, or of a translation all."""
        found = []
        for word in alternative.words:
            token = analyze(word)[-1]
            if token.stem is None:
                continue
            if self._reader.frequency(STEM, token.stem):
                found.append(Variant(token.exact, token.stem))
            elif alternative.kind != TRANSLATION:
                return []
        return found

    def _neighbours_joined(self, groups: Sequence[Group]) -> tuple[Group, ...]:
        """« e sport » typed apart may be one word of the index."""
        result: list[Group] = []
        for group in groups:
            before = result[-1] if result else None
            if before and len(before.parts) == len(group.parts) == 1 and not before.readings and not group.readings:
                both = before.parts[0].text + group.parts[0].text
                if both.isalnum() and not both.isdigit() and self._reader.frequency(EXACT, both):
                    joined = Reading((Variant(both, stem(both)),))
                    result[-1] = Group((*before.parts, *group.parts), (joined,))
                    continue
            result.append(group)
        return tuple(result)

    def _concept(self, token: Token, corrections: list[Correction], *, far: bool) -> Concept:
        if token.stem is None:
            return Concept(token.exact, (Variant(token.exact, None),))
        variants = [Variant(token.exact, token.stem), *self._in_english(token.exact)]
        found = self._reader.frequency(STEM, token.stem)
        if found <= self._tuning.rare:
            variants += self._meant(token, found, corrections)
        variants += self._kin(token.stem)
        if far and not found and len(variants) == 1:
            variants += self._resembling(token, corrections)
        first, *others = variants
        return Concept(token.exact, (first, *sorted(others, key=lambda variant: -variant.weight)))

    def _in_english(self, exact: str) -> list[Variant]:
        """The same word where articles and passages are English."""
        marked = STEMS[ENGLISH](exact)
        return [Variant(None, marked)] if self._reader.frequency(STEM, marked) else []

    def _meant(self, token: Token, found: int, corrections: list[Correction]) -> Iterator[Variant]:
        taken: set[str] = {token.stem or token.exact}
        for guess in self.speller.guesses(token.exact):
            meant = stem(guess.word)
            # A rare word is a typing error only of a word that is clearly more common.
            if guess.frequency <= 3 * found or meant in taken or guess.weight < GUESS_WEIGHT_MIN:
                continue
            if len(taken) == 1 and not found:
                corrections.append(Correction(token.exact, guess.word))
            taken.add(meant)
            yield Variant(guess.word, meant, guess.weight)
            if len(taken) > GUESSES_MAX:
                return

    def _resembling(self, token: Token, corrections: list[Correction]) -> Iterator[Variant]:
        for number, word in enumerate(self.speller.resembling(token.exact)[:GUESSES_MAX]):
            if number == 0:
                corrections.append(Correction(token.exact, word))
            yield Variant(word, stem(word), self._tuning.resembling)

    def _kin(self, own: str) -> Iterable[Variant]:
        """Words of the same family: a long common beginning, and little after it."""
        shared = max(self._tuning.kin_prefix, len(own) - 3)
        if not self._tuning.kin or len(own) < self._tuning.kin_prefix or not own.isalpha():
            return ()
        near = []
        for term in self._reader.terms(STEM, own[:shared]):
            if term != own and term.isalpha() and len(term) <= len(own) + KIN_LETTERS_MORE:
                common = _common_prefix(own, term)
                likeness = 2 * common / (len(own) + len(term))
                near.append((likeness, term))
        near.sort(reverse=True)
        return [Variant(None, term, self._tuning.kin * likeness) for likeness, term in near[:KIN_MAX]]


def _after(first: Plan, second: Plan) -> Plan:
    return Plan(
        first.groups + second.groups,
        first.corrections + second.corrections,
        first.passed_over + second.passed_over,
        first.doubtful or second.doubtful,
    )


def _common_prefix(left: str, right: str) -> int:
    for number, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return number
    return min(len(left), len(right))


def _compounds(tokens: Iterable[Token]) -> list[list[Token]]:
    """Tokens of one compound together: those that a joined reading spans."""
    held = list(tokens)
    spans = [(token.start, token.end) for token in held if token.joined]
    by_span: dict[tuple[int, int], list[Token]] = {}
    for token in held:
        around = next((s for s in spans if s[0] <= token.start and token.end <= s[1]), (token.start, token.end))
        by_span.setdefault(around, []).append(token)
    return list(by_span.values())


def _joined_by(compounds: Sequence[list[Token]], expressions: Sequence[Expression]) -> Iterator[list[Token]]:
    """Compounds that one expression spans, as one."""
    place, until, together = 0, 0, []
    for compound in compounds:
        end = place + sum(not token.joined for token in compound)
        together += compound
        until = max([until, *(e.end for e in expressions if place <= e.start < end)])
        if until <= end:
            yield together
            together = []
        place = end
    if together:
        yield together
