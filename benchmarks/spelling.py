"""How well typing errors are told from right words, on generated errors.

    spelling.py ARTICLES.jsonl OTHER.jsonl [--seeds 101 102 103] [--fit]

Each file holds texts, one JSON object a line with `title` and `text` (what `aimf export` writes; may be compressed,
.xz). For the words of ARTICLES: how often the right word is the first guess, and what is proposed; how often a
proposal is made for its own right words, and for right words that only OTHER has. Then the same the other way round.
--fit prints the coefficients of `index/proposal.py` for each by itself and for both. Seeds 1 to 9 were used for tuning.
Rerun after any change of index/edits.py, spelling.py or proposal.py and of their lists.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index import proposal
from index.french import analyze
from index.proposal import Letters, Proposer, same_but_ending
from index.spelling import Counted, Speller
from index.stem import stem

ERRORS = 1_000
"""Errors made for each seed."""
MEANT_FREQUENCY_MIN = 3
MEANT_LETTERS_MIN = 5
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
SOUNDS = (
    *(("ph", "f"), ("f", "ph"), ("qu", "k"), ("c", "qu"), ("y", "i"), ("i", "y"), ("an", "en"), ("en", "an")),
    *(("em", "am"), ("eau", "o"), ("au", "o"), ("ai", "e"), ("ss", "s"), ("s", "ss"), ("c", "s"), ("th", "t")),
    *(("t", "th"), ("h", ""), ("g", "j"), ("x", "cs"), ("ti", "ci"), ("ti", "si")),
)
KINDS = ("left out", "put in", "key beside", "swapped", "doubling", "sound")


class Archive:
    """The words of some texts: in how many documents, and which are written small (no names)."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        counts: Counter[str] = Counter()
        small: Counter[str] = Counter()
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                text = f"{row.get('title') or ''}\n{row.get('text') or ''}"
                tokens = [t for t in analyze(text) if t.exact.isalpha()]
                counts.update({t.exact for t in tokens})
                small.update(t.exact for t in tokens if not t.joined and text[t.start : t.end].islower())
        self.counts = dict(counts)
        self.stems = {stem(word) for word in counts}
        self.right = sorted(word for word in counts if len(word) >= proposal.WORD_MIN and small[word] > 1)
        self.speller = Speller(Counted(self.counts))
        self.proposer = Proposer(self.speller, lambda _, root: root in self.stems)

    def proposed(self, word: str) -> str | None:
        found = self.proposer.propose(word)
        return found.text if found else None


def beside(letter: str) -> list[str]:
    """Letters whose keys touch this one's, on a French keyboard."""
    found = set()
    for number, row in enumerate(ROWS):
        place = row.find(letter)
        if place >= 0:
            found.update(row[max(0, place - 1) : place] + row[place + 1 : place + 2])
            found.update("".join(ROWS[number - 1 : number])[place : place + 2])
            found.update("".join(ROWS[number + 1 : number + 2])[max(0, place - 1) : place + 1])
    return sorted(found) or ["e"]


def mistyped(word: str, kind: str, chance: random.Random) -> str:
    size = len(word)
    at = 0 if chance.random() < 0.1 else chance.randrange(1, size)  # the first letter is seldom wrong
    if kind == "swapped":
        at = min(max(at, 1), size - 2)
    doubled = [place for place in range(1, size) if word[place] == word[place - 1]] if kind == "doubling" else []
    if doubled and chance.random() < 0.5:
        kind, at = "left out", chance.choice(doubled)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    if kind != "sound":
        return {
            "left out": before + after,
            "put in": before + chance.choice(beside(letter)) + letter + after,
            "key beside": before + chance.choice(beside(letter)) + after,
            "swapped": before + after[:1] + letter + after[1:],
            "doubling": before + 2 * letter + after,
        }[kind]
    places = [(one, other, p) for one, other in SOUNDS for p in range(size) if word.startswith(one, p)]
    if not places:
        return word
    one, other, at = chance.choice(places)
    return word[:at] + other + word[at + len(one) :]


def errors(archive: Archive, seed: int, number: int = ERRORS) -> Iterator[tuple[str, str, str]]:
    """(right word, kind of error, what was typed): no form of a word of the archive."""
    chance = random.Random(seed)
    words = [
        word
        for word, documents in sorted(archive.counts.items())
        if documents >= MEANT_FREQUENCY_MIN and MEANT_LETTERS_MIN <= len(word) <= 20 and word.isascii()
    ]
    made = 0
    while made < number:
        word, kind = chance.choice(words), chance.choice(KINDS)
        typed = mistyped(word, kind, chance)
        if typed != word and typed not in archive.counts and stem(typed) not in archive.stems:
            made += 1
            yield word, kind, typed


