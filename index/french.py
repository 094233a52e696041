"""How French text becomes terms: one list of steps, the same for the index, the query and the snippet.

Every token keeps its span in the original text, which is never rewritten. A token has an exact term (folded, unstemmed)
and, unless it is a stop word, a stemmed one; an index keeps both so that the literal form can rank first.
Engine-neutral. May import: stem, wordlists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from index.stem import stem
from index.wordlists import words

_MARKS = "\u0300-\u036f"
_WORD = rf"[^\W_][^\W_{_MARKS}]*(?:[{_MARKS}]+[^\W_]*)*"
_JOINER = "['’ʼ‘\\-‐‑_&\u00ad]"
_CHUNK = re.compile(
    rf"""
      (?P<acronym> (?<!\w) (?:[^\W\d_]\.){{2,}} (?:[^\W\d_](?![\w.]))? )
    | (?P<ordinal> (?<![\w]) \d+ (?: ers? | [eè]res? | res? | [eè]mes? | es? | è | ᵉ | nde?s? ) (?!\w) )
    | (?P<number> (?<![\w,.]) \d{{1,3}} (?: [ \u00a0\u202f\u2009.] \d{{3}} )+ (?![\w]) | \d+ [.,] \d+ (?![\w]) )
    | (?P<words> {_WORD} (?: {_JOINER} {_WORD} )* )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PART = re.compile(rf"(?P<joiner>{_JOINER}?)(?P<part>\d+|[^\W\d_](?:[^\W\d_]|[{_MARKS}])*|[^\W_{_MARKS}])")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "\u00ad": ""})
_APOSTROPHES = frozenset("'’ʼ‘")
ACRONYM_MAX = 5
"""Longer words in capitals are shouted words, not acronyms: « KIGALI », « CONGRÈS »."""
WORD_MAX = 60
"""Longer runs of letters are noise (addresses, encoded data); they are cut here."""


@dataclass(frozen=True, slots=True)
class Token:
    """A term at its place. `joined` marks a second reading of a compound that stands on the same text."""

    exact: str
    stem: str | None
    start: int
    end: int
    position: int
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of (a part of) a chunk of text on its way through the steps; offsets are within the chunk."""

    text: str
    start: int
    end: int
    place: int = 0
    joiner: str = ""
    exact: str = ""
    stem: str | None = None
    joined: bool = False
    acronym: bool = False


def compose(word: str) -> str:
    """Letters and their accents in one sign (NFC).

    >>> compose("e\u0301te\u0301") == "été"
    True
    """
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def lower(word: str) -> str:
    """Case folded.

    >>> lower("ÉTAT"), lower("Straße")
    ('état', 'strasse')
    """
    return word.casefold()


def open_ligatures(word: str) -> str:
    """œ is oe, æ is ae.

    >>> open_ligatures("œuvre")
    'oeuvre'
    """
    return word if word.isascii() else word.translate(_LIGATURES)


def drop_accents(word: str) -> str:
    """Without accents.

    >>> drop_accents("développement"), drop_accents("huê")
    ('developpement', 'hue')
    """
    if word.isascii():
        return word
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
    # Letters in fancy dress (mathematical capitals, ligatures of typography) have only now become letters.
    return bare.casefold()


FOLDING: tuple[Callable[[str], str], ...] = (compose, lower, open_ligatures, drop_accents)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word as it is compared: all of FOLDING, in order.

    >>> fold("Œuvres"), fold("N’Djaména")
    ('oeuvres', 'n’djamena')
    """
    for step in FOLDING:
        word = step(word)
    return word


