"""The tree as text, for terminals and for answers that a model reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report import numbers
from sela.report.names import STAGE_NAMES, dataset_name, shorten
from sela.report.tree.layout import Family, is_failed, is_tried


@dataclass(frozen=True)
class Branch:
    """A node as one line: runs of "as is" without a choice are drawn as one."""

    node: NodeAnswer
    children: tuple[Branch, ...]
    untried: int
    is_rest: bool
    """It and all below is left as it is."""
    is_plain: bool
    """It and all above is left as it is: a rest that is plain is the baseline."""


def tree_text(
    nodes: Sequence[NodeAnswer], search: SearchAnswer, width: int = 100, max_chars: int = 6000
) -> str:
    """The tree with scores, `★` on the best path; lines of `width`, all within `max_chars`.

    When it is too long the weakest leaves are left out, and the last line says how many.
    """
    head = _head(search, width)
    family = Family(nodes)
    if not family.roots or not any(is_tried(n) for n in nodes):
        return f"{head}\n(no rollout has ended yet)"
    root = _branch(family.roots[0], family)
    ranked = _ranked_leaves(root, search)
    low, high = 1, len(ranked)
    text = _drawn(root, search, width, ranked)
    if len(head) + 1 + len(text) <= max_chars:
        return f"{head}\n{text}"
    while low < high:
        middle = (low + high + 1) // 2
        if len(head) + 1 + len(_drawn(root, search, width, ranked[:middle])) <= max_chars:
            low = middle
        else:
            high = middle - 1
    return f"{head}\n{_drawn(root, search, width, ranked[:low])}"


def _head(search: SearchAnswer, width: int) -> str:
    failed = f" ({search.failed_rollouts} failed)" if search.failed_rollouts else ""
    state = f"{search.rollouts_done} of {search.rollouts_budget} rollouts{failed}, {search.state}"
    name = dataset_name(search.dataset)
    task = search.task
    if task is None:
        return f"{shorten(f'Search {search.search_id}: {name}', width)}\n{state}"
    what = f"Search {search.search_id}: {name}, {task.target} by {numbers.metric_name(task.metric)}"
    baseline, best = search.baseline_score, search.best_score
    line = f"{state}; baseline {numbers.score(baseline, task.metric)}"
    if best is not None and baseline is not None:
        difference = (best - baseline) * (1 if task.greater_is_better else -1)
        line += f", best {numbers.score(best, task.metric)} in rollout {search.best_rollout}"
        line += f" ({numbers.gain(difference, task.metric, like=best)})"
    return f"{shorten(what, width - 20)} ({numbers.direction(task)})\n{line}"


def _branch(node: NodeAnswer, family: Family, *, is_plain: bool = True) -> Branch:
    is_plain = is_plain and node.insight_id is None
    children = tuple(
        _branch(_end_of_run(c, family), family, is_plain=is_plain) for c in family.children(node)
    )
    if len(children) == 1 and children[0].node.insight_id is None and not family.untried(node):
        children = children[0].children
    is_rest = node.insight_id is None and node.depth > 0 and not children
    return Branch(node, children, family.untried(node), is_rest, is_plain)


def _end_of_run(node: NodeAnswer, family: Family) -> NodeAnswer:
    """The last of a run of "as is" nodes with one child each; its scores are the run's."""
    children = family.children(node)
    while node.insight_id is None and len(children) == 1 and not family.untried(node):
        node = children[0]
        children = family.children(node)
    return node


def _ranked_leaves(root: Branch, search: SearchAnswer) -> list[int]:
    """Ids of the leaves, the best path's first, then by score, the failed last."""
    sign = 1 if search.task is None or search.task.greater_is_better else -1

    def rank(branch: Branch) -> tuple[bool, bool, float]:
        score = branch.node.best_score
        return not branch.node.is_on_best_path, score is None, -sign * (score or 0.0)

    leaves = [b for b in _walk(root) if not b.children]
    return [b.node.id for b in sorted(leaves, key=rank)]


def _walk(branch: Branch) -> Iterator[Branch]:
    yield branch
    for child in branch.children:
        yield from _walk(child)


def _drawn(root: Branch, search: SearchAnswer, width: int, leaves: Sequence[int]) -> str:
    kept = set(leaves)
    lines = list(_lines(root, search, width, kept, "", ""))
    left_out = sum(1 for b in _walk(root) if not b.children and b.node.id not in kept)
    if left_out:
        what = numbers.count(left_out, "weaker branch", "weaker branches")
        lines.append(f"… {what} left out; a node's id shows what is below it.")
    return "\n".join(lines)


def _lines(
    branch: Branch, search: SearchAnswer, width: int, kept: set[int], first: str, rest: str
) -> Iterator[str]:
    yield _line(branch, search, width, first)
    children = [c for c in branch.children if any(b.node.id in kept for b in _walk(c))]
    for child in children:
        is_last = child is children[-1]
        lead = rest + ("└─ " if is_last else "├─ ")
        yield from _lines(child, search, width, kept, lead, rest + ("   " if is_last else "│  "))


def _line(branch: Branch, search: SearchAnswer, width: int, lead: str) -> str:
    node = branch.node
    metric = search.task.metric if search.task else ""
    score = "failed" if is_failed(node) else numbers.score(node.best_score, metric)
    star = "★" if node.is_on_best_path else " "
    left = f"{star} {score:>7}  {lead}"
    right = f"  #{node.id} ×{node.visits}"
    if node.failures and not is_failed(node):
        right += f", {node.failures} failed"
    if branch.untried:
        right += f", {branch.untried} untried"
    return left + shorten(_label(branch), max(12, width - len(left) - len(right))) + right


def _label(branch: Branch) -> str:
    node = branch.node
    if node.stage is None:
        return "start"
    if branch.is_rest:
        return "all as is: the baseline" if branch.is_plain else "the rest as is"
    text = "as is" if node.insight_id is None else node.text
    return f"{STAGE_NAMES[node.stage]}: {text}"
