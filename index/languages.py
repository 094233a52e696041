"""Which chain a language has: its stem and its stop words. May import: folding, stem, wordlists.

French is the archive's language and whatever nobody named; English has a light stem of its own; every other language is
folded and left unstemmed, without stop words: nothing is better than another language's endings.
"""

from __future__ import annotations

import unicodedata

from index.folding import fold
from index.stem import stem, stem_english
from index.wordlists import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FRENCH, ENGLISH, OTHER = "fr", "en", "other"
_UNNAMED = frozenset({"", "und", "mul", "zxx", "fr", "fra", "fre", "unknown"})


def _unstemmed(word: str) -> str:
    return word


def _english(word: str) -> str:
    """Marked, so that « plan », the stem of « planning », is not the French word."""
    return f"{ENGLISH}:{stem_english(word)}" if word.isalpha() else word


STEMS: dict[str, Callable[[str], str]] = {FRENCH: stem, ENGLISH: _english, OTHER: _unstemmed}
STOP_WORDS = {FRENCH: "stopwords", ENGLISH: "stopwords_en"}


def chain(language: str | None) -> str:
    """The chain of a language by its code.

    >>> chain("fr-FR"), chain(None), chain("en_GB"), chain("vi")
    ('fr', 'fr', 'en', 'other')
    """
    code = (language or "").replace("_", "-").partition("-")[0].casefold()
    if code in _UNNAMED:
        return FRENCH
    return ENGLISH if code in {"en", "eng"} else OTHER


def is_stop(word: str, language: str | None = FRENCH) -> bool:
    """Whether a word, as it is written, says nothing by itself. Accents tell: « où » and « sur », not « sûr ».

    >>> is_stop("À"), is_stop("sûr"), is_stop("sur"), is_stop("the", "en"), is_stop("the", "vi")
    (True, False, True, True, False)
    """
    listed = STOP_WORDS.get(chain(language))
    return listed is not None and unicodedata.normalize("NFC", word).casefold() in words(listed)


def stems(word: str, languages: Iterable[str | None] = (FRENCH,)) -> tuple[str, ...]:
    """The stems of a word in several languages, each once: what it may stand for in an archive that holds them all.

    >>> stems("planning", ["fr", "en"]), stems("Villes", ["fr", "en", "vi"])
    (('planning', 'en:plan'), ('vill', 'en:vill', 'villes'))
    """
    exact = fold(word)
    return tuple(dict.fromkeys(STEMS[chain(language)](exact) for language in languages))
