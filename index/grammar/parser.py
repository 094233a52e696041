"""The grammar of questions that are more than words: a recursive descent that reads any text.

May import: fields, lexer, notes, ranges, shape, tree.

    sequence  = { either }                     side by side: wanted together
    either    = every { OU every }
    every     = signed { ET signed }
    signed    = [ + | - | SAUF ] primary       SAUF also takes « a OU b »
    primary   = ( sequence ) | field : value | word | word* | "phrase"
"""

from __future__ import annotations

from index.grammar.lexer import (
    AND,
    CLOSE,
    EDGE,
    MINUS,
    NOT,
    OPEN,
    OR,
    PHRASE,
    PLUS,
    STRAY,
    WORD,
    Token,
    bare,
    quoted,
    says_something,
    tokens,
)
from index.grammar.notes import Notes
from index.grammar.ranges import longest_range, range_of
from index.grammar.shape import DEPTH_MAX, as_node, finished, must
from index.grammar.tree import (
    MUST,
    Node,
    Part,
    Phrase,
    Prefix,
    Query,
    Value,
    Within,
    Word,
    either,
    without,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from index.grammar.fields import Field

TYPED_MAX = 4_000
"""Characters looked at. A canonical form of 1,000 characters in 40 leaves is never longer (60 signs a leaf)."""
PARENTHESES_MAX = 2 * DEPTH_MAX
"""Parentheses within parentheses that are read: a canonical form of the depth kept has fewer."""
RANGE_WORDS_MAX = 12
"""« entre le 28 mai 2021 et le 3 juin 2022 » has ten."""
RANGE_CHARS = 10
"""What a date or an amount counts among the characters read."""


def understand(text: str, text_max: int, leaves_max: int, today: date | None = None) -> tuple[Query, str]:
    """The query of any text, and a sentence on what was not understood."""
    reader = _Reader(list(tokens(text[:TYPED_MAX])), text_max, leaves_max, today)
    reader.notes.is_cut = len(text) > TYPED_MAX
    parts = [outer for part in reader.whole() for outer in finished(part)]
    return Query(tuple(parts)), reader.notes.sentence()


class _Reader:
    """Reads tokens once, from left to right. `mode` is the field whose values are read, None outside of fields."""

    def __init__(self, read: list[Token], text_max: int, leaves_max: int, today: date | None) -> None:
        self._tokens = read
        self._at = 0
        self._chars_left = text_max
        self._leaves_left = leaves_max
        self._open = 0
        self._ignored = 0
        self._today = today
        self.notes = Notes()

    # --- the grammar

    def whole(self) -> list[Part]:
        """Everything; a parenthesis that nothing opened is passed over."""
        parts = self._sequence(None)
        while self._kind():
            self._at += 1
            parts += self._sequence(None)
        return parts

    def _sequence(self, mode: Field | None) -> list[Part]:
        items: list[list[Part]] = []
        while (kind := self._kind()) and (kind != CLOSE or self._ignored):
            if self._leaves_left <= 0 or self._chars_left <= 0:
                self.notes.is_cut = True
                self._at = len(self._tokens)
            elif kind == CLOSE:
                self._ignored -= 1
                self._at += 1
            elif kind in {AND, OR}:
                self._drop("il manque un mot à côté")
            elif parts := self._either(mode):
                items.append(parts)
        if mode is not None and mode.code != "title" and len(items) > 1:
            # « ville:("Hué" "Dakar") »: values side by side are alternatives, as in a list to tick.
            return [Part(either([as_node(parts) for parts in items]), MUST)]
        return [part for parts in items for part in parts]

    def _either(self, mode: Field | None) -> list[Part]:
        said = self._joined_by(OR, lambda: self._every(mode))
        return said[0] if len(said) == 1 else [Part(either([as_node(parts) for parts in said]))] if said else []

    def _every(self, mode: Field | None) -> list[Part]:
        said = self._joined_by(AND, lambda: self._signed(mode))
        return said[0] if len(said) == 1 else [must(part) for parts in said for part in parts]

    def _joined_by(self, kind: str, operand: Callable[[], list[Part]]) -> list[list[Part]]:
        """The operands round an operator that say something."""
        found = [operand()]
        while self._kind() == kind:
            typed = self._next()
            while self._kind() in {AND, OR}:
                self._drop("il manque un mot à côté")
            if self._kind() in {"", CLOSE}:
                self.notes.add(typed.text, "il manque un mot à côté", searched=False)
                break
            found.append(operand())
        return [parts for parts in found if parts]

    def _signed(self, mode: Field | None) -> list[Part]:
        signs = []
        while self._kind() in {PLUS, MINUS, NOT}:
            signs.append(self._next())
        if not signs:
            return self._primary(mode)
        kinds = {sign.kind for sign in signs}
        while NOT in kinds and self._kind() in {AND, OR}:
            self._drop("il manque un mot à côté")
        if self._kind() in {"", CLOSE, AND, OR}:
            self.notes.add(signs[0].text, "il manque un mot après", searched=False)
            return []
        if NOT in kinds:
            said = self._joined_by(OR, lambda: self._primary(mode))
            return [Part(without(either([as_node(parts) for parts in said])))] if said else []
        parts = self._primary(mode)
        if MINUS in kinds:
            return [Part(without(as_node(parts)))] if parts else []
        return [must(part) for part in parts]

    def _primary(self, mode: Field | None) -> list[Part]:
        kind = self._kind()
        if kind == OPEN:
            return self._group(mode)
        if kind == STRAY:
            self._drop("guillemet seul")
        if kind not in {WORD, PHRASE}:
            return []
        if mode is not None and mode.code != "title":
            return self._value(mode, mode.name)
        if kind == WORD and mode is None and (named := self._field_begins()):
            return self._field(*named)
        return self._phrase() if kind == PHRASE else self._word(self._next().text, mode)

    def _group(self, mode: Field | None) -> list[Part]:
        self._at += 1
        if self._open >= PARENTHESES_MAX:
            self._ignored += 1
            self.notes.add("(", "trop de parenthèses", searched=True)
            return []
        if self._kind() == CLOSE:
            self._at += 1
            self.notes.add("()", "rien entre les parenthèses", searched=False)
            return []
        self._open += 1
        parts = self._sequence(mode)
        self._open -= 1
        if self._kind() == CLOSE:
            self._at += 1
        elif not self.notes.is_cut:
            self.notes.add("(", "parenthèse jamais refermée", searched=False)
        return parts

    # --- fields

    def _field_begins(self) -> tuple[Field, str] | None:
        """The field that is named here, and how; its name and its colon are taken, its value is next."""
        name, colon, rest = self._tokens[self._at].text.lstrip(EDGE).partition(":")
        following = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else None
        if colon and rest:
            if found := _field_named(name):
                self._tokens[self._at] = Token(WORD, rest, spaced=False)
                return found, name
            return None
        # « ville : Hué », as French typography has it
        is_apart = following is not None and following.kind == WORD and following.text[0] == ":"
        is_spaced = is_apart or following is None or following.spaced
        if (
            not (colon or is_apart)
            or not (found := _field_named(name))
            or (is_spaced and self._is_of_a_sentence(name, found))
        ):
            return None
        self._at += 1
        if is_apart and following is not None:
            self._at += following.text == ":"
            if following.text != ":":
                self._tokens[self._at] = Token(WORD, following.text[1:], spaced=True)
        return found, name

    def _is_of_a_sentence(self, name: str, found: Field) -> bool:
        """« Droit à la ville : … », « Sport et villes : … »: with a blank after it, the name may be a title's word."""
        from index.wordlists import words  # noqa: PLC0415 - only a field's name with a blank after its colon asks

        before = self._tokens[self._at - 1] if self._at else None
        is_linked = before is not None and before.kind == WORD
        if is_linked and before is not None:
            is_linked = not says_something(before.text) or before.text.lower() in words("stopwords")
        return is_linked or (name.endswith("s") and name.lower() != found.name)

    def _field(self, found: Field, name: str) -> list[Part]:
        if not self._value_follows():
            self.notes.add(f"{name}:", f"il manque {found.missing}", searched=True)
            return self._word(name, None)
        if found.code == "title":
            parts = self._primary(found)
            return [Part(Within("title", as_node(parts)), MUST)] if parts else []
        return self._group(found) if self._kind() == OPEN else self._value(found, name, is_alone=True)

    def _value_follows(self) -> bool:
        kind = self._kind()
        if kind != WORD:
            return kind in {PHRASE, OPEN}
        token = self._tokens[self._at]
        head, colon, _ = token.text.partition(":")
        is_next_field = token.spaced and bool(colon) and _field_named(head) is not None
        # « > 1 M€ »: the first sign of an amount may stand alone.
        return not is_next_field and (says_something(token.text) or token.text[0] in "<>=≤≥")

    def _value(self, found: Field, name: str, *, is_alone: bool = False) -> list[Part]:
        """Quoted, or a word; inside parentheses the words up to a comma; dates and amounts as far as they go."""
        if found.code in {"date", "event", "amount"}:
            return self._range(found, name)
        if self._kind() == PHRASE:
            typed = quoted(self._next().text)
            value = typed if says_something(typed) else ""
        else:
            value = self._named(is_alone=is_alone)
        if not value:
            self.notes.add(f"{name}:", f"il manque {found.missing}", searched=False)
            return []
        return self._kept(lambda text: Value(found.code, text), value, quoted)

    def _named(self, *, is_alone: bool) -> str:
        words = []
        while self._kind() == WORD:
            raw = self._next().text
            if "*" in raw:
                self.notes.add("*", "un nom n’a pas d’étoile", searched=False)
            words.append(bare(raw) if is_alone else raw.replace("*", "").strip(",;:"))
            if is_alone or raw[-1] in ",;":
                break
        value = quoted(" ".join(words))
        return value if says_something(value) else ""

    def _range(self, found: Field, name: str) -> list[Part]:
        if self._kind() == PHRASE:
            raws = quoted(self._next().text).replace("(", " ").replace(")", " ").split()
            node, why = range_of(found.code, " ".join(raws), self._today)
            taken = len(raws)
        else:
            raws = self._words_ahead()
            node, why, taken = longest_range(found.code, raws, self._today)
            self._at += taken
        if node is not None:
            ranged = node
            return self._kept(lambda _: ranged, "x" * RANGE_CHARS, str)
        typed = " ".join(raws[:taken])
        why = why if says_something(typed) else f"il manque {found.missing}"
        self.notes.add(f"{name}:{typed}", why, searched=says_something(typed))
        return [part for raw in raws[:taken] for part in self._word(raw, None)]

    def _words_ahead(self) -> list[str]:
        raws: list[str] = []
        for token in self._tokens[self._at : self._at + RANGE_WORDS_MAX]:
            head, colon, _ = token.text.partition(":")
            if token.kind != WORD or (raws and colon and _field_named(head)):
                break
            raws.append(token.text)
        return raws

    # --- leaves

    def _phrase(self) -> list[Part]:
        token = self._next()
        text = quoted(token.text)
        if not says_something(text):
            self.notes.add('""', "rien entre les guillemets", searched=False)
            return []
        if "*" in token.text:
            self.notes.add("*", "une expression exacte n’a pas d’étoile", searched=False)
        return self._kept(Phrase, text, quoted)

    def _word(self, raw: str, mode: Field | None) -> list[Part]:
        """The word, or the prefix; a star inside parts it."""
        following = self._tokens[self._at] if self._at < len(self._tokens) else None
        if raw[-1] in "'’" and following and following.kind == PHRASE and not following.spaced:
            return []  # l’« état civil »
        body = raw.rstrip(EDGE)
        pieces = [piece for piece in body.split("*") if says_something(piece)]
        if pieces and "*" in body:
            self.notes.add(raw, "l’étoile n’est comprise qu’à la fin d’un mot", searched=True)
        if len(pieces) == 1:
            pieces = [raw]
        texts = [bare(piece) for piece in pieces]
        if mode is None:
            texts = [self._without_field(text, raw) for text in texts]
        is_prefix = raw[len(body) :].startswith("*")
        words = texts[:-1] if is_prefix else texts
        parts = [part for text in words for part in self._kept(Word, text, bare)]
        if is_prefix and texts:
            parts += self._kept(Prefix, texts[-1].rstrip(EDGE), lambda cut: bare(cut).rstrip(EDGE))
        return parts

    def _without_field(self, text: str, raw: str) -> str:
        """The word when nothing before its colon is a field any more."""
        head, colon, rest = text.partition(":")
        if colon and _field_named(head):
            return text.replace(":", ",")
        following = self._tokens[self._at] if self._at < len(self._tokens) else None
        is_glued = raw.endswith(":") and following and not following.spaced and following.kind in {PHRASE, OPEN}
        name = bare(raw.partition(":")[0])
        if name.isalpha() and len(name) > 1 and (is_glued or (rest and rest[0].isalnum())):
            self.notes.add(raw, "aucun champ ne s’appelle ainsi", searched=True)
        return text

    def _kept(self, make: Callable[[str], Node], text: str, clean: Callable[[str], str]) -> list[Part]:
        """The leaf, as long as there is room; its last word may be cut."""
        if self._leaves_left <= 0 or self._chars_left <= 0:
            self.notes.is_cut = True
            return []
        if len(text) > self._chars_left:
            self.notes.is_cut = True
            text = clean(text[: self._chars_left])
            if not says_something(text):
                self._chars_left = 0
                return []
        self._leaves_left -= 1
        self._chars_left -= len(text)
        return [Part(make(text))]

    # --- tokens

    def _kind(self) -> str:
        """The kind of the next token; "" at the end."""
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _drop(self, why: str) -> None:
        self.notes.add(self._next().text, why, searched=False)


def _field_named(name: str) -> Field | None:
    """The field of that name; questions without a colon never ask."""
    from index.grammar.fields import field_named  # noqa: PLC0415 - see above

    return field_named(bare(name))
