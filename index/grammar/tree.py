"""What a question asks: the records of its tree, and its canonical form.

May import: record; fields, when and sums, to write fields.

A Query is a row of parts. A part *should*, *must* or *must not* hold; what it asks is a node: a leaf (Word, Phrase,
Prefix, Value, DateRange, AmountRange) or nodes together (Both, Either, Without, Within).
"""

from __future__ import annotations

from index.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHOULD, MUST, MUST_NOT = "should", "must", "must_not"
SIGNS = {SHOULD: "", MUST: "+", MUST_NOT: "-"}
OPERATORS = {"ET": "and", "AND": "and", "OU": "or", "OR": "or", "SAUF": "not", "NOT": "not"}
"""Only in capitals: in small letters they are words."""
CFA = ("XOF", "XAF")
"""The two francs that FCFA stands for."""


class Node(Record):
    """Any part of the tree."""


class Word(Node):
    """A word as typed; compounds are one word."""

    text: str


class Phrase(Node):
    """Words side by side, as typed."""

    text: str


class Prefix(Node):
    """Words that begin so."""

    text: str


class Value(Node):
    """A value of a facet (city, country, theme, partner, programme, kind, language), as typed."""

    field: str
    value: str


class DateRange(Node):
    """Articles published, or telling of an event, from one day to another (`date.toordinal`), both included.

    >>> DateRange("date", first=10).meets(9, 10), DateRange("date", last=8).meets(9, 10)
    (True, False)
    """

    field: str
    first: int | None = None
    last: int | None = None

    def meets(self, first: int, last: int) -> bool:
        """Whether some day from `first` to `last` lies in the range."""
        return (self.first is None or last >= self.first) and (self.last is None or first <= self.last)


class AmountRange(Node):
    """Articles that name a sum from `low` to `high`; `strict` leaves the ends out; no currency: any.

    >>> AmountRange(low=5.0, currency="FCFA").holds(5.0, "XOF"), AmountRange(low=5.0, strict=True).holds(5.0, "EUR")
    (True, False)
    """

    low: float | None = None
    high: float | None = None
    currency: str | None = None
    strict: bool = False

    def holds(self, value: float, currency: str) -> bool:
        """Whether a sum lies in the range."""
        if self.currency is not None and currency not in (CFA if self.currency == "FCFA" else (self.currency,)):
            return False
        if self.strict and value in {self.low, self.high}:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Within(Node):
    """The same, asked of one field alone: `title`. Holds words, phrases and prefixes, alone or together."""

    field: str
    node: Node


class Both(Node):
    """All of the nodes."""

    nodes: tuple[Node, ...]


class Either(Node):
    """At least one of the nodes."""

    nodes: tuple[Node, ...]


class Without(Node):
    """Not the node."""

    node: Node


class Part(Record):
    """What the question asks beside its other parts. A *should* is wanted: all of them first, then any."""

    node: Node
    role: str = SHOULD

    def __str__(self) -> str:
        sign = "" if self.role == MUST and narrows(self.node) else SIGNS[self.role]
        return sign + written(self.node)


class Query(Record):
    """A question, understood."""

    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        """The canonical form: `parse(str(query)) == query`.

        >>> str(Query((Part(AmountRange(low=5.0, high=5.0), MUST), Part(Word("millions")))))
        'montant:"5" millions'
        """
        told = []
        for number, part in enumerate(self.parts, 1):
            text = str(part)
            following = [one.node for one in self.parts[number : number + 1] if one.role == SHOULD]
            if isinstance(part.node, DateRange | AmountRange) and any(
                isinstance(one, Word | Prefix) for one in following
            ):
                # Dates and amounts go on as long as words belong to them; these do not.
                text = text.replace(":", ':"', 1) + '"'
            told.append(text)
        return " ".join(told)

    def leaves(self) -> Iterator[Node]:
        """The leaves that are wanted, in the order they were typed; `titre:` is looked through."""
        for part in self.parts:
            yield from wanted_leaves(part.node, wanted=part.role != MUST_NOT)

    def words(self) -> tuple[str, ...]:
        """The texts of all wanted words and phrases, in their order: for ranking, snippets and spelling.

        >>> Query((Part(Word("eau")), Part(Phrase("Phnom Penh")), Part(Word("Tunis"), MUST_NOT))).words()
        ('eau', 'Phnom Penh')
        """
        return tuple(leaf.text for leaf in self.leaves() if isinstance(leaf, Word | Phrase))

    def phrases(self) -> tuple[str, ...]:
        """The texts of all wanted phrases."""
        return tuple(leaf.text for leaf in self.leaves() if isinstance(leaf, Phrase))


