"""Machines to learn from, and models small enough to be learned in a test."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from diagnosis.detectors.interface import Detector
from diagnosis.detectors.registry import make_detector
from diagnosis.learned import Learned
from diagnosis.wear.interface import LifeModel
from diagnosis.wear.registry import make_life_model

Model = TypeVar("Model", bound=Learned)
FOREST, TREES = 40, 12  # of 100: what is kept of a tree, and how, does not depend on their number


def machine(rows: int, seed: int = 0) -> np.ndarray:
    """Rows of a healthy machine: load, three signals (the last follows the load), one that wanders, one constant."""
    draw = np.random.default_rng(seed)
    load = 50 + 10 * np.sin(np.arange(rows) / 9) + draw.normal(size=rows)
    oil, noise = 300 + draw.normal(size=rows) * 4, draw.normal(size=rows)
    pump = 2 * load + draw.normal(size=rows) * 0.5
    warm = 80 + np.cumsum(draw.normal(size=rows)) * 0.05
    return np.column_stack([load, oil, noise, pump, warm, np.full(rows, 24.0)])


def fleet(machines: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Machines run to their end: a signal that rises with wear, one that says nothing, one that is constant."""
    draw = np.random.default_rng(seed)
    rows, lives, units = [], [], []
    for unit in range(machines):
        length = int(draw.integers(60, 120))
        left = np.arange(length)[::-1].astype(float)
        wear = np.exp(-left / 25) + draw.normal(size=length) * 0.1
        rows.append(np.column_stack([wear, draw.normal(size=length), np.full(length, 5.0)]))
        lives.append(np.minimum(left, 60))
        units.append(np.full(length, unit))
    return np.vstack(rows), np.concatenate(lives), np.concatenate(units)


def small_detector(name: str) -> Detector:
    """A registered detector that has learned nothing, with few trees where it grows some."""
    return _small(make_detector(name), FOREST)


def small_life_model(name: str) -> LifeModel:
    """The same of a model of remaining life."""
    return _small(make_life_model(name), TREES)


def _small(model: Model, trees: int) -> Model:
    if "trees" in model.get_params():
        model.set_params(trees=trees)
    return model
