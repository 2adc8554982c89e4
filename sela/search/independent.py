"""Strategies that learn nothing: the ablations."""

from __future__ import annotations

import numpy as np

from sela.design.insight import Configuration
from sela.search.knowledge import Knowledge
from sela.search.space import ModelKey


def random(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """A configuration drawn evenly from the untried ones."""
    key = _draw(knowledge, rng, by_prior=False)
    return None if key is None else knowledge.with_next_eda(key)


def none(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """An independent run: each stage drawn by what the choices promise, results ignored."""
    key = _draw(knowledge, rng, by_prior=True)
    return None if key is None else knowledge.with_next_eda(key)


def _draw(knowledge: Knowledge, rng: np.random.Generator, *, by_prior: bool) -> ModelKey | None:
    """Walk down the stages; weights count what is untried beneath, so no draw is wasted."""
    untried = knowledge.untried
    if not untried.beneath(()):
        return None
    key: ModelKey = ()
    for choices in knowledge.space.model:
        left = np.array([untried.beneath((*key, choice)) for choice in choices], dtype=float)
        if by_prior:
            left = (left > 0) * np.array([knowledge.space.prior(c) + 1e-6 for c in choices])
        key = (*key, choices[int(rng.choice(len(choices), p=left / left.sum()))])
    return key
