"""Other names of what a filter asks for: pays:RDC, pays:Ivory Coast, ville:Saigon, langue:anglais, type:news.

A facet's values are a code and a label; what a person types is a name. Names of a country lead to its code, so that
« Congo », which two countries are called, finds both and « RDC » one. May import: expressions, french, lexicon.
"""

from __future__ import annotations

from index.french import fold
from index.vocabulary.expressions import ACRONYM, EXONYM, TRANSLATION, Expressions
from index.vocabulary.lexicon import lines_with, list_text, plain_words

_LISTS = Expressions()
_NAMED = {"country": "country_names", "language": "facet_names", "kind": "facet_names"}


def same_name(text: str) -> str:
    """What is left of a name when spelling is ignored.

    >>> same_name("Côte d’Ivoire") == same_name("cote d'ivoire"), same_name("N’Djaména")
    (True, 'ndjamena')
    """
    return "".join(sign for sign in fold(text) if sign.isalnum())


def names_of(field: str, value: str, lists: Expressions = _LISTS) -> frozenset[str]:
    """Every name that a value of a facet may have for someone who types `value`, as `same_name` writes it.

    `field` is the engine's name of the facet; `lists` may know the archive's own acronyms.

    >>> sorted(names_of("country", "RDC")), sorted(names_of("country", "Congo")), sorted(names_of("country", "ci"))
    (['cd', 'rdc'], ['cd', 'cg', 'congo'], ['ci'])
    >>> "hochiminhville" in names_of("city", "Saïgon"), sorted(names_of("language", "anglais"))
    (True, ['anglais', 'en'])
    """
    own = same_name(value)
    if not own:
        return frozenset()
    if field in _NAMED:
        return frozenset({own, *_codes(field, "".join(plain_words(value)))})
    return frozenset({own, *_other_names(field, value, lists)})


def _codes(field: str, name: str) -> set[str]:
    """Codes of the lines that hold the name, wherever they hold it."""
    found = set()
    for line in lines_with(list_text(_NAMED[field]), "= "):
        codes, *names = line.strip("= ").split(" : ")
        words = codes.split()
        if field != "country":
            # Here the field stands before the code.
            words = words[1:] if words[:1] == [field] else []
        if words and (name in words or any(name == one.replace(" ", "") for n in names for one in n.split(" = "))):
            found.add(words[0])
    return found


def _other_names(field: str, value: str, lists: Expressions) -> set[str]:
    """What the whole value is called elsewhere: cities by their names, the rest by acronyms and translations too."""
    tokens = plain_words(value)
    kinds = {EXONYM} if field == "city" else {EXONYM, ACRONYM, TRANSLATION}
    whole = [one for one in lists.expressions(tokens) if (one.start, one.end) == (0, len(tokens))]
    return {"".join(other.words) for one in whole for other in one.alternatives if other.kind in kinds}
