"""MCTS: UCT on normalised rewards, mean backup, every rollout a full path."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, log, sqrt

import numpy as np

from sela.design.insight import Configuration
from sela.search.branches import Branch, grow
from sela.search.knowledge import Knowledge
from sela.search.rewards import normalise
from sela.search.space import ModelKey, Space
from sela.search.tree import Path

EXPLORE = 0.5
"""In standard deviations; anything from 0.25 to 1.4 was equal within error."""
WIDTH = 1.5
"""A node with n visits has at most WIDTH * sqrt(n + 1) children: the promising ones first."""


def mcts(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """Descend by UCT to the first untried choice, then complete the path at random.

    EDA, which changes no reward, does not divide the statistics.
    """
    untried = knowledge.untried
    if not untried.beneath(()):
        return None
    branches = _branches(knowledge)
    key: ModelKey = ()
    for choices in knowledge.space.model:
        choices = tuple(c for c in choices if untried.beneath((*key, c)))
        if key in branches:
            key = (*key, _select(branches, key, choices))
        else:
            key = (*key, _complete(knowledge.space, choices, rng))
    return knowledge.with_next_eda(key)


def uct(child: Branch, parent: Branch) -> float:
    """Mean reward and an exploration bonus; rollouts under way count as visits in the bonus.

    UCB1 with the counts of WU-UCT (arXiv 1810.11755, eq. 4).
    """
    if not child.seen:
        return inf
    return child.mean + EXPLORE * sqrt(log(max(parent.seen, 1)) / child.seen)


def _branches(knowledge: Knowledge) -> Mapping[Path, Branch]:
    rewards = normalise(
        [trial.score for trial in knowledge.trials], greater_is_better=knowledge.greater_is_better
    )
    keys = (trial.configuration.model_key for trial in knowledge.trials)
    running = (configuration.model_key for configuration in knowledge.running)
    return grow(zip(keys, map(float, rewards), strict=True), running)


def _select(branches: Mapping[Path, Branch], key: ModelKey, choices: Path) -> str | None:
    """The child of the highest UCT among the first few; the first of equals."""
    parent = branches[key]
    width = ceil(WIDTH * sqrt(parent.seen + 1))
    return max(choices[:width], key=lambda c: uct(branches.get((*key, c), Branch()), parent))


def _complete(space: Space, choices: Path, rng: np.random.Generator) -> str | None:
    """Below the tree: as it is, or an insight by what it promises, at even odds."""
    insights = [choice for choice in choices if choice is not None]
    if not insights or (None in choices and rng.random() < 0.5):
        return None
    weights = np.array([space.prior(choice) + 1e-6 for choice in insights])
    return insights[int(rng.choice(len(insights), p=weights / weights.sum()))]
