"""How a question was understood, in French. May import: tree; fields, when and sums, to tell of fields.

A question of words alone is told without importing anything more: `aimf search` tells it every time.
"""

from __future__ import annotations

from index.grammar.tree import (
    MUST,
    MUST_NOT,
    AmountRange,
    Both,
    DateRange,
    Either,
    Node,
    Part,
    Phrase,
    Prefix,
    Query,
    Value,
    Within,
    Without,
    Word,
    narrows,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

NARROW_SPACE = "\u202f"


def reading(query: Query, passed_over: Collection[str] = ()) -> str:
    """How the query was understood, in one French sentence; `passed_over` are words that were not searched.

    >>> from index.query import parse
    >>> reading(parse('eau potable -Tunis'))
    'Articles avec les mots « eau », « potable », sans « Tunis ».'
    >>> reading(parse('ville:Saigon date:mai 2022 "eau potable"'))
    'Articles de la ville Saigon, publiés en mai 2022, avec l’expression exacte « eau potable ».'
    >>> reading(parse(''))
    'Tous les articles.'
    """
    wanted = [part for part in query.parts if part.role != MUST_NOT]
    texts = [part for part in wanted if _is_text(part.node)]
    phrases = [part.node for part in texts if isinstance(part.node, Phrase)]
    words = [part for part in texts if isinstance(part.node, Word)]
    needed = [part.node for part in words if part.role == MUST]
    free = [part.node for part in words if part.role != MUST and _text(part.node) not in passed_over]
    told = [
        *_counted("l’expression exacte", "les expressions exactes", phrases),
        *_counted("le mot obligatoire", "les mots obligatoires", needed),
        *_counted("le mot", "les mots", free),
        *(_demanded(part, among_others=len(texts) > 1) for part in texts if not isinstance(part.node, Word | Phrase)),
    ]
    parts = [_clause(part.node) for part in wanted if not _is_text(part.node)]
    parts += ["avec " + " et ".join(told)] if told else []
    sentence = "Articles " + ", ".join(parts) if parts else "Tous les articles"
    return sentence + _exclusions([part.node for part in query.parts if part.role == MUST_NOT]) + "."


def _demanded(part: Part, *, among_others: bool) -> str:
    told = _told(part.node, inside=among_others)
    return f"obligatoirement {told}" if among_others and part.role == MUST and not narrows(part.node) else told


def _exclusions(nodes: list[Node]) -> str:
    texts = [_excluded(node) for node in nodes if _is_text(node)]
    others = [f"ceux {_clause(node)}" for node in nodes if not _is_text(node)]
    return (f", sans {', '.join(texts)}" if texts else "") + (f", sauf {' et '.join(others)}" if others else "")


def _excluded(node: Node) -> str:
    if isinstance(node, Either):
        return " ni ".join(_told(one, inside=True) for one in node.nodes)
    return _told(node).removeprefix("un ") + (" à la fois" if isinstance(node, Both) else "")


def _counted(one: str, several: str, nodes: Sequence[Node]) -> list[str]:
    listed = ", ".join(f"« {_text(node)} »" for node in nodes)
    return [f"{one if len(nodes) == 1 else several} {listed}"] if nodes else []


def _text(node: Node) -> str:
    assert isinstance(node, Word | Phrase | Prefix)  # the leaves that are text
    return node.text


def _is_text(node: Node) -> bool:
    """Whether it is told as words that articles have, rather than as what they are: « de la ville Hué »."""
    if isinstance(node, Both | Either):
        return all(map(_is_text, node.nodes))
    return _is_text(node.node) if isinstance(node, Without) else not isinstance(node, Value | DateRange | AmountRange)


# --- words, together


def _told(node: Node, *, inside: bool = False) -> str:
    """What articles have: « eau » ou « port », un mot en « assain… », « eau » dans le titre."""
    if isinstance(node, Word):
        return f"« {node.text} »"
    if isinstance(node, Phrase):
        return f"l’expression exacte « {node.text} »" if inside else f"« {node.text} »"
    if isinstance(node, Prefix):
        return f"un mot qui commence par « {node.text} »"
    if isinstance(node, Both | Either):
        joint = " et " if isinstance(node, Both) else " ou "
        whole = joint.join(_told(one, inside=True) for one in node.nodes)
        return f"({whole})" if inside else whole
    if isinstance(node, Without):
        return f"pas {_told(node.node, inside=True)}"
    assert isinstance(node, Within)  # the last of the texts
    return f"{_told(node.node, inside=True)} dans le titre"


# --- fields


def _clause(node: Node, *, inside: bool = False) -> str:
    """What articles are: de la ville Hué ou avec « eau »."""
    if _is_text(node):
        return f"avec {_told(node, inside=inside)}"
    if isinstance(node, Without):
        return f"qui ne sont pas {_clause(node.node, inside=True)}"
    if isinstance(node, Both | Either):
        joint = " et " if isinstance(node, Both) else " ou "
        whole = joint.join(_clause(one, inside=True) for one in node.nodes)
        return f"({whole})" if inside else whole
    return _of_field(node)


def _of_field(node: Node) -> str:
    # Words pay for none of these.
    from index.grammar.fields import field  # noqa: PLC0415 - see above

    if isinstance(node, Value):
        told = field(node.field).told
        return told.replace("…", node.value) if "…" in told else f"{told} {node.value}"
    if isinstance(node, DateRange):
        days = _days(node.first, node.last)
        if node.field == "event":
            days = f"du {days[3:]}" if days.startswith("le ") else _of(days[3:]) if days.startswith("en ") else days
        return f"{field(node.field).told} {days}"
    assert isinstance(node, AmountRange)  # the last of the fields
    return f"{field('amount').told} {_amount(node)}"


def _of(noun: str) -> str:
    return ("d’" if noun[0] in "ao" else "de ") + noun


def _days(first: int | None, last: int | None) -> str:
    """« en mai 2022 », « du 1er au 15 juin 2022 », « depuis 2019 », « jusqu’en 2015 »."""
    from index.grammar.when import month_names, written_range  # noqa: PLC0415 - questions without dates pay for none of it

    begins, _, ends = written_range(first, last).partition("..")
    if last is None:
        return f"depuis {_named(begins, month_names())}"
    if first is None:
        named = _named(ends, month_names())
        return f"jusqu’{'au' if named.startswith('le ') else 'en'} {named.removeprefix('le ')}"
    if not ends:
        named = _named(begins, month_names())
        return named if named.startswith("le ") else f"en {named}"
    named, until = _named(begins, month_names()), _named(ends, month_names())
    # What both ends share is said once: du 1er au 15 juin 2022, de mars à mai 2021.
    shared = 2 if len(begins) == 10 and begins[:7] == ends[:7] else int(len(begins) > 4 and begins[:4] == ends[:4])
    named = " ".join(named.split()[: len(named.split()) - shared])
    if named.startswith("le "):
        return f"du {named[3:]} au {until[3:]}"
    return f"{_of(named)} à {until}"


def _named(day: str, months: list[str]) -> str:
    """« 2022 », « mai 2022 », « le 1er mai 2022 » for the same in figures."""
    year, _, rest = day.partition("-")
    year = str(int(year))
    if not rest:
        return year
    month, _, number = rest.partition("-")
    named = f"{months[int(month) - 1]} {year}"
    return f"le {int(number)}{'er' if number == '01' else ''} {named}" if number else named


def _amount(asked: AmountRange) -> str:
    """« supérieur à 1 000 000 € », « de 5 à 10 $ »."""
    if asked.low is not None and asked.high is not None:
        if asked.low == asked.high:
            return f"de {_money(asked.low, asked.currency)}"
        return f"de {_money(asked.low, None)} à {_money(asked.high, asked.currency)}"
    if asked.high is None:
        return f"{'supérieur à' if asked.strict else 'd’au moins'} {_money(asked.low or 0, asked.currency)}"
    return f"{'inférieur à' if asked.strict else 'd’au plus'} {_money(asked.high, asked.currency)}"


def _money(value: float, currency: str | None) -> str:
    figure = f"{value:,.2f}".removesuffix(".00").replace(",", NARROW_SPACE).replace(".", ",")
    if not currency:
        return figure
    from index.grammar.sums import currency_shown  # noqa: PLC0415 - questions without amounts pay for none of it

    return f"{figure}\u00a0{currency_shown(currency)}"
