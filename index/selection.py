"""What a question insists on: the nodes of its tree as sets of documents (`bits`). Engine-neutral.

Words that a question merely wants are the ranking's; phrases, fields, required and excluded words decide who may stay.
May import: bits, engine, facets, french, record, tree.
"""

from __future__ import annotations

from index.bits import bits_of, documents_of, intersection, union
from index.engine import AMOUNT, EVENT, EXACT, STEM, TITLE
from index.french import analyze
from index.grammar.tree import (
    MUST,
    MUST_NOT,
    AmountRange,
    Both,
    DateRange,
    Either,
    Part,
    Phrase,
    Prefix,
    Query,
    Value,
    Within,
    Without,
    Word,
    narrows,
    offers_choice,
)
from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from index.engine import Reader
    from index.facets import Facets
    from index.grammar.tree import Node


class Selection(Record):
    """Who may stay, as bits (None: everyone).

    `choices`: for each part of the question that may hold in several ways, the documents in which it holds;
    `loosened`: phrases that nothing holds word for word; `unknown`: values of fields that no article has; both are
    asked for less strictly, and told.
    """

    documents: int | None = None
    choices: tuple[int, ...] = ()
    loosened: tuple[str, ...] = ()
    unknown: tuple[Value, ...] = ()


class Selector:
    """Answers nodes from one reader."""

    def __init__(self, reader: Reader, facets: Facets) -> None:
        self._reader = reader
        self._facets = facets

    def select(self, query: Query) -> Selection:
        """Who may stay after all parts of a question have spoken."""
        chosen: int | None = None
        choices: list[int] = []
        loosened: list[str] = []
        unknown = self._unknown(query)
        for part in query.parts:
            if part.node in unknown:
                continue
            held = self._held(part, loosened)
            if part.role != MUST_NOT and offers_choice(part.node):
                choices.append(self.holding(part.node) if held is None else held)
            if held is None:
                continue
            if part.role == MUST_NOT:
                chosen = (self._reader.documents() if chosen is None else chosen) & ~held
            else:
                chosen = held if chosen is None else chosen & held
        return Selection(chosen, tuple(choices), tuple(loosened), unknown)

    def _unknown(self, query: Query) -> tuple[Value, ...]:
        """Fields of which the archive has no such value; excluding one is no error."""
        return tuple(
            part.node
            for part in query.parts
            if isinstance(part.node, Value)
            and part.role != MUST_NOT
            and not self._facets.codes(part.node.field, part.node.value)
        )

    def _held(self, part: Part, loosened: list[str]) -> int | None:
        """Documents of a part; None when it only wishes."""
        node = part.node
        if isinstance(node, Phrase) and part.role != MUST_NOT:
            held = self._phrase(node.text)
            if not held:
                loosened.append(node.text)
                held = self._phrase(node.text, stemmed=True)
            return held or None
        if isinstance(node, Word) and part.role == MUST:
            held = self._word(node.text)
            if not held:
                loosened.append(node.text)
            return held or None
        if part.role in {MUST, MUST_NOT} or narrows(node) or isinstance(node, Prefix):
            return self.holding(node)
        return None

    def holding(self, node: Node) -> int:
        """Documents that hold a node, as bits."""
        if isinstance(node, Both):
            return intersection(map(self.holding, node.nodes))
        if isinstance(node, Either):
            return union(map(self.holding, node.nodes))
        if isinstance(node, Without):
            return self._reader.documents() & ~self.holding(node.node)
        if isinstance(node, Within):
            return self._in_title(node.node)
        return self._leaf(node)

    def _leaf(self, node: Node) -> int:
        if isinstance(node, Word):
            return self._word(node.text)
        if isinstance(node, Phrase):
            return self._phrase(node.text)
        if isinstance(node, Prefix):
            return self._beginning(EXACT, node.text)
        if isinstance(node, Value):
            return self._facets.holding(node.field, [node.value])
        if isinstance(node, DateRange):
            return self._dated(node)
        assert isinstance(node, AmountRange)  # the last kind of node
        return self._values(AMOUNT, lambda currency, value: node.holds(float(value), currency))

    def _word(self, text: str, field: str = STEM) -> int:
        """Documents with a word in any form: all parts of a compound, or the compound as one."""
        tokens = analyze(text)
        parts = [self._bits(field, t.stem) for t in tokens if not t.joined and t.stem is not None]
        joined = union(self._bits(field, t.stem) for t in tokens if t.joined and t.stem is not None)
        if not parts:
            # A word that says nothing (« de ») is held by its spelling.
            parts = [self._bits(EXACT, t.exact) for t in tokens if not t.joined]
        return intersection(parts) | joined

    def _bits(self, field: str, term: str) -> int:
        return self._reader.held(field, term).bits

    def _phrase(self, text: str, *, stemmed: bool = False) -> int:
        """Documents with words side by side, as they are spelt or, `stemmed`, in any form."""
        terms = [
            (STEM, t.stem) if stemmed and t.stem is not None else (EXACT, t.exact)
            for t in analyze(text)
            if not t.joined
        ]
        if not terms:
            return 0
        among = intersection(self._bits(*term) for term in terms)
        if len(terms) == 1:
            return among
        finder = self._reader.finder([[term] for term in terms])
        return self._of(filter(finder.phrase, documents_of(among)))

    def _of(self, documents: Iterable[int]) -> int:
        return bits_of(documents, self._reader.bound())

    def _beginning(self, field: str, text: str) -> int:
        tokens = [t for t in analyze(text) if not t.joined]
        if not tokens:
            return 0
        *before, last = tokens
        return intersection([self._reader.begun(field, last.exact), *(self._bits(EXACT, t.exact) for t in before)])

    def _in_title(self, node: Node) -> int:
        if isinstance(node, Both):
            return intersection(map(self._in_title, node.nodes))
        if isinstance(node, Either):
            return union(map(self._in_title, node.nodes))
        if isinstance(node, Without):
            return self._reader.documents() & ~self._in_title(node.node)
        if isinstance(node, Prefix):
            begun = documents_of(self._beginning(EXACT, node.text))
            return self._of(d for d in begun if self._title_holds(d, node.text, whole=False))
        assert isinstance(node, Word | Phrase)  # what `titre:` may hold
        held = self._word(node.text, TITLE)
        if isinstance(node, Phrase):
            return self._of(d for d in documents_of(held) if self._title_holds(d, node.text, whole=True))
        return held

    def _title_holds(self, document: int, text: str, *, whole: bool) -> bool:
        title = [t.exact for t in analyze(self._reader.card(document).title) if not t.joined]
        words = [t.exact for t in analyze(text) if not t.joined]
        for at in range(len(title) - len(words) + 1):
            here = title[at : at + len(words)]
            if here[:-1] == words[:-1] and (here[-1] == words[-1] if whole else here[-1].startswith(words[-1])):
                return True
        return False

    def _dated(self, node: DateRange) -> int:
        if node.field == EVENT:
            return self._values(EVENT, lambda first, last: node.meets(int(first), int(last)))
        return self.published(node)

    def published(self, asked: DateRange) -> int:
        """Documents of which the day of publication is known and lies in a range, as bits."""
        days = enumerate(self._reader.days())
        return self._of(d for d, day in days if day and asked.meets(day, day)) & self._reader.documents()

    def _values(self, field: str, fits: Callable[[str, str], bool]) -> int:
        """Documents with a value of two parts that fits."""
        found: list[int] = []
        for term, documents in self._reader.holders(field):
            left, _, right = term.partition("\t")
            if fits(left, right):
                found.extend(documents)
        return self._of(found)
