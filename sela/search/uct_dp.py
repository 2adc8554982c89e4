"""UCT-DP: the selection rule of the paper, for comparison (SELA, arXiv 2410.17238, eq. 4-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from sela.design.insight import STAGES, Configuration
from sela.search.knowledge import Knowledge
from sela.search.space import Space, Untried
from sela.search.tree import Node, Path, Statistics

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
    a child that was visited before is expanded: one of its own children, at random, is tried.
    """
    untried = knowledge.untried
    candidates = [c for c in _candidates(knowledge) if untried.beneath(c.path[1:])]
    if not candidates:
        return None
    scores = np.array([_score(knowledge, candidate) for candidate in candidates])
    top = np.flatnonzero(scores >= scores.max() - 1e-12)
    chosen = candidates[int(rng.choice(top))]
    path = chosen.path
    while chosen.is_seen or not untried.beneath(_complete(knowledge.space, path)[1:]):
        path = _random_child(knowledge.space, path, untried, rng)
        chosen = _Candidate(path, Statistics(), chosen.statistics)
    return Configuration(_complete(knowledge.space, path))


@dataclass(frozen=True)
class _Candidate:
    """A child of an expanded node, which may not have come into being yet."""

    path: Path
    statistics: Statistics
    parent: Statistics

    @property
    def is_seen(self) -> bool:
        return self.statistics.visits + self.statistics.unobserved > 0


def paper_reward(statistics: Statistics, *, greater_is_better: bool) -> float:
    """Sum of the paper's normalised scores: s, or 1 / (1 + s) for an error.

    A failure gives 0. For errors the sum is that of the mean, which keeps the statistics small.
    """
    mean = statistics.mean
    if mean is None:
        return 0.0
    normalised = mean if greater_is_better else 1.0 / (1.0 + max(mean, 0.0))
    return normalised * (statistics.visits - statistics.failures)


def _score(knowledge: Knowledge, candidate: _Candidate) -> float:
    child, parent = candidate.statistics, candidate.parent
    observed = max(child.visits, 1)
    mean = paper_reward(child, greater_is_better=knowledge.greater_is_better) / observed
    seen = child.visits + child.unobserved
    return uct_dp_score(
        mean * seen,
        seen,
        parent.visits + parent.unobserved,
        explore=EXPLORE,
        unvisited=UNVISITED,
    )


def _candidates(knowledge: Knowledge) -> Iterator[_Candidate]:
    """The children of the root and of every node that was expanded."""
    tree = knowledge.tree
    for node in tree.depth_first():
        if node.depth == len(STAGES) or not (node is tree.root or _is_expanded(knowledge, node)):
            continue
        for choice in knowledge.space.choices[node.depth]:
            path = (*node.path, choice)
            child = tree.at(path)
            yield _Candidate(path, child.statistics if child else Statistics(), node.statistics)


def _is_expanded(knowledge: Knowledge, node: Node) -> bool:
    """A rollout of the node itself leaves the later stages as they are; any other child means
    that it was expanded."""
    return any(child.insight_id is not None for child in knowledge.tree.children(node))


def _complete(space: Space, path: Path) -> Path:
    rest = space.choices[len(path) :]
    return (*path, *(None if None in choices else choices[0] for choices in rest))


def _random_child(space: Space, path: Path, untried: Untried, rng: np.random.Generator) -> Path:
    paths = [(*path, choice) for choice in space.choices[len(path)]]
    paths = [child for child in paths if untried.beneath(child[1:])]
    return paths[int(rng.integers(len(paths)))]
