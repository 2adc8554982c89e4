"""Branches: what the rollouts beneath each prefix of choices gave, in rewards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sela.search.tree import Path


@dataclass
class Branch:
    """The statistics of a prefix."""

    visits: int = 0
    unobserved: int = 0
    """Rollouts under way (WU-UCT, arXiv 1810.11755)."""
    total: float = 0.0
    """Sum of the rewards."""

    @property
    def seen(self) -> int:
        """Visits and those to be."""
        return self.visits + self.unobserved

    @property
    def mean(self) -> float:
        """Mean reward; 0 before the first."""
        return self.total / self.visits if self.visits else 0.0


def grow(told: Iterable[tuple[Path, float]], running: Iterable[Path]) -> Mapping[Path, Branch]:
    """Credit every prefix of each path, the empty one included, with the path's reward."""
    branches: defaultdict[Path, Branch] = defaultdict(Branch)
    for path, reward in told:
        for prefix in _prefixes(path):
            branches[prefix].visits += 1
            branches[prefix].total += reward
    for path in running:
        for prefix in _prefixes(path):
            branches[prefix].unobserved += 1
    return dict(branches)


def _prefixes(path: Path) -> list[Path]:
    return [path[:depth] for depth in range(len(path) + 1)]
