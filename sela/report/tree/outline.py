"""The tree as a nested list, for narrow screens."""

from __future__ import annotations

from collections.abc import Sequence

from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report import numbers
from sela.report.markup import Markup, tag
from sela.report.tree.folding import Branch, fold
from sela.report.tree.layout import Scale, is_failed, scale_of


def tree_outline(nodes: Sequence[NodeAnswer], search: SearchAnswer) -> Markup | None:
    """Lists in lists; each item has its score, in the shade that the drawing gives it."""
    root = fold(nodes)
    if root is None:
        return None
    return tag("ul", _item(root, scale_of(nodes, search), search), class_="outline")


def _item(branch: Branch, scale: Scale | None, search: SearchAnswer) -> Markup:
    node = branch.node
    failed = is_failed(node)
    shade = None if scale is None else scale.shade(node.best_score)
    metric = search.task.metric if search.task else ""
    below = [_item(child, scale, search) for child in branch.children]
    return tag(
        "li",
        tag("span", "×" if failed else "", class_=f"spot {'failed' if failed else f's{shade}'}"),
        tag("b", "failed" if failed else numbers.score(node.best_score, metric)),
        f" {branch.label}",
        " ★" if node.is_on_best_path and not branch.children else None,
        tag("ul", below) if below else None,
        class_="best" if node.is_on_best_path else None,
    )
