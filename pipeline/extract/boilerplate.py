"""How much a block reads like the article: a small model of many measures. May import: features, wordlists.

The model is a sum of shallow decision trees (gradient boosting), learned from the development half of public
extraction benchmarks by `benchmarks/train_boilerplate.py`, which says how and is to be rerun when a measure
changes; it is data, `data/boilerplate_model.json`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from math import exp
from typing import Any

from pipeline.extract.features import MEASURES

# A leaf is its value; any other node (measure, threshold, at most, above).
_Tree = Any


@cache
def _model() -> tuple[float, tuple[_Tree, ...]]:
    plain = json.loads(files("pipeline.extract").joinpath("data", "boilerplate_model.json").read_text("utf-8"))
    if plain["measures"] != list(MEASURES):
        msg = "boilerplate_model.json was learned from other measures: run benchmarks/train_boilerplate.py"
        raise RuntimeError(msg)
    return plain["base"], tuple(_frozen(tree) for tree in plain["trees"])


def _frozen(tree: Any) -> _Tree:
    if isinstance(tree, list):
        measure, threshold, low, high = tree
        return measure, threshold, _frozen(low), _frozen(high)
    return float(tree)


def likelihood(row: list[float]) -> float:
    """The share of blocks with such measures that are part of an article, 0 to 1."""
    total, trees = _model()
    for tree in trees:
        here = tree
        while here.__class__ is tuple:
            here = here[2] if row[here[0]] <= here[1] else here[3]
        total += here
    return 1.0 / (1.0 + exp(-total))
