"""Texts with more in them than plain words: compounds, acronyms, numbers, ordinals, other scripts. One list of STEPS.

`french` imports this only when a text asks for it: patterns cost a search from the shell more than the search does.
Works on pieces of text or on whole texts alike. May import: folding, languages, wordlists.
"""

from __future__ import annotations

import re

from index.folding import fold
from index.languages import FRENCH, STEMS, is_stop
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0971-\u0df3"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1064\u17b4-\u17d3\u17dd"
)
"""Accents and vowel signs that are no letters by themselves: they belong to the word they stand in."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana and Han write words without spaces: there every syllable is a word of its own."""
_WORD = rf"[^\W_](?:[^\W_]|[{_MARKS}])*+"
_JOINER = "['’ʼ‘\\-‐‑_&\u00ad]"
_BLANK = " \u00a0\u202f\u2009"
_CHUNK = re.compile(
    rf"""
      (?P<acronym> (?<!\w) (?:[^\W\d_]\.){{2,}} (?:[^\W\d_](?![\w.]))? )
    | (?P<ordinal> (?<!\w) \d+ (?: [{_BLANK}]? (?: ers? | [eè]res? | [eè]mes? ) | res? | es? | è | ᵉ | nde?s? ) (?!\w) )
    | (?P<number> (?<![\w,.]) [0-9]{{1,3}} (?: [{_BLANK}.] [0-9]{{3}} )+ (?!\w) | \d+ [.,] \d+ (?!\w) )
    | (?P<words> {_WORD} (?: {_JOINER} {_WORD} )* )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PART = re.compile(
    rf"""
      (?P<joiner> {_JOINER}? )
      (?P<part> \d+
      | [{_UNSPACED}] (?: \u17d2[\u1780-\u17b3] | [{_MARKS}] )*
      | [^\W\d_{_UNSPACED}] (?: [^\W\d_{_UNSPACED}] | [{_MARKS}] )*+
      | [^\W_{_MARKS}] )
    """,
    re.VERBOSE,
)
_SPACED_NUMBER = re.compile(rf"[0-9](?<![\w,.][0-9])[0-9]{{0,2}}(?:[{_BLANK}.][0-9]{{3}})+(?!\w)")
_SPACED_ORDINAL = re.compile(r"\d (?=(?:ers?|[eè]res?|[eè]mes?)(?!\w))", re.IGNORECASE)
_APOSTROPHES = frozenset("'’ʼ‘")
JOINED_MAX = 8
"""Compounds of more parts are lists, or a line of a script without spaces: they get no reading as one word."""
WORD_MAX = 60
"""Longer runs of letters are noise (addresses, encoded data); they are cut here."""


class Form:
    """One reading of (a part of) a text on its way through the steps; no step changes one, it makes another.

    No Record: an index is built of millions of these, and making one must cost little.
    """

    __slots__ = ("end", "exact", "joined", "joiner", "language", "place", "start", "stem", "text")

    def __init__(  # noqa: PLR0913 - its fields
        self,
        text: str,
        start: int,
        end: int,
        place: int = 0,
        *,
        joiner: str = "",
        exact: str = "",
        stem: str | None = None,
        joined: bool = False,
        language: str = FRENCH,
    ) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.place = place
        self.joiner = joiner
        self.exact = exact
        self.stem = stem
        self.joined = joined
        self.language = language

    def moved(self, text: str, start: int, place: int, joiner: str, *, joined: bool) -> Form:
        """The same part of the text, read otherwise."""
        return Form(text, start, self.end, place, joiner=joiner, joined=joined, language=self.language)

    def named(self, exact: str, stem: str | None = None) -> Form:
        """The same form with its terms."""
        return Form(
            self.text,
            self.start,
            self.end,
            self.place,
            joiner=self.joiner,
            exact=exact,
            stem=stem,
            joined=self.joined,
            language=self.language,
        )


Forms = tuple[Form, ...]


def bind_numbers(text: str) -> str:
    r"""The blanks within numbers and ordinals made narrow ones, so that the rest may be cut at its spaces.

    >>> bind_numbers("de 35 000 à 2 euros").split(" ")
    ['de', '35\u202f000', 'à', '2', 'euros']
    """
    text = _SPACED_NUMBER.sub(lambda found: found.group().replace(" ", "\u202f"), text)
    return _SPACED_ORDINAL.sub(lambda found: found.group().replace(" ", "\u202f"), text)


def split_parts(forms: Forms) -> Forms:
    """A compound is its parts; letters and digits part too, so that COP27 meets « COP 27 ».

    >>> [f.text for f in split_parts((Form("vivre-ensemble", 0, 14),))]
    ['vivre', 'ensemble']
    >>> [f.text for f in split_parts((Form("COP27", 0, 5),))]
    ['COP', '27']
    """
    whole = forms[0]
    if fold(whole.text).replace("’", "'") in words("whole_words"):
        return forms
    base = whole.start
    return tuple(
        Form(m["part"], base + m.start("part"), base + m.end(), place, joiner=m["joiner"], language=whole.language)
        for place, m in enumerate(_PART.finditer(whole.text))
    )


def drop_elisions(forms: Forms) -> Forms:
    """l', d', qu' … are dropped. A capital on both sides is a name as well: N'Djaména keeps a joined reading.

    >>> [f.text for f in drop_elisions(split_parts((Form("l’assainissement", 0, 16),)))]
    ['assainissement']
    >>> [f.text for f in drop_elisions(split_parts((Form("N'Djaména", 0, 9),)))]
    ['Djaména', "N'Djaména"]
    """
    kept: list[Form] = []
    for form, following in zip(forms, (*forms[1:], None), strict=True):
        if following is None or following.joiner not in _APOSTROPHES or fold(form.text) not in words("elisions"):
            kept.append(form)
        elif form.text in {"N", "M", "T"} and following.text[:1].isupper():
            both = f"{form.text}'{following.text}"
            kept.append(following.moved(both, form.start, following.place, "", joined=True))
    if len(kept) == len(forms) and not any(form.joined for form in kept):
        return forms
    kept.sort(key=lambda form: form.joined)
    first = min((form.place for form in kept if not form.joined), default=0)
    return tuple(
        form.moved(
            form.text,
            form.start,
            max(0, form.place - first),
            "" if form.place == first or form.joined else form.joiner,
            joined=form.joined,
        )
        for form in kept
    )


def join_compounds(forms: Forms) -> Forms:
    """A compound is also one word: e-sport is esport too.

    >>> [f.text for f in join_compounds(split_parts((Form("e-sport", 0, 7),)))]
    ['e', 'sport', 'esport']
    """
    plain = [form for form in forms if not form.joined]
    if not 1 < len(plain) <= JOINED_MAX or all(is_stop(form.text, form.language) for form in plain):
        return forms
    text = "".join(form.text for form in plain)
    joined = Form(text, plain[0].start, plain[-1].end, plain[0].place, joined=True, language=plain[0].language)
    return (*forms, joined)


def fold_forms(forms: Forms) -> Forms:
    """The exact term: folded, without apostrophes.

    >>> [f.exact for f in fold_forms((Form("Aujourd’hui", 0, 11),))]
    ['aujourdhui']
    """
    return tuple(f.named(fold(f.text).replace("'", "").replace("’", "")[:WORD_MAX]) for f in forms)


def stem_forms(forms: Forms) -> Forms:
    """The stemmed term; a stop word (told by its accented spelling) has none.

    >>> [f.stem for f in stem_forms(fold_forms((Form("communes", 0, 8), Form("des", 9, 12), Form("à", 0, 1))))]
    ['commun', None, None]
    """
    return tuple(
        f.named(f.exact, None if not f.joined and is_stop(f.text, f.language) else STEMS[f.language](f.exact))
        for f in forms
    )


STEPS: tuple[Callable[[Forms], Forms], ...] = (split_parts, drop_elisions, join_compounds, fold_forms, stem_forms)


def read_words(text: str, language: str = FRENCH) -> Forms:
    """Words and compounds go through STEPS.

    >>> [(f.exact, f.stem) for f in read_words("l'état-major")]
    [('etat', 'etat'), ('major', 'major'), ('etatmajor', 'etatmajor')]
    """
    forms: Forms = (Form(text, 0, len(text), language=language),)
    for step in STEPS:
        forms = step(forms)
    return forms


def read_acronym(text: str, language: str = FRENCH) -> Forms:
    """A.I.M.F. is AIMF, and no elision or compound.

    >>> read_acronym("A.I.M.F.")[0].exact
    'aimf'
    """
    exact = fold(text).replace(".", "")[:WORD_MAX]
    return (Form(text, 0, len(text), exact=exact, stem=STEMS[language](exact)),)


def read_ordinal(text: str, language: str = FRENCH) -> Forms:
    """98e, 98ème and 98 ème are one; the bare number is a second reading.

    >>> [f.exact for f in read_ordinal("98ème")]
    ['98e', '98']
    """
    digits = re.match(r"\d+", text)
    number = digits.group()[:WORD_MAX] if digits else text
    return (
        Form(text, 0, len(text), exact=f"{number}e", stem=f"{number}e", language=language),
        Form(text, 0, len(text), exact=number, stem=number, joined=True, language=language),
    )


def read_number(text: str, language: str = FRENCH) -> Forms:
    """Thousands are joined: 35 000 is 35000; a decimal comma is a point.

    >>> read_number("35 000")[0].exact, read_number("1,35")[0].exact
    ('35000', '1.35')
    """
    grouped = re.fullmatch(r"[0-9]{1,3}(?:[\s.][0-9]{3})+", text)
    exact = (re.sub(r"[\s.]", "", text) if grouped else text.replace(",", "."))[:WORD_MAX]
    return (Form(text, 0, len(text), exact=exact, stem=exact, language=language),)


_READERS: dict[str, Callable[[str, str], Forms]] = {
    "acronym": read_acronym,
    "ordinal": read_ordinal,
    "number": read_number,
    "words": read_words,
}


def read(text: str, language: str = FRENCH) -> list[tuple[str, str | None, int, int, int, bool]]:
    """(exact, stem, start, end, place, joined) of every form of a text; a place is a word's number.

    >>> read("98ème bureau")
    [('98e', '98e', 0, 5, 0, False), ('98', '98', 0, 5, 0, True), ('bureau', 'bureau', 6, 12, 1, False)]
    """
    found: list[tuple[str, str | None, int, int, int, bool]] = []
    place = 0
    for chunk in _CHUNK.finditer(text):
        base = chunk.start()
        forms = _READERS[chunk.lastgroup or "words"](chunk.group(), language)
        found += [(f.exact, f.stem, base + f.start, base + f.end, place + f.place, f.joined) for f in forms if f.exact]
        place += 1 + max((f.place for f in forms), default=-1)
    return found
