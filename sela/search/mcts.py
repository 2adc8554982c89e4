"""MCTS: UCT on normalised rewards, mean backup, every rollout a full path."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import ceil, inf, log, sqrt

import numpy as np

from sela.design.insight import Configuration
from sela.search.knowledge import Knowledge
from sela.search.rewards import normalise
from sela.search.space import ModelKey, Space
from sela.search.tree import Path

EXPLORE = 0.5
"""In standard deviations; anything from 0.25 to 1.4 was equal within error."""
WIDTH = 1.5
"""A node with n visits has at most WIDTH * sqrt(n + 1) children: the promising ones first."""


@dataclass
class _Branch:
    """What is known of a model prefix, whatever EDA it was tried with."""

    visits: int = 0
    unobserved: int = 0
    total: float = 0.0


def mcts(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """Descend by UCT to the first untried choice, then complete the path at random."""
    untried = knowledge.untried
    if not untried.beneath(()):
        return None
    branches = _branches(knowledge)
    key: ModelKey = ()
    for choices in knowledge.space.model:
        open_choices = tuple(c for c in choices if untried.beneath((*key, c)))
        parent = branches.get(key)
        if parent is None:
            key = (*key, _complete(knowledge.space, open_choices, rng))
        else:
            key = (*key, _select(parent, key, open_choices, branches))
    return knowledge.with_next_eda(key)


def uct(total: float, visits: int, unobserved: int, parent_visits: int) -> float:
    """Mean reward and an exploration bonus that also counts rollouts under way.

    UCB1 with the counts of WU-UCT (arXiv 1810.11755, eq. 4): `parent_visits` includes those
    under way at the parent.
    """
    seen = visits + unobserved
    if not seen:
        return inf
    mean = total / visits if visits else 0.0
    return mean + EXPLORE * sqrt(log(max(parent_visits, 1)) / seen)


def _branches(knowledge: Knowledge) -> dict[ModelKey, _Branch]:
    branches: defaultdict[ModelKey, _Branch] = defaultdict(_Branch)
    rewards = normalise(
        [trial.score for trial in knowledge.trials], greater_is_better=knowledge.greater_is_better
    )
    for trial, reward in zip(knowledge.trials, rewards, strict=True):
        for prefix in _prefixes(trial.configuration.model_key):
            branches[prefix].visits += 1
            branches[prefix].total += float(reward)
    for configuration in knowledge.running:
        for prefix in _prefixes(configuration.model_key):
            branches[prefix].unobserved += 1
    return dict(branches)


def _prefixes(key: ModelKey) -> list[ModelKey]:
    return [key[:depth] for depth in range(len(key) + 1)]


def _select(
    parent: _Branch, key: ModelKey, choices: Path, branches: dict[ModelKey, _Branch]
) -> str | None:
    """The child of the highest UCT among the first few; the first of equals."""
    seen = parent.visits + parent.unobserved
    width = ceil(WIDTH * sqrt(seen + 1))

    def score(choice: str | None) -> float:
        child = branches.get((*key, choice), _Branch())
        return uct(child.total, child.visits, child.unobserved, seen)

    return max(choices[:width], key=score)


def _complete(space: Space, choices: Path, rng: np.random.Generator) -> str | None:
    """Below the tree: as it is, or an insight by what it promises, at even odds."""
    insights = [choice for choice in choices if choice is not None]
    if not insights or (None in choices and rng.random() < 0.5):
        return choices[0] if None in choices else insights[0]
    weights = np.array([space.prior(choice) + 1e-6 for choice in insights])
    return insights[int(rng.choice(len(insights), p=weights / weights.sum()))]
