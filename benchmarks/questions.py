"""Whatever is typed is answered, and soon: generated questions against a real archive.

    .venv/bin/python benchmarks/questions.py DATA                  # 100,000 questions, an hour on two busy cores
    .venv/bin/python benchmarks/questions.py DATA --count 2000     # a short form

DATA is an archive's folder. Questions are words of the archive, mistyped, cut, glued, in signs of the query language,
nested, repeated, and characters of all of Unicode, some of them ten thousand long. Prints how many raised, how many
parsed differently the second time, and the slowest by CPU time. Ends with 1 when one raised, was not canonical, or took
over a second.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import index
from index.engine import FACETS
from index.query import parse

SLOWEST_S = 1.0
LONG_CHARS = 10_000
SIGNS = [
    *('"', "«", "»", "“", "”", "(", ")", "-", "+", "*", ":", "..", ">", "<", "=", "'", "’", "?", "~", "^", "\\", "|"),
    *("ET", "OU", "SAUF", "AND", "OR", "NOT", "\0", "\n", "\u202f", "\u00a0", "\u00ad", "\ud800", "e\u0301", "￼"),
]
FIELDS = "ville pays theme partenaire programme titre type date evenement montant langue city country auteur".split()
VALUES = (
    *("2019..2022", "mai 2022", "depuis mars 2021", ">1M€", "avant 2010", "du 1er au 15 juin 2022", "98ème"),
    *("1 000 000", "31 février", "A.I.M.F."),
)
Make = Callable[[random.Random, Sequence[str]], str]


def mistyped(chosen: random.Random, words: Sequence[str]) -> str:
    word = list(chosen.choice(words))
    for _ in range(chosen.randint(0, 2)):
        at = chosen.randrange(len(word) + 1)
        word[at : at + chosen.randint(0, 1)] = chosen.choice(
            ["", chosen.choice("abcdeéèlmnorstu-’"), *word[at : at + 1]]
        )
    return "".join(word)


def plain(chosen: random.Random, words: Sequence[str]) -> str:
    return " ".join(mistyped(chosen, words) for _ in range(chosen.randint(1, 8)))


def language(chosen: random.Random, words: Sequence[str]) -> str:
    pieces = []
    for _ in range(chosen.randint(1, 14)):
        draw = chosen.random()
        if draw < 0.4:
            pieces.append(mistyped(chosen, words))
        elif draw < 0.8:
            pieces.append(chosen.choice(SIGNS))
        else:
            pieces.append(f"{chosen.choice(FIELDS)}:{chosen.choice([*VALUES, mistyped(chosen, words)])}")
    return chosen.choice([" ", ""]).join(pieces)


def unicode_text(chosen: random.Random, _: Sequence[str]) -> str:
    return "".join(chr(chosen.choice([chosen.randrange(0x300), chosen.randrange(0x110000)])) for _ in range(30))


def bomb(chosen: random.Random, words: Sequence[str]) -> str:
    word, many = mistyped(chosen, words), chosen.randint(20, 2_000)
    return chosen.choice(
        [
            "(" * many + word + ")" * many,
            f"{word} OU " * many + word,
            f"-{word} " * many,
            " ".join(chosen.choice(words) for _ in range(many)),
            " ".join(f"{one[:2]}*" for one in chosen.sample(words, min(many, 200))),
            f'"{" ".join(chosen.choice(words) for _ in range(min(many, 300)))}"',
            word * many,
            "".join(chosen.choice("aeiou’-. ") for _ in range(LONG_CHARS)),
            "titre:(" * min(many, 300) + word,
        ]
    )[:LONG_CHARS]


KINDS: tuple[tuple[Make, int], ...] = ((plain, 40), (language, 45), (unicode_text, 10), (bomb, 5))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=4)
    asked = parser.parse_args()
    chosen = random.Random(asked.seed)
    makes, weights = zip(*KINDS, strict=True)
    raised = unlike = 0
    times: list[tuple[float, str]] = []
    with index.open(asked.data) as archive:
        words = sorted({word for article in archive for word in f"{article.title} {article.text}".split()})
        for _ in range(asked.count):
            text = chosen.choices(makes, weights)[0](chosen, words)
            facets = chosen.sample(FACETS, chosen.randint(0, 3))
            start = time.process_time()
            try:
                page = archive.search(text, facets=facets, sort=chosen.choice(["relevance", "relevance", "newest"]))
                canonical = str(page.query)
                unlike += str(parse(canonical)) != canonical
            except Exception:  # noqa: BLE001 - any is a fault, and the others are still asked
                raised += 1
                traceback.print_exc()
                print(f"raised on {text[:200]!r}", file=sys.stderr)
            times.append((time.process_time() - start, text))
    times.sort(key=lambda entry: entry[0])
    over = sum(took >= SLOWEST_S for took, _ in times)
    print(f"{asked.count} questions: {raised} raised, {unlike} not canonical, {over} over a second of CPU time")
    for share in (0.5, 0.95, 0.999):
        print(f"p{100 * share:g} {1000 * times[int(share * len(times))][0]:.1f} ms")
    for took, text in times[-3:]:
        print(f"{1000 * took:.0f} ms of CPU: {text[:100]!r} ({len(text)} characters)")
    return int(bool(raised or unlike or over))


if __name__ == "__main__":
    sys.exit(main())