def split_parts(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """A compound is its parts; letters and digits part too, so that COP27 meets « COP 27 ».

    >>> [f.text for f in split_parts((Form("vivre-ensemble", 0, 14),))]
    ['vivre', 'ensemble']
    >>> [f.text for f in split_parts((Form("COP27", 0, 5),))]
    ['COP', '27']
    """
    whole = forms[0]
    if fold(whole.text).replace("’", "'") in words("whole_words"):
        return (whole,)
    return tuple(
        Form(m["part"], whole.start + m.start("part"), whole.start + m.end(), place, m["joiner"])
        for place, m in enumerate(_PART.finditer(whole.text))
    )


def drop_elisions(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """l', d', qu' … are dropped. A capital on both sides is a name as well: N'Djaména keeps a joined reading.

    >>> [f.text for f in drop_elisions(split_parts((Form("l’assainissement", 0, 16),)))]
    ['assainissement']
    >>> [f.text for f in drop_elisions(split_parts((Form("N'Djaména", 0, 9),)))]
    ['Djaména', "N'Djaména"]
    """
    kept: list[Form] = []
    for form, following in zip(forms, (*forms[1:], None), strict=True):
        elides = following is not None and following.joiner in _APOSTROPHES and fold(form.text) in words("elisions")
        if not elides or following is None:
            kept.append(form)
        elif form.text in {"N", "M", "T"} and following.text[:1].isupper():
            both = f"{form.text}'{following.text}"
            kept.append(replace(following, text=both, start=form.start, place=following.place, joined=True))
    if kept and all(form.joined for form in kept):
        return tuple(kept)
    kept.sort(key=lambda form: form.joined)
    first = min((form.place for form in kept if not form.joined), default=0)
    return tuple(
        replace(
            form, joiner="" if form.place == first or form.joined else form.joiner, place=max(0, form.place - first)
        )
        for form in kept
    )


def join_compounds(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """A compound is also one word: e-sport is esport too.

    >>> [f.text for f in join_compounds(split_parts((Form("e-sport", 0, 7),)))]
    ['e', 'sport', 'esport']
    """
    plain = [form for form in forms if not form.joined]
    if len(plain) < 2 or all(fold_is_stop(form.text) for form in plain):
        return forms
    text = "".join(form.text for form in plain)
    return (*forms, Form(text, plain[0].start, plain[-1].end, plain[0].place, joined=True))


def fold_forms(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """The exact term: folded, without apostrophes.

    >>> [f.exact for f in fold_forms((Form("Aujourd’hui", 0, 11),))]
    ['aujourdhui']
    """
    return tuple(replace(f, exact=fold(f.text).replace("'", "").replace("’", "")[:WORD_MAX]) for f in forms)


def stem_forms(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """The stemmed term; a stop word (told by its accented spelling) has none, an acronym is never stemmed.

    >>> [f.stem for f in stem_forms(fold_forms((Form("communes", 0, 8), Form("des", 9, 12), Form("à", 0, 1))))]
    ['commun', None, None]
    """
    return tuple(
        replace(f, stem=None if not f.joined and fold_is_stop(f.text) else f.exact if f.acronym else stem(f.exact))
        for f in forms
    )


def fold_is_stop(word: str) -> bool:
    """Whether the word is a stop word, before its accents are folded.

    >>> fold_is_stop("où"), fold_is_stop("SUR"), fold_is_stop("sûr")
    (True, True, False)
    """
    return lower(compose(word)) in words("stopwords")


STEPS: tuple[Callable[[tuple[Form, ...]], tuple[Form, ...]], ...] = (
    split_parts,
    drop_elisions,
    join_compounds,
    fold_forms,
    stem_forms,
)


def read_ordinal(text: str) -> tuple[Form, ...]:
    """98e, 98ème and 98è are one; the bare number is a second reading.

    >>> [f.exact for f in read_ordinal("98ème")]
    ['98e', '98']
    """
    digits = re.match(r"\d+", text)
    number = digits.group() if digits else text
    end = len(text)
    return (
        Form(text, 0, end, exact=f"{number}e", stem=f"{number}e"),
        Form(text, 0, end, exact=number, stem=number, joined=True),
    )


def read_number(text: str) -> tuple[Form, ...]:
    """Thousands are joined: 35 000 is 35000; a decimal comma is a point.

    >>> read_number("35 000")[0].exact, read_number("1,35")[0].exact
    ('35000', '1.35')
    """
    grouped = re.fullmatch(r"\d{1,3}(?:[\s.]\d{3})+", text)
    exact = re.sub(r"[\s.]", "", text) if grouped else text.replace(",", ".")
    return (Form(text, 0, len(text), exact=exact, stem=exact),)


def read_acronym(text: str) -> tuple[Form, ...]:
    """A.I.M.F. is AIMF, and no word.

    >>> read_acronym("A.I.M.F.")[0].exact
    'aimf'
    """
    exact = fold(text).replace(".", "")
    return (Form(text, 0, len(text), exact=exact, stem=exact, acronym=True),)


def read_words(text: str, *, acronym: bool = False) -> tuple[Form, ...]:
    """Everything else goes through STEPS.

    >>> [(f.exact, f.stem) for f in read_words("l'état-major")]
    [('etat', 'etat'), ('major', 'major'), ('etatmajor', 'etatmajor')]
    """
    forms: tuple[Form, ...] = (Form(text, 0, len(text), acronym=acronym),)
    if acronym:
        return stem_forms(fold_forms(forms))
    for step in STEPS:
        forms = step(forms)
    return forms


def is_acronym(text: str) -> bool:
    """Two to five capitals.

    >>> is_acronym("COP"), is_acronym("Cop"), is_acronym("CONGRÈS")
    (True, False, False)
    """
    return 2 <= len(text) <= ACRONYM_MAX and text.isalpha() and text.isupper()


@lru_cache(maxsize=65536)
def _read(kind: str, text: str, acronym: bool) -> tuple[Form, ...]:
    if kind == "ordinal":
        return read_ordinal(text)
    if kind == "number":
        return read_number(text)
    if kind == "acronym":
        return read_acronym(text)
    return read_words(text, acronym=acronym)


def analyze(text: str, position: int = 0) -> list[Token]:
    """The tokens of a text, in order; positions count on from `position`, stop words included.

    >>> [(t.exact, t.stem, t.position) for t in analyze("Les élues de l’AIMF")]
    [('les', None, 0), ('elues', 'elu', 1), ('de', None, 2), ('aimf', 'aimf', 3)]
    >>> text = "Projet e-sport"; [text[t.start:t.end] for t in analyze(text)]
    ['Projet', 'e', 'sport', 'e-sport']
    """
    chunks = [(m.lastgroup or "words", m.group(), m.start()) for m in _CHUNK.finditer(text)]
    capitals = [kind == "words" and len(chunk) > 1 and chunk.isupper() for kind, chunk, _ in chunks]
    tokens: list[Token] = []
    last = len(chunks) - 1
    for number, (kind, chunk, base) in enumerate(chunks):
        # A line in capitals is shouted: its short words are words, not acronyms.
        alone = not (number and capitals[number - 1]) and not (number < last and capitals[number + 1])
        forms = _read(kind, chunk, capitals[number] and alone and is_acronym(chunk))
        for f in forms:
            if f.exact:
                place = position + f.place
                tokens.append(Token(f.exact, f.stem, base + f.start, base + f.end, place, f.joined))
        position += 1 + max((f.place for f in forms), default=-1)
    return tokens
