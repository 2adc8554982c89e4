"""The tree: a node is one stage's choice on a path from the root; its statistics grow.

Nodes come into being with the first rollout through them, so the tree holds what was tried, and
an insight that is added later needs no change to it. Ids count up in the order of creation: the
same rollouts in the same order give the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sela.design.insight import STAGES, Configuration, Stage

Path = tuple[str | None, ...]
"""Choices from the root downwards, at most one for each stage."""


@dataclass
class Statistics:
    """What the rollouts through a node gave: the one mutable thing in the tree."""

    visits: int = 0
    """Rollouts told, failures included."""
    unobserved: int = 0
    """Rollouts asked and not yet told (WU-UCT, arXiv 1810.11755)."""
    failures: int = 0
    total: float = 0.0
    """Sum of the scores in the metric's own unit, failures apart."""
    best: float | None = None
    seconds: float = 0.0

    @property
    def mean(self) -> float | None:
        """Mean score of the rollouts that have one."""
        successes = self.visits - self.failures
        return self.total / successes if successes else None

    def count(self, score: float | None, seconds: float, *, greater_is_better: bool) -> None:
        """Credit one rollout; None is a failure."""
        self.visits += 1
        self.seconds += seconds
        if score is None:
            self.failures += 1
            return
        self.total += score
        better = max if greater_is_better else min
        self.best = score if self.best is None else better(self.best, score)


@dataclass(frozen=True)
class Node:
    """One choice on a path. The root has id 0 and an empty path."""

    id: int
    parent: int | None
    path: Path
    statistics: Statistics = field(default_factory=Statistics)

    @property
    def depth(self) -> int:
        return len(self.path)

    @property
    def stage(self) -> Stage | None:
        """The stage that was chosen for; None at the root."""
        return STAGES[self.depth - 1] if self.path else None

    @property
    def insight_id(self) -> str | None:
        """The insight that was chosen; None when the stage is left as it is."""
        return self.path[-1] if self.path else None


class Tree:
    """All nodes, found by id or by path."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [Node(0, None, ())]
        self._by_path: dict[Path, Node] = {(): self.nodes[0]}
        self._children: dict[int, list[Node]] = {0: []}

    @property
    def root(self) -> Node:
        return self.nodes[0]

    def at(self, path: Path) -> Node | None:
        """The node at the end of a path, if a rollout went there."""
        return self._by_path.get(path)

    def children(self, node: Node) -> tuple[Node, ...]:
        """In the order of creation."""
        return tuple(self._children[node.id])

    def branch(self, configuration: Configuration) -> Iterator[Node]:
        """The nodes of a rollout, root first; the missing ones are grown."""
        node = self.root
        yield node
        for depth in range(1, len(configuration.choices) + 1):
            path = configuration.choices[:depth]
            node = self._by_path.get(path) or self._grow(node, path)
            yield node

    def depth_first(self) -> Iterator[Node]:
        """Every node, parents before children."""
        stack = [self.root]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(self._children[node.id]))

    def _grow(self, parent: Node, path: Path) -> Node:
        node = Node(len(self.nodes), parent.id, path)
        self.nodes.append(node)
        self._by_path[path] = node
        self._children[node.id] = []
        self._children[parent.id].append(node)
        return node
