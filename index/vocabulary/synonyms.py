"""Staff's own list of words that mean the same: one line a group, each bad line told with its number and the reason.

    # what we call things
    assainissement autonome = ANC = assainissement non collectif
    FSM => boues de vidange, gestion des boues

`docs/synonyms.md` explains it to its writers. May import: lexicon, record.
"""

from __future__ import annotations

from index.record import Record
from index.vocabulary.lexicon import plain_words, prepared

LINES_MAX = 5_000
"""A list that people write is far shorter; whatever is longer is another file."""
CHARS_MAX = 200
MEMBERS_MAX = 20


class BadLine(Record):
    """A line that is not used; `reason` is a French sentence."""

    number: int
    reason: str

    def __str__(self) -> str:
        r"""For a terminal.

        >>> str(BadLine(3, "Trop de mots."))
        'ligne 3\xa0: Trop de mots.'
        """
        return f"ligne {self.number}\u00a0: {self.reason}"


class Synonyms(Record):
    """What a file says: `text` is for `Expressions`, `groups` how many lines of it are used."""

    text: str = ""
    groups: int = 0
    bad: tuple[BadLine, ...] = ()


def parse_synonyms(text: str) -> Synonyms:
    r"""Everything usable of a list, whatever else stands in it.

    >>> found = parse_synonyms("ANC = assainissement autonome\n= vide\nFSM => boues de vidange")
    >>> found.groups, [line.number for line in found.bad]
    (2, [2])
    """
    good: list[str] = []
    bad: list[BadLine] = []
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines[:LINES_MAX], start=1):
        entry = " ".join(line.partition("#")[0].split())
        if not entry:
            continue
        told = _read(entry)
        if told.startswith("!"):
            bad.append(BadLine(number, told[1:]))
        else:
            good.append(told)
    if len(lines) > LINES_MAX:
        bad.append(BadLine(LINES_MAX + 1, f"La liste est trop longue\u00a0: {LINES_MAX} lignes sont lues."))
    return Synonyms(prepared("\n".join(good)) if good else "", len(good), tuple(bad))


def _read(entry: str) -> str:
    """The line as `lexicon` searches it; « ! » and a reason when it cannot be used."""
    if len(entry) > CHARS_MAX:
        return f"!La ligne est trop longue (plus de {CHARS_MAX} signes)."
    asked, arrow, found = entry.replace("⇒", "=>").replace("→", "=>").partition("=>")
    if arrow and ("=" in found or ">" in found):
        return "!Un seul «\u00a0=>\u00a0» par ligne, sans «\u00a0=\u00a0» après lui."
    left = [" ".join(plain_words(one)) for one in asked.split("=")]
    right = [" ".join(plain_words(one)) for one in found.split(",")] if arrow else []
    reason = _reason(left, right, "=>" if arrow else "=")
    return f"!{reason}" if reason else " = ".join(left) + (" => " + ", ".join(right) if arrow else "")


def _reason(left: list[str], right: list[str], sign: str) -> str:
    """What is wrong with these words; nothing when they can be used."""
    count = len(left) + len(right)
    if count < 2:
        return "Ni «\u00a0=\u00a0» ni «\u00a0=>\u00a0»\u00a0: rien n’est dit de ce mot."
    if not all(left) or not all(right):
        return f"Il manque un mot de part ou d’autre de «\u00a0{sign}\u00a0»."
    if count > MEMBERS_MAX:
        return f"Trop de mots sur la ligne (plus de {MEMBERS_MAX})."
    if len({*left, *right}) == 1:
        return "Les deux côtés sont le même mot."
    return ""