def report(archive: Archive, other: Archive, seeds: Sequence[int]) -> None:
    print(f"{archive.name}: {len(archive.counts):,} words")
    for seed in seeds:
        guessed: dict[str, list[bool]] = defaultdict(list)
        proposed, silent, taken = 0, 0, []
        for word, kind, typed in errors(archive, seed):
            start = time.perf_counter()
            guesses = archive.speller.guesses(typed)
            taken.append(1000 * (time.perf_counter() - start))
            guessed[kind].append(bool(guesses) and guesses[0].word == word)
            said = archive.proposed(typed)
            proposed += said == word
            silent += said is None
        taken.sort()
        kinds = ", ".join(f"{kind} {sum(found) / len(found):.2f}" for kind, found in sorted(guessed.items()))
        print(
            f"  seed {seed}: first guess right {sum(map(sum, guessed.values())) / ERRORS:.3f} ({kinds});"
            f" proposal right {proposed / ERRORS:.3f}, none {silent / ERRORS:.3f};"
            f" ms a guess p50 {taken[ERRORS // 2]:.1f}, p95 {taken[ERRORS * 95 // 100]:.1f}"
        )
    unknown = [word for word in other.right if word not in archive.counts]
    for name, words in (("its own", archive.right), ("unknown to it", unknown), (f"{other.name}'s", other.right)):
        wrong = [f"{word} → {said}" for word in words if (said := archive.proposed(word))]
        print(f"  right words, {name}: {len(words):,}, no proposal {1 - len(wrong) / (len(words) or 1):.4f}")
        print("    " + ", ".join(wrong[:12]))


def cases(archive: Archive, other: Archive) -> list[tuple[list[float], bool]]:
    letters = Letters(archive.speller.lists())
    right = [w for w in other.right if w not in archive.counts and stem(w) not in archive.stems]
    typed = [(wrong, word) for seed in (1, 2) for word, _, wrong in errors(archive, seed)]
    found = []
    for word, meant in [*((word, "") for word in right), *typed]:
        for guess in archive.speller.guesses(word)[:1]:
            ending = float(same_but_ending(word, guess.word))
            row = [1.0, math.log(guess.frequency), guess.distance, letters.log_likelihood(word), ending]
            found.append((row, guess.word == meant))
    return found


def fit(rows: Sequence[tuple[list[float], bool]], steps: int = 400) -> list[float]:
    """Logistic regression by gradient, on columns of mean 0 and deviation 1."""
    columns = list(zip(*(row for row, _ in rows), strict=True))
    means = [0.0, *(sum(c) / len(c) for c in columns[1:])]
    spreads = [1.0, *(math.dist(c, [m] * len(c)) / len(c) ** 0.5 for c, m in zip(columns[1:], means[1:], strict=True))]
    scaled = [[(v - m) / s for v, m, s in zip(row, means, spreads, strict=True)] for row, _ in rows]
    weights = [0.0] * len(columns)
    for _ in range(steps):
        slope = [0.0] * len(columns)
        for row, (_, is_error) in zip(scaled, rows, strict=True):
            off = is_error - 1 / (1 + math.exp(-sum(a * b for a, b in zip(weights, row, strict=True))))
            slope = [s + off * v for s, v in zip(slope, row, strict=True)]
        weights = [w + 2 * s / len(rows) for w, s in zip(weights, slope, strict=True)]
    plain = [w / s for w, s in zip(weights, spreads, strict=True)]
    plain[0] -= sum(w * m for w, m in zip(plain[1:], means[1:], strict=True))
    return plain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--fit", action="store_true")
    asked = parser.parse_args()
    one, other = Archive(asked.articles), Archive(asked.other)
    if asked.fit:
        both = [cases(one, other), cases(other, one)]
        for name, rows in ((one.name, both[0]), (other.name, both[1]), ("both", both[0] + both[1])):
            told = zip(("bias", "log frequency", "distance", "letters", "ending"), fit(rows), strict=True)
            print(name, ", ".join(f"{what} {value:.2f}" for what, value in told))
        return
    report(one, other, asked.seeds)
    report(other, one, asked.seeds)


if __name__ == "__main__":
    main()
