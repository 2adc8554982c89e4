"""The best part of a tree that is too large for where it is to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report.tree.layout import Family


@dataclass(frozen=True)
class Pruned:
    """The nodes of the best leaves' paths, in their old order, and how many leaves are missing."""

    nodes: tuple[NodeAnswer, ...]
    left_out: int


def prune(nodes: Sequence[NodeAnswer], search: SearchAnswer, most_leaves: int) -> Pruned:
    """At most so many leaves: the best path's, then by score, the failed ones last."""
    family = Family(nodes)
    leaves = [n for n in nodes if family.is_tried_leaf(n)]
    if len(leaves) <= most_leaves:
        return Pruned(tuple(nodes), 0)
    sign = score_sign(search)
    kept = sorted(leaves, key=lambda n: leaf_rank(n, sign))[:most_leaves]
    by_id = {n.id: n for n in nodes}
    wanted: set[int] = set()
    for leaf in kept:
        node: NodeAnswer | None = leaf
        while node is not None and node.id not in wanted:
            wanted.add(node.id)
            node = None if node.parent is None else by_id.get(node.parent)
    return Pruned(tuple(n for n in nodes if n.id in wanted), len(leaves) - len(kept))


def score_sign(search: SearchAnswer) -> int:
    """1 when greater scores are better, else -1."""
    return 1 if search.task is None or search.task.greater_is_better else -1


def leaf_rank(node: NodeAnswer, sign: int) -> tuple[bool, bool, float]:
    """Sorts the leaves that matter most to the front."""
    score = node.best_score
    return not node.is_on_best_path, score is None, -sign * (score or 0.0)
