"""The tree with its runs of "as is" folded, for text and lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sela.live.answers import NodeAnswer
from sela.report.names import STAGE_NAMES
from sela.report.tree.layout import Family, is_tried


@dataclass(frozen=True)
class Branch:
    """A node as one line, with what is below it."""

    node: NodeAnswer
    children: tuple[Branch, ...]
    untried: int
    """Children that no rollout has visited; they are not among `children`."""
    is_rest: bool
    """It and all below is left as it is."""
    is_plain: bool
    """It and all above is left as it is: a rest that is plain is the baseline."""

    @property
    def label(self) -> str:
        """What the line says."""
        node = self.node
        if node.stage is None:
            return "start"
        if self.is_rest:
            return "all as is: the baseline" if self.is_plain else "the rest as is"
        return f"{STAGE_NAMES[node.stage]}: {'as is' if node.insight_id is None else node.text}"


def fold(nodes: Sequence[NodeAnswer]) -> Branch | None:
    """The root's branch; None when no rollout has ended."""
    family = Family(nodes)
    if not family.roots or not any(is_tried(n) for n in nodes):
        return None
    return _branch(family.roots[0], family, is_plain=True)


def walk(branch: Branch) -> Iterator[Branch]:
    """A branch and all below, depth first."""
    yield branch
    for child in branch.children:
        yield from walk(child)


def _branch(node: NodeAnswer, family: Family, *, is_plain: bool) -> Branch:
    is_plain = is_plain and node.insight_id is None
    children = tuple(
        _branch(_end_of_run(child, family), family, is_plain=is_plain)
        for child in family.children(node)
    )
    if len(children) == 1 and children[0].node.insight_id is None and not family.untried(node):
        children = children[0].children
    is_rest = node.insight_id is None and node.depth > 0 and not children
    return Branch(node, children, family.untried(node), is_rest, is_plain)


def _end_of_run(node: NodeAnswer, family: Family) -> NodeAnswer:
    """The last of a run of "as is" nodes with one child each; its scores are the run's."""
    children = family.children(node)
    while node.insight_id is None and len(children) == 1 and not family.untried(node):
        if children[0].insight_id is not None:
            break
        node = children[0]
        children = family.children(node)
    return node
