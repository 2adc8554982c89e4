"""Where each node of the tree stands, and which shade its score has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sela.live.answers import NodeAnswer, SearchAnswer

SHADES = 7
MIDDLE = SHADES // 2


@dataclass(frozen=True)
class Place:
    """A node in a grid: columns are depths, rows are leaves (an inner node stands between its
    first and last child)."""

    node: NodeAnswer
    column: int
    row: float
    parent: Place | None
    untried: int
    """Children that no rollout has visited; they are not placed."""
    is_leaf: bool


@dataclass(frozen=True)
class Layout:
    """All tried nodes, depth first."""

    places: tuple[Place, ...]
    rows: int
    columns: int


@dataclass(frozen=True)
class Scale:
    """Shades 0 (worst) to 6 (best) around the baseline, which has shade 3."""

    baseline: float
    better: float
    """Distance from the baseline to the best score, 0 when nothing is better."""
    worse: float
    """Distance at which a score has the worst shade."""
    sign: int

    def shade(self, score: float | None) -> int | None:
        """The shade of a score; None without one."""
        if score is None:
            return None
        distance = self.sign * (score - self.baseline)
        reach = self.better if distance > 0 else self.worse
        if reach <= 0 or distance == 0:
            return MIDDLE
        steps = max(1, min(MIDDLE, round(MIDDLE * abs(distance) / reach)))
        return MIDDLE + steps if distance > 0 else MIDDLE - steps


class Family:
    """The nodes by parent, those that no rollout visited apart."""

    def __init__(self, nodes: Sequence[NodeAnswer]) -> None:
        self.roots = [n for n in nodes if n.parent is None]
        self._tried: dict[int, list[NodeAnswer]] = {}
        self._untried: dict[int, int] = {}
        for node in nodes:
            if node.parent is None:
                continue
            if is_tried(node):
                self._tried.setdefault(node.parent, []).append(node)
            else:
                self._untried[node.parent] = self._untried.get(node.parent, 0) + 1

    def children(self, node: NodeAnswer) -> list[NodeAnswer]:
        """Those that were tried, in order."""
        return self._tried.get(node.id, [])

    def is_tried_leaf(self, node: NodeAnswer) -> bool:
        """Whether a rollout ended there."""
        return is_tried(node) and not self.children(node)

    def untried(self, node: NodeAnswer) -> int:
        """How many were not."""
        return self._untried.get(node.id, 0)


def is_tried(node: NodeAnswer) -> bool:
    """Whether a rollout went through it, successful or not."""
    return node.visits > 0 or node.failures > 0 or node.best_score is not None


def is_failed(node: NodeAnswer) -> bool:
    """Whether every rollout through it failed."""
    return node.best_score is None and node.failures > 0


def lay_out(nodes: Sequence[NodeAnswer]) -> Layout:
    """Place the tried nodes so that no two share a spot and edges never cross."""
    family = Family(nodes)
    places: list[Place] = []
    next_row = 0.0

    def rows(node: NodeAnswer, found: dict[int, float]) -> float:
        nonlocal next_row
        children = [rows(child, found) for child in family.children(node)]
        if children:
            found[node.id] = (children[0] + children[-1]) / 2
        else:
            found[node.id] = next_row
            next_row += 1
        return found[node.id]

    def place(node: NodeAnswer, parent: Place | None, found: dict[int, float]) -> None:
        children = family.children(node)
        column = 0 if parent is None else parent.column + 1
        here = Place(node, column, found[node.id], parent, family.untried(node), not children)
        places.append(here)
        for child in children:
            place(child, here, found)

    for root in family.roots:
        found: dict[int, float] = {}
        rows(root, found)
        place(root, None, found)
    columns = 1 + max((p.column for p in places), default=0)
    return Layout(tuple(places), int(next_row), columns)


def scale_of(nodes: Sequence[NodeAnswer], search: SearchAnswer) -> Scale | None:
    """The colour scale of a tree; None as long as nothing was scored."""
    scores = [n.best_score for n in nodes if n.best_score is not None]
    if not scores:
        return None
    sign = 1 if search.task is None or search.task.greater_is_better else -1
    baseline = search.baseline_score if search.baseline_score is not None else scores[0]
    distances = [sign * (s - baseline) for s in scores]
    better, worse = max(0.0, *distances), max(0.0, *(-d for d in distances))
    return Scale(baseline, better, min(worse, 3 * better) if better > 0 else worse, sign)
