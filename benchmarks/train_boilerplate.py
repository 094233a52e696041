"""Learn how much a block reads like an article, from pages whose articles are known.

    pip install -e '.[train]'
    python benchmarks/train_boilerplate.py FOLDER [--write]

FOLDER holds the unpacked sets of an extraction lab: `SET/items.jsonl`, a page a line with `id`, `url`, `html_path`
(relative to FOLDER's parent) and `truth`, which is either {"text"} (the article) or {"with", "without"} (segments
that belong to it and that do not). Prints how well a model learned without a page's site reads that page, by set;
`--write` learns from all pages and replaces `pipeline/extract/data/boilerplate_model.json`. Rerun it whenever a
measure of `pipeline/extract/features.py`, a rule or a word list changes. A model of some seconds' training on some
two cores; the same input gives the same model.

The settings below were chosen by the cross-validated figures among five (60 to 150 trees of 6 to 16 leaves); larger
models gain nothing on pages that they have not seen, and cost time on every block.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.extract import rules, selection
from pipeline.extract.blocks import walk
from pipeline.extract.features import MEASURES, Measures
from pipeline.extract.html import decode, parse

SETTINGS = {
    "max_iter": 100,
    "max_leaf_nodes": 12,
    "learning_rate": 0.12,
    "min_samples_leaf": 50,
    "max_features": 0.4,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "random_state": 0,
}
FOLDS = 5
# A block is the article's when this share of its 4-word runs is in the truth; shorter ones are looked up whole.
LABEL_SHARE = 0.5
RUN_WORDS = 4
SHORT_WORDS = 6
# Segments name a few blocks of a page, whole truths all of them.
SEGMENT_WEIGHT = 0.5
MODEL = Path(__file__).parent.parent / "pipeline" / "extract" / "data" / "boilerplate_model.json"
_WORD = re.compile(r"\w+")


@dataclass
class Page:
    """A page of the lab: its blocks' measures and labels (None = not said), what is kept without judging."""

    set_name: str
    site: str
    rows: list[list[float]]
    labels: list[float | None]
    texts: list[str]
    judged: list[bool]
    least: list[float]
    truth: dict[str, Any]
    scores: list[float] = field(default_factory=list)


def pages_of(folder: Path) -> Iterator[Page]:
    """All labelled pages below the folder, set by set."""
    for items in sorted(folder.glob("*/items.jsonl")):
        for line in items.read_text("utf-8").splitlines():
            record = json.loads(line)
            page = _page(items.parent.name, record, folder.parent / record["html_path"])
            if page is not None:
                yield page


def _page(set_name: str, record: dict[str, Any], path: Path) -> Page | None:
    root = parse(decode(path.read_bytes(), {}))
    if root is None:
        return None
    tree = walk(root, rules.inline_rule)
    place, element_rules, _ = selection.find_place(root, tree, set())
    rows = Measures(tree, element_rules, selection.stated_title(root), place).rows()
    texts = [block.text for block in tree.blocks]
    truth = record["truth"]
    labels = _by_segments(texts, truth) if "with" in truth else _by_text(texts, _without_optional(truth))
    return Page(
        set_name,
        record.get("site") or record["id"],
        rows,
        labels,
        texts,
        [block.rule is None for block in tree.blocks],
        selection.likelihoods_asked(tree, place),
        truth,
    )


def _without_optional(truth: dict[str, Any]) -> str:
    text: str = truth["text"]
    for part in truth.get("optional") or ():
        text = text.replace(part, " ")
    return text


def _by_text(texts: list[str], truth: str) -> list[float | None]:
    words = _WORD.findall(truth)
    whole = f" {' '.join(words)} "
    runs = {tuple(words[i : i + RUN_WORDS]) for i in range(len(words) - RUN_WORDS + 1)}
    shares: list[float | None] = []
    short: list[int] = []
    for number, text in enumerate(texts):
        own = _WORD.findall(text)
        if len(own) >= SHORT_WORDS:
            of_text = [tuple(own[i : i + RUN_WORDS]) for i in range(len(own) - RUN_WORDS + 1)]
            shares.append(sum(run in runs for run in of_text) / len(of_text))
        else:
            shares.append(None)
            if own and f" {' '.join(own)} " in whole:
                short.append(number)
    # A short text occurs in a long truth by chance; it is the article's where the article is near.
    near = [max([s for s in shares[max(0, n - 4) : n + 5] if s is not None], default=0.0) for n in range(len(texts))]
    found = set(short)
    return [
        share if share is not None else float(number in found and (near[number] > LABEL_SHARE or len(whole) < 400))
        for number, share in enumerate(shares)
    ]


