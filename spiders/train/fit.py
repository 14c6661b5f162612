"""Fits forests of symmetric trees with CatBoost and takes them out of its format."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spiders.readers.body.forest import Forest
from spiders.readers.body.letters import Numbers
from spiders.readers.body.table import Table

TREES = 200
DEPTH = 6
_SETTINGS = {
    "loss_function": "Logloss",
    "learning_rate": 0.1,
    "l2_leaf_reg": 8,
    "border_count": 64,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.8,
    "rsm": 0.25,
    "random_seed": 7,
    "thread_count": 2,
    "boosting_type": "Plain",
    "allow_writing_files": False,
    "verbose": False,
}


def fit(traits: Sequence[Table], content: Sequence[Numbers], weight: Sequence[Numbers]) -> Forest:
    """A forest for the blocks of many pages."""
    from catboost import CatBoostClassifier, Pool

    names = sorted(traits[0])
    matrix = np.concatenate([np.stack([page[name] for name in names], axis=1) for page in traits])
    heavy = np.concatenate(weight)
    used = heavy > 0
    pool = Pool(matrix[used], np.concatenate(content)[used], weight=heavy[used] / heavy[used].mean())
    model = CatBoostClassifier(iterations=TREES, depth=DEPTH, **_SETTINGS)
    model.fit(pool)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return forest_of(json.loads(path.read_text(encoding="utf-8")), names)


def forest_of(model: Any, names: Sequence[str]) -> Forest:
    """The forest in CatBoost's JSON. Traits that no tree asks for are left out."""
    trees = [tree for tree in model["oblivious_trees"] if tree["splits"]]
    asked = sorted({split["float_feature_index"] for tree in trees for split in tree["splits"]})
    row = {feature: at for at, feature in enumerate(asked)}
    depth = max(len(tree["splits"]) for tree in trees)
    traits = np.zeros((len(trees), depth), np.intp)
    borders = np.full((len(trees), depth), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << depth), np.float32)
    for at, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            traits[at, level] = row[split["float_feature_index"]]
            borders[at, level] = split["border"]
        leaves[at, : len(tree["leaf_values"])] = tree["leaf_values"]
    scale, bias = model["scale_and_bias"]
    bias = bias[0] if isinstance(bias, list) else bias
    constant = sum(tree["leaf_values"][0] for tree in model["oblivious_trees"] if not tree["splits"])
    return Forest(
        names=tuple(names[feature] for feature in asked),
        traits=traits,
        borders=borders,
        leaves=(leaves * scale).astype(np.float16).astype(np.float32),
        bias=float(bias + constant * scale),
    )