def wanted_leaves(node: Node, *, wanted: bool = True) -> Iterator[Node]:
    """The leaves that speak for an article: those under an even number of exclusions."""
    if isinstance(node, Both | Either):
        for one in node.nodes:
            yield from wanted_leaves(one, wanted=wanted)
    elif isinstance(node, Within):
        yield from wanted_leaves(node.node, wanted=wanted)
    elif isinstance(node, Without):
        yield from wanted_leaves(node.node, wanted=not wanted)
    elif wanted:
        yield node


def asked(nodes: Iterable[Node]) -> Iterator[str | tuple[str, ...] | Prefix]:
    """What nodes want found, in their order: texts, texts of which one is enough, beginnings of words."""
    for node in nodes:
        if isinstance(node, Either) and not offers_choice(node):
            yield tuple(leaf.text for leaf in node.nodes if isinstance(leaf, Word | Phrase))
            continue
        for leaf in wanted_leaves(node):
            if isinstance(leaf, Word | Phrase):
                yield leaf.text
            elif isinstance(leaf, Prefix):
                yield leaf


def offers_choice(node: Node) -> bool:
    """Whether it may hold in several ways; words of which one is enough are other words for the first, no choice.

    >>> offers_choice(Either((Word("eau"), Word("lac")))), offers_choice(Either((Word("eau"), Value("city", "Hué"))))
    (False, True)
    """
    if isinstance(node, Either):
        return not all(isinstance(one, Word | Phrase) for one in node.nodes)
    return _has_either(node)


def _has_either(node: Node) -> bool:
    if isinstance(node, Both):
        return any(map(_has_either, node.nodes))
    if isinstance(node, Within | Without):
        return _has_either(node.node)
    return isinstance(node, Either)


def narrows(node: Node) -> bool:
    """Whether a part of this node must hold even when nobody says so: fields do, and so does what excludes.

    >>> narrows(Value("city", "Hué")), narrows(Either((Value("city", "Hué"), Word("eau"))))
    (True, False)
    """
    if isinstance(node, Both | Either):
        return all(map(narrows, node.nodes)) or any(map(_excludes, node.nodes))
    return not isinstance(node, Word | Phrase | Prefix)


def _excludes(node: Node) -> bool:
    if isinstance(node, Both | Either):
        return any(map(_excludes, node.nodes))
    return isinstance(node, Without)


def both(nodes: list[Node]) -> Node:
    """All of the nodes as one; a node alone is itself."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Both) else (node,))]
    return flat[0] if len(flat) == 1 else Both(tuple(flat))


def either(nodes: list[Node]) -> Node:
    """Any of the nodes as one; a node alone is itself."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Either) else (node,))]
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def without(node: Node) -> Node:
    """Not the node; twice not is the node."""
    return node.node if isinstance(node, Without) else Without(node)


def written(node: Node) -> str:
    """A node as one would type it.

    >>> written(Either((Word("eau"), Both((Word("port"), Without(Phrase("le Havre")))))))
    '(eau OU (port ET -"le Havre"))'
    """
    if isinstance(node, Word):
        return node.text
    if isinstance(node, Phrase):
        return f'"{node.text}"'
    if isinstance(node, Prefix):
        return f"{node.text}*"
    if isinstance(node, Both | Either):
        joint = " ET " if isinstance(node, Both) else " OU "
        return f"({joint.join(map(written, node.nodes))})"
    return f"-{written(node.node)}" if isinstance(node, Without) else _written_field(node)


def _written_field(node: Node) -> str:
    # Reached by questions with fields alone: words pay for none of these.
    from index.grammar.fields import field  # noqa: PLC0415 - see above

    if isinstance(node, Within):
        inner = written(node.node)
        return field(node.field).name + (f":({inner})" if isinstance(node.node, Without) else f":{inner}")
    if isinstance(node, DateRange):
        from index.grammar.when import written_range  # noqa: PLC0415 - see above

        return f"{field(node.field).name}:{written_range(node.first, node.last)}"
    if isinstance(node, AmountRange):
        from index.grammar.sums import written_sum  # noqa: PLC0415 - see above

        return f"{field('amount').name}:{written_sum(node.low, node.high, node.currency or '', strict=node.strict)}"
    assert isinstance(node, Value)  # the last kind of node
    return field(node.field).name + (f":{node.value}" if _is_simple(node.value) else f':"{node.value}"')


def _is_simple(value: str) -> bool:
    """Whether a value needs no quotation marks."""
    inner = value.replace("-", "").replace("'", "").replace("’", "")
    return inner.isalnum() and value[0].isalnum() and value[-1].isalnum() and value not in OPERATORS
