"""Lists of words that mean the same, searched as texts: only the lines that hold the word asked for are ever parsed.

Parsing two thousand lines takes longer than a whole search from the shell should, finding a word in their text a few
microseconds. A line of a list of groups is `one = another = a third` or `asked => found, found as well`; names of
countries are `codes : names : names for filters`; a line of the glossary is `english = french, french`, with `~` for
`=` where French has the same spelling. May import: the standard library.
"""

from __future__ import annotations

from os.path import dirname
from unicodedata import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

Words = tuple[str, ...]

_DATA = dirname(dirname(__file__)) + "/data/"  # noqa: PTH120 - pathlib takes as long to import as a whole search
_ELIDED = "ldjmtscn"
_TEXTS: dict[str, str] = {}
_WORDS: dict[str, frozenset[str]] = {}


def fold_text(text: str) -> str:
    """A list as it is compared: folded as `french.fold` does, elisions and hyphens as `french.analyze` leaves them.

    >>> fold_text("Côte d’Ivoire = Hô-Chi-Minh-Ville = œuvre")
    'cote ivoire = ho chi minh ville = oeuvre'
    """
    text = text.lower()
    if not text.isascii():
        text = text.replace("’", "'").replace("œ", "oe").replace("æ", "ae").replace("đ", "d").replace("ß", "ss")
        text = normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = text.replace("-", " ").replace(".", "")
    if "'" in text:
        text = f"\n{text}"
        for letter in _ELIDED:
            text = text.replace(f" {letter}'", " ").replace(f"\n{letter}'", "\n")
        text = text[1:].replace("'", "")
    return text


def plain_words(text: str) -> Words:
    """The words of a text, signs left out, letters and figures apart.

    >>> plain_words("l’Économie sociale (et solidaire)"), plain_words("COP27")
    (('economie', 'sociale', 'et', 'solidaire'), ('cop', '27'))
    """
    plain = ""
    for sign in fold_text(text):
        if plain and sign.isalnum() and plain[-1].isalnum() and sign.isdigit() != plain[-1].isdigit():
            plain += " "
        plain += sign if sign.isalnum() else " "
    return tuple(plain.split())


def list_text(name: str) -> str:
    """A list of `index/data`, folded, each member between spaces, each line between newlines; read once."""
    text = _TEXTS.get(name)
    if text is None:
        with open(f"{_DATA}{name}.txt", encoding="utf-8") as file:  # noqa: PTH123 - as above
            text = _TEXTS[name] = prepared(file.read())
    return text


def prepared(text: str) -> str:
    r"""A list of groups ready for `groups`.

    >>> prepared("maire = édile\n")
    '\n= maire = edile =\n=  =\n'
    """
    return "\n= " + fold_text(text).replace("\n", " =\n= ") + " =\n"


def glossary_text() -> str:
    """The glossary; its English words are written folded, so that only the lines found are folded."""
    text = _TEXTS.get("glossary")
    if text is None:
        with open(f"{_DATA}glossary.txt", encoding="utf-8") as file:  # noqa: PTH123 - as above
            text = _TEXTS["glossary"] = f"\n{file.read()}"
    return text


def lines_with(text: str, start: str) -> Iterator[str]:
    """The lines that hold `start`, each once, comments left out."""
    place = text.find(start)
    while place >= 0:
        # What is looked for may begin with the newline itself.
        first = text.rfind("\n", 0, place + 1) + 1
        end = text.find("\n", first)
        line = text[first:end]
        if not line.startswith(("#", "= #")):
            yield line
        place = text.find(start, end)


def groups(text: str, start: str) -> Iterator[tuple[Words, tuple[Words, ...]]]:
    """Members of a prepared list that begin with `start`, each with what else is meant; others may come as well.

    >>> list(groups(prepared("FSM => boues de vidange, vidange"), "fsm"))
    [(('fsm',), (('boues', 'de', 'vidange'), ('vidange',)))]
    """
    for line in lines_with(text, f"= {start}"):
        left, _, right = line.partition(" => ")
        members = [tuple(member.split()) for member in left.strip("= ").replace(",", " ").split(" = ")]
        found = tuple(tuple(member.split()) for member in right.removesuffix(" =").split(",")) if right else ()
        for member in members:
            if member:
                yield member, found or tuple(other for other in members if other and other != member)


def countries(start: str) -> Iterator[tuple[Words, tuple[Words, ...]]]:
    """Names of countries that begin with `start`, each with the country's other names; others may come as well."""
    text = list_text("country_names")
    for mark in (": ", "= "):
        for line in lines_with(text, mark + start):
            names = [tuple(name.split()) for name in line.strip("= ").split(" : ")[1].split(" = ")]
            yield from ((name, tuple(other for other in names if other != name)) for name in names)


def translations(word: str) -> Iterator[tuple[Words, bool, tuple[Words, ...]]]:
    """English expressions that begin with `word`: their words, whether no French word is spelt so, and their French.

    >>> next(iter(translations("sludge")))
    (('sludge',), True, (('boues',),))
    """
    for line in lines_with(glossary_text(), f"\n{word} "):
        for sign in (" = ", " ~ "):
            english, found, french = line.partition(sign)
            if found:
                yield (
                    tuple(english.split()),
                    sign == " = ",
                    tuple(tuple(one.split()) for one in fold_text(french).split(", ")),
                )
                break


def function_words(language: str) -> frozenset[str]:
    """The little words of `english` or `french` that the other language does not have.

    >>> "the" in function_words("english"), "on" in function_words("french")
    (True, False)
    """
    found = _WORDS.get(language)
    if found is None:
        # Not through `list_text`: the elided « d » and « l » are words here.
        with open(f"{_DATA}function_words.txt", encoding="utf-8") as file:  # noqa: PTH123 - as above
            for line in file:
                name, *told = line.split() or [""]
                if name not in {"", "#"}:
                    _WORDS[name] = frozenset(told)
        found = _WORDS[language]
    return found
