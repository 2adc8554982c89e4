"""The tree as text, for terminals and for answers that a model reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report import numbers
from sela.report.names import dataset_name, shorten
from sela.report.tree.folding import Branch, fold, walk
from sela.report.tree.layout import is_failed
from sela.report.tree.pruning import leaf_rank, score_sign

SHOWN_TROUBLES = 3
"""Of the designer, the latest ones."""


def tree_text(
    nodes: Sequence[NodeAnswer], search: SearchAnswer, width: int = 100, max_chars: int = 6000
) -> str:
    """The tree with scores, `★` on the best path; lines of `width`, all within `max_chars`.

    When it is too long the weakest leaves are left out, and the last line says how many.
    """
    troubles = [shorten(f"! {trouble}", width) for trouble in search.troubles[-SHOWN_TROUBLES:]]
    head, root = "\n".join([search_head(search, width), *troubles]), fold(nodes)
    if root is None:
        return f"{head}\n(no rollout has ended yet)"
    ranked = _ranked_leaves(root, search)
    room = max_chars - len(head) - 1
    most = _most(lambda n: len(_drawn(root, search, width, ranked[:n])) <= room, len(ranked))
    return f"{head}\n{_drawn(root, search, width, ranked[:most])}"


def search_head(search: SearchAnswer, width: int = 100) -> str:
    """Two lines: what is searched, and how far it is."""
    failed = f" ({search.failed_rollouts} failed)" if search.failed_rollouts else ""
    state = f"{search.rollouts_done} of {search.rollouts_budget} rollouts{failed}, {search.state}"
    name, task = dataset_name(search.dataset), search.task
    if task is None:
        return f"{shorten(f'Search {search.search_id}: {name}', width)}\n{state}"
    what = f"Search {search.search_id}: {name}, {task.target} by {numbers.metric_name(task.metric)}"
    baseline, best = search.baseline_score, search.best_score
    line = f"{state}; baseline {numbers.score(baseline, task.metric)}"
    if best is not None and baseline is not None:
        difference = (best - baseline) * score_sign(search)
        line += f", best {numbers.score(best, task.metric)} in rollout {search.best_rollout}"
        line += f" ({numbers.gain(difference, task.metric, like=best)})"
    return f"{shorten(what, width - 20)} ({numbers.direction(task)})\n{line}"


def _most(fits: Callable[[int], bool], count: int) -> int:
    """The largest n up to `count` that fits, at least 1; fitting gets harder with n."""
    low, high = 1, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _ranked_leaves(root: Branch, search: SearchAnswer) -> list[int]:
    """Ids of the leaves, the ones that matter most first."""
    sign = score_sign(search)
    leaves = [b.node for b in walk(root) if not b.children]
    return [node.id for node in sorted(leaves, key=lambda n: leaf_rank(n, sign))]


def _drawn(root: Branch, search: SearchAnswer, width: int, leaves: Sequence[int]) -> str:
    kept = set(leaves)
    lines = list(_lines(root, search, width, kept, "", ""))
    left_out = sum(1 for b in walk(root) if not b.children and b.node.id not in kept)
    if left_out:
        what = numbers.count(left_out, "weaker branch", "weaker branches")
        lines.append(f"… {what} left out; a node's id shows what is below it.")
    return "\n".join(lines)


def _lines(
    branch: Branch, search: SearchAnswer, width: int, kept: set[int], first: str, rest: str
) -> Iterator[str]:
    yield _line(branch, search, width, first)
    children = [c for c in branch.children if any(b.node.id in kept for b in walk(c))]
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
    return left + shorten(branch.label, max(12, width - len(left) - len(right))) + right
