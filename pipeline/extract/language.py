"""The language of a text: what the page declares, checked by the text's own function words and by langdetect.

Function words settle nearly all texts of some length, at a twentieth of langdetect's cost; langdetect is asked about
the rest. It draws at random unless it is seeded, and reads capitals badly, so it is seeded
and given lower-cased text. Its answer is one voice: it overrules the page only on a text of some length, only when it
is sure, and only when the function words do not speak against it. May import: fieldwords.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException

from pipeline.extract import fieldwords

# Set by judgment: titles and captions are too short to overrule a page; with these all labelled pages are right.
_SURE_CHARS = 200
_SURE_SHARE = 0.90
# Read by langdetect, in slices from several places: a page may begin with a list of names or a foreign motto.
_READ_CHARS = 900
_SLICES = 3
# Counted for function words: more does not change a verdict.
_COUNTED_CHARS = 6_000
# French prose has 40 to 55 % of function words, lists of names next to none; the languages of one family share some.
# Set on 1,094 French articles and 765 pages of public sets: 94 % are settled so, none otherwise than by langdetect.
_OWN_SHARE = 0.22
_OTHERS_PART = 0.75
_URL_LANGUAGE = re.compile(r"^/([a-z]{2})(?:[-_][a-zA-Z]{2})?/")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The language (ISO 639-1, None = unknown) and the evidence in words, for `aimf explain`.

    `declared` is what the page says, None when it says nothing that is expected.
    """

    language: str | None
    evidence: str
    declared: str | None = None

    @property
    def contradiction(self) -> str:
        """What the page says against its own text, in words; nothing when they agree."""
        if self.declared is None or self.language is None or self.declared == self.language:
            return ""
        return f"language: the page declares {self.declared}, its text reads as {self.language}"


# Told apart beside the expected languages, so that a text in none of them is not forced into one. All 55 profiles
# would take a quarter longer and bring in languages nobody expects.
_NEIGHBOURS = frozenset(("fr", "en", "de", "es", "it", "pt", "nl", "ar"))


@cache
def _factory(languages: frozenset[str]) -> DetectorFactory:
    """A detector of some languages; without langdetect's global one, and without its draws from the system's chance."""
    profiles = [file for file in sorted(Path(PROFILES_DIRECTORY).iterdir()) if file.name[:2] in languages]
    factory = DetectorFactory()
    factory.load_json_profile([file.read_text(encoding="utf-8") for file in profiles])
    factory.seed = 0
    return factory


def detect(text: str, languages: frozenset[str] = _NEIGHBOURS) -> tuple[str | None, float]:
    """The first choice of langdetect among some languages and its share, (None, 0.0) when the text gives no sign."""
    detector = _factory(languages).create()
    try:
        detector.append(_slices(text).lower())
        choices = detector.get_probabilities()
    except LangDetectException:
        return None, 0.0
    return (choices[0].lang[:2], choices[0].prob) if choices else (None, 0.0)


def _slices(text: str) -> str:
    """A text, or parts of its beginning, middle and end when it is long."""
    if len(text) <= _READ_CHARS:
        return text
    size = _READ_CHARS // _SLICES
    step = (len(text) - size) // (_SLICES - 1)
    return " ".join(text[start : start + size] for start in range(0, step * _SLICES, step))


@cache
def _languages_of_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language in fieldwords.sections("stop_words.txt"):
        for word in fieldwords.words("stop_words.txt", language):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def function_words(text: str) -> dict[str, float]:
    """For each language with a list the share of a text's words that are its function words, 0 to 1.

    >>> shares = function_words("Le maire a réuni les habitants du quartier.")
    >>> shares["fr"] > 0.4 > shares.get("de", 0)
    True
    """
    words = _WORD.findall(text[:_COUNTED_CHARS].lower())
    known = _languages_of_word()
    counts: Counter[str] = Counter()
    for word, times in Counter(words).items():
        for language in known.get(word, ()):
            counts[language] += times
    return {language: times / len(words) for language, times in counts.items()}


def speaks(shares: dict[str, float], language: str) -> bool:
    """Whether the function words alone say that a text is in a language."""
    own = shares.get(language, 0.0)
    return own >= _OWN_SHARE and all(s <= _OTHERS_PART * own for other, s in shares.items() if other != language)


def judge(text: str, *, path: str, declared: Iterable[str], expected: tuple[str, ...]) -> Verdict:
    """The language of an article.

    `declared` are the page's own words (`lang`, hreflang, JSON-LD, Open Graph), best first; `expected` the
    configured languages, the likeliest first.
    """
    in_url = _URL_LANGUAGE.match(path)
    claims = [in_url[1]] if in_url and in_url[1] in expected else []
    claims += [code[:2].lower() for code in declared if code]
    claim = next((code for code in claims if code in expected), None)
    said = f"declared {claim or 'nothing known'}"
    letters = re.sub(r"\s+", " ", text)
    if len(letters) < _SURE_CHARS:
        return Verdict(claim or (expected[0] if len(expected) == 1 else None), f"{said}, short text", claim)
    shares = function_words(letters)
    spoken = next((code for code in expected if speaks(shares, code)), None)
    if spoken:
        return Verdict(spoken, f"{said}, {shares[spoken]:.0%} of the words are function words of {spoken}", claim)
    guess, share = detect(letters, _NEIGHBOURS | frozenset(expected))
    evidence = f"{said}, text reads as {guess} ({share:.2f})"
    if guess in expected and share >= _SURE_SHARE and not _contradicted(shares, guess, claim):
        return Verdict(guess, evidence, claim)
    return Verdict(claim, evidence, claim)


def _contradicted(shares: dict[str, float], guess: str, claim: str | None) -> bool:
    """The declared language has more function words in the text than the guessed one: names misled langdetect."""
    if claim is None or guess == claim or guess not in fieldwords.sections("stop_words.txt"):
        return False
    return shares.get(guess, 0.0) <= shares.get(claim, 0.0)
