"""Greedy: hill climbing from the best configuration so far."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from sela.design.insight import MODEL_STAGES, Configuration
from sela.search.knowledge import Knowledge
from sela.search.space import ModelKey


def greedy(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """The most promising untried change of one stage of the best; of more when none is left."""
    if not knowledge.untried.beneath(()):
        return None
    best, tried = _best(knowledge), knowledge.tried
    for changes in range(1, len(MODEL_STAGES) + 1):
        new = [key for key in _neighbours(knowledge, best, changes) if key not in tried]
        if new:
            return knowledge.with_next_eda(_most_promising(knowledge, new, rng))
    return None


def _best(knowledge: Knowledge) -> ModelKey:
    scored = [trial for trial in knowledge.trials if trial.score is not None]
    sign = 1.0 if knowledge.greater_is_better else -1.0
    best = max(scored, key=lambda t: sign * (t.score or 0.0), default=None)
    return best.configuration.model_key if best else (None,) * len(MODEL_STAGES)


def _neighbours(knowledge: Knowledge, key: ModelKey, changes: int) -> list[ModelKey]:
    """The configurations that differ from `key` in just so many stages."""
    found: list[ModelKey] = []
    for places in combinations(range(len(MODEL_STAGES)), changes):
        others = [
            [c for c in choices if c != key[place]] if place in places else [key[place]]
            for place, choices in enumerate(knowledge.space.model)
        ]
        found.extend(product(*others))
    untried = knowledge.untried
    return [neighbour for neighbour in found if untried.beneath(neighbour)]


def _most_promising(
    knowledge: Knowledge, keys: list[ModelKey], rng: np.random.Generator
) -> ModelKey:
    promise = np.array([sum(knowledge.space.prior(c) for c in key) for key in keys])
    top = np.flatnonzero(promise >= promise.max() - 1e-9)
    return keys[int(rng.choice(top))]
