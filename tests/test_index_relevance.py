"""The ranking's floor on French questions at large; needs ../shared, and is skipped with a reason without it."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
from pathlib import Path

import pytest

from index.documents import to_document
from index.evaluation import evaluate, read_judged
from index.memory_engine import MemoryReader
from index.opening import missing
from index.search import Question, Searcher
from index.tuning import MEANT_FROM, Tuning
from pipeline.records import Article

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT.parent / "shared" / "search-lab"
FLOORS = json.loads((ROOT / "tests" / "quality.json").read_text(encoding="utf-8"))["french"]


def lines(name: str) -> list[str]:
    with lzma.open(LAB / name, "rt", encoding="utf-8") as text:
        return text.readlines()


def test_a_distant_family_never_counts_as_the_word_itself():
    assert Tuning().kin <= MEANT_FROM


@pytest.mark.replay
@pytest.mark.skipif(not LAB.exists(), reason="needs ../shared/search-lab: French texts and questions")
def test_french_questions_find_their_text():
    texts, asked = lines("docs.jsonl.xz"), lines("queries-dev.jsonl.xz")
    # Other texts or questions have other floors.
    assert hashlib.sha256("".join(texts + asked).encode()).hexdigest() == FLOORS["corpus_sha256"]
    articles = (Article(d["url"], "lab", d["title"], "page", d["text"], language="fr") for d in map(json.loads, texts))
    searcher = Searcher(MemoryReader(map(to_document, articles)), opened=missing)
    chosen = random.Random(11).sample(list(read_judged(asked)), FLOORS["questions"])
    scores = {
        score.kind or "all": score.means["ndcg@10"]
        for score in evaluate(chosen, lambda text: searcher.urls(Question(text)))
    }
    below = {kind: (scores[kind], floor) for kind, floor in FLOORS["ndcg@10"].items() if scores[kind] < floor}
    assert not below
    assert min(FLOORS["ndcg@10"].values()) >= 0.65, "a floor below the least that may be asked"
