"""The language of a text: what the page declares, checked by langdetect. May import: nothing of ours.

langdetect draws at random unless it is seeded, and reads capitals badly, so it is seeded and given
lower-cased text. Its answer is one voice: it overrules the page only on a text of some length, and
only when it is sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException

# Set by judgment: titles and captions are too short to overrule a page; with these all labelled pages are right.
_SURE_CHARS = 200
_SURE_SHARE = 0.90
_READ_CHARS = 3_000
_URL_LANGUAGE = re.compile(r"^/([a-z]{2})(?:[-_][a-zA-Z]{2})?/")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The language (ISO 639-1, None = unknown) and the evidence in words, for `aimf explain`."""

    language: str | None
    evidence: str


# Told apart beside the expected languages, so that a text in none of them is not forced into one. All 55 profiles
# would take a quarter longer (4.7 instead of 3.6 ms for 3,000 characters) and bring in languages nobody expects.
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
        detector.append(text[:_READ_CHARS].lower())
        choices = detector.get_probabilities()
    except LangDetectException:
        return None, 0.0
    return (choices[0].lang[:2], choices[0].prob) if choices else (None, 0.0)


def judge(text: str, *, path: str, declared: tuple[str, ...], expected: tuple[str, ...]) -> Verdict:
    """The language of an article.

    `declared` are the page's own words (`lang`, JSON-LD, Open Graph), best first; `expected` the
    configured languages, the likeliest first.
    """
    in_url = _URL_LANGUAGE.match(path)
    claims = [in_url[1]] if in_url and in_url[1] in expected else []
    claims += [code[:2].lower() for code in declared if code]
    claim = next((code for code in claims if code in expected), None)
    letters = re.sub(r"\s+", " ", text)
    if len(letters) >= _SURE_CHARS:
        guess, share = detect(letters, _NEIGHBOURS | frozenset(expected))
        evidence = f"declared {claim or 'nothing known'}, text reads as {guess} ({share:.2f})"
        if guess in expected and share >= _SURE_SHARE:
            return Verdict(guess, evidence)
        return Verdict(claim, evidence)
    return Verdict(
        claim or (expected[0] if len(expected) == 1 else None), f"declared {claim or 'nothing known'}, short text"
    )
