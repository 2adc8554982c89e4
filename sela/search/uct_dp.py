"""UCT-DP: the selection rule of the paper, for comparison (SELA, arXiv 2410.17238, eq. 4-5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log, sqrt

import numpy as np

from sela.design.insight import STAGES, Configuration
from sela.search.branches import Branch, grow
from sela.search.knowledge import Knowledge
from sela.search.space import Space, Untried
from sela.search.tree import Path

EXPLORE = 1.4
UNVISITED = 0.8
"""The constants of the reference implementation."""


def uct_dp_score(
    value: float, visits: int, parent_visits: int, *, explore: float, unvisited: float
) -> float:
    """Score a child for selection (SELA, arXiv 2410.17238, eq. 4-5).

    `value` is the sum of its rewards. An unvisited child counts as `unvisited` visits instead of
    zero, so depth is reached in few rollouts.
    """
    count = visits if visits else unvisited
    return value / count + explore * sqrt(log(max(parent_visits, 1)) / count)


def uct_dp(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """The best child anywhere in the tree, its later stages as they are.

    As in the reference implementation the maximum is taken over all known children at once, and
    a child that was visited before is expanded: one of its own children, at random, is tried. So
    is one whose pipeline was tried by another path: nothing is evaluated twice.
    """
    untried, branches = knowledge.untried, _branches(knowledge)
    known = [path for path in _known(knowledge.space, branches) if untried.beneath(path[1:])]
    if not known:
        return None
    scores = np.array([_score(path, branches) for path in known])
    path = known[int(rng.choice(np.flatnonzero(scores >= scores.max() - 1e-12)))]
    while path in branches or not untried.beneath(_completed(knowledge.space, path)[1:]):
        path = _random_child(knowledge.space, path, untried, rng)
    return Configuration(_completed(knowledge.space, path))


def paper_reward(score: float | None, *, greater_is_better: bool) -> float:
    """The paper's normalised score: s, or 1 / (1 + s) for an error; 0 for a failure."""
    if score is None:
        return 0.0
    return score if greater_is_better else 1.0 / (1.0 + max(score, 0.0))


def _branches(knowledge: Knowledge) -> Mapping[Path, Branch]:
    told = (
        (
            trial.configuration.choices,
            paper_reward(trial.score, greater_is_better=knowledge.greater_is_better),
        )
        for trial in knowledge.trials
    )
    return grow(told, (configuration.choices for configuration in knowledge.running))


def _known(space: Space, branches: Mapping[Path, Branch]) -> Iterator[Path]:
    """The children of the root and of every node that was expanded.

    A rollout of a node leaves its later stages as they are; any other child tells of expansion.
    """
    expanded = {path[:-1]: None for path in branches if path and path[-1] is not None}
    for parent in ((), *(path for path in expanded if path)):
        yield from ((*parent, choice) for choice in space.choices[len(parent)])


def _score(path: Path, branches: Mapping[Path, Branch]) -> float:
    child, parent = branches.get(path, Branch()), branches.get(path[:-1], Branch())
    value = child.mean * child.seen
    return uct_dp_score(value, child.seen, parent.seen, explore=EXPLORE, unvisited=UNVISITED)


def _completed(space: Space, path: Path) -> Path:
    rest = space.choices[len(path) : len(STAGES)]
    return (*path, *(None if None in choices else choices[0] for choices in rest))


def _random_child(space: Space, path: Path, untried: Untried, rng: np.random.Generator) -> Path:
    paths = [(*path, choice) for choice in space.choices[len(path)]]
    paths = [child for child in paths if untried.beneath(child[1:])]
    return paths[int(rng.integers(len(paths)))]
