"""Evaluates forests of symmetric decision trees with numpy alone.

A symmetric tree asks one question at each level, the same of all its nodes; the answers, read as the bits of
a number, name the leaf. So a whole forest is one comparison and a few shifts over arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spiders.readers.body.letters import Numbers

_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of one depth: ``traits`` and ``borders`` are trees x depth, ``leaves`` trees x 2**depth."""

    names: tuple[str, ...]
    """The traits it asks for; the rows of the matrix it judges."""
    traits: npt.NDArray[np.intp]
    borders: Numbers
    leaves: Numbers
    bias: float

    def judge(self, matrix: Numbers) -> Numbers:
        """The probability of each column; ``matrix`` has a row for each name."""
        size = matrix.shape[1]
        parts = [self._judge(matrix[:, at : at + _AT_ONCE]) for at in range(0, size, _AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _judge(self, matrix: Numbers) -> Numbers:
        trees, depth = self.traits.shape
        answers = matrix.take(self.traits.T.ravel(), axis=0, mode="clip") > self.borders.T.reshape(-1, 1)
        bits = answers.view(np.uint8).reshape(depth, trees, -1)
        leaf = bits[depth - 1].copy()
        for level in reversed(range(depth - 1)):
            leaf += leaf  # many times as fast as a shift
            leaf |= bits[level]
        places = np.add(leaf, (np.arange(trees) << depth)[:, None], dtype=np.intp)
        scores = self.leaves.ravel().take(places, mode="clip").sum(axis=0) + self.bias
        probabilities: Numbers = (1 / (1 + np.exp(-scores))).astype(np.float32)
        return probabilities


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Two forests: the first judges blocks by their traits, the second by what the first said around them."""

    first: Forest
    second: Forest
    threshold: float
    fingerprint: str
    """Of the code that made the traits the forests were trained on."""
    notes: Mapping[str, Any]
    """What the training measured."""


def pack(forest: Forest, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """A forest as arrays for a file."""
    return {
        f"{prefix}_names": np.array("\n".join(forest.names)),
        f"{prefix}_traits": forest.traits.astype(np.uint8),
        f"{prefix}_borders": forest.borders.astype(np.float32),
        f"{prefix}_leaves": forest.leaves.astype(np.float16),
        f"{prefix}_bias": np.array(forest.bias, np.float64),
    }


def unpack(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> Forest:
    """A forest from the arrays of a file."""
    return Forest(
        names=tuple(str(arrays[f"{prefix}_names"]).split("\n")),
        traits=arrays[f"{prefix}_traits"].astype(np.intp),
        borders=arrays[f"{prefix}_borders"],
        leaves=arrays[f"{prefix}_leaves"].astype(np.float32),
        bias=float(arrays[f"{prefix}_bias"]),
    )