def _by_segments(texts: list[str], truth: dict[str, Any]) -> list[float | None]:
    wanted = [" ".join(segment.split()) for segment in truth["with"]]
    unwanted = [" ".join(segment.split()) for segment in truth["without"]]
    labels: list[float | None] = []
    for text in texts:
        plain = " ".join(text.split())
        if any(segment in plain for segment in wanted):
            labels.append(1.0)
        elif any(segment in plain for segment in unwanted):
            labels.append(0.0)
        else:
            labels.append(None)
    return labels


def _learn(pages: list[Page]) -> Any:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, labels, weights = [], [], []
    for page in pages:
        known = [
            (r, y, len(t.split()) ** 0.5)
            for r, y, t in zip(page.rows, page.labels, page.texts, strict=True)
            if y is not None
        ]
        # Every page counts alike, long blocks for more than short ones.
        total = sum(weight for _, _, weight in known) or 1.0
        of_set = SEGMENT_WEIGHT if "with" in page.truth else 1.0
        for row, label, weight in known:
            rows.append(row)
            labels.append(int(label > LABEL_SHARE))
            weights.append(100.0 * of_set * weight / total)
    model = HistGradientBoostingClassifier(**SETTINGS)
    return model.fit(np.array(rows, dtype=np.float32), np.array(labels), sample_weight=np.array(weights))


def _fold(page: Page) -> int:
    return int(hashlib.sha256(page.site.encode()).hexdigest(), 16) % FOLDS


def cross_validate(pages: list[Page]) -> None:
    """Print precision, recall and F1 by set, each page read by a model that has not seen its site."""
    import numpy as np

    for fold in range(FOLDS):
        model = _learn([page for page in pages if _fold(page) != fold])
        for page in (page for page in pages if _fold(page) == fold and page.rows):
            page.scores = list(model.predict_proba(np.array(page.rows, dtype=np.float32))[:, 1])
    for name in dict.fromkeys(page.set_name for page in pages):
        of_set = [page for page in pages if page.set_name == name]
        precision, recall = _by_runs(of_set) if "text" in of_set[0].truth else _by_found(of_set)
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{name:14} {len(of_set):4} pages   P {precision:.3f}   R {recall:.3f}   F1 {f1:.3f}")


def _kept(page: Page) -> str:
    judged = zip(page.texts, page.judged, page.scores, page.least, strict=True)
    return "\n".join(text for text, open_, score, least in judged if open_ and score >= least)


def _by_runs(pages: list[Page]) -> tuple[float, float]:
    precisions, recalls = [], []
    for page in pages:
        truth, kept = (_runs(text) for text in (_without_optional(page.truth), _kept(page)))
        hits = sum((truth & kept).values())
        if kept:
            precisions.append(hits / sum(kept.values()))
        if truth:
            recalls.append(hits / sum(truth.values()))
    return statistics.mean(precisions), statistics.mean(recalls)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return (
        Counter(tuple(words[i : i + RUN_WORDS]) for i in range(max(1, len(words) - RUN_WORDS + 1)))
        if words
        else Counter()
    )


def _by_found(pages: list[Page]) -> tuple[float, float]:
    hits = wrong = wanted = 0
    for page in pages:
        kept = " ".join(_kept(page).split())
        found = sum(" ".join(segment.split()) in kept for segment in page.truth["with"])
        hits += found
        wanted += len(page.truth["with"])
        wrong += sum(" ".join(segment.split()) in kept for segment in page.truth["without"])
    return hits / (hits + wrong), hits / wanted


def as_data(model: Any) -> dict[str, Any]:
    """The model as plain data: a tree is its value, or [measure, threshold, at most, above]."""
    trees = []
    for (predictor,) in model._predictors:  # noqa: SLF001 (the library has no public way to read its trees)
        nodes = predictor.nodes

        def tree(number: int, nodes: Any = nodes) -> Any:
            node = nodes[number]
            if node["is_leaf"]:
                return round(float(node["value"]), 5)
            threshold = round(float(node["num_threshold"]), 6)
            return [int(node["feature_idx"]), threshold, tree(node["left"]), tree(node["right"])]

        trees.append(tree(0))
    return {"measures": list(MEASURES), "base": float(model._baseline_prediction[0, 0]), "trees": trees}  # noqa: SLF001


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the unpacked sets of an extraction lab")
    parser.add_argument("--write", action="store_true", help="replace the project's model")
    options = parser.parse_args()
    pages = list(pages_of(options.folder))
    if not pages:
        print(f"{options.folder} holds no SET/items.jsonl; give the folder of the unpacked sets.", file=sys.stderr)
        return 2
    cross_validate(pages)
    if options.write:
        MODEL.write_text(json.dumps(as_data(_learn(pages)), separators=(",", ":")) + "\n", "utf-8")
        print(f"wrote {MODEL}, {MODEL.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
