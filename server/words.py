"""Engine answers in words: the sentences that the tools and the command line share."""

from __future__ import annotations

from collections.abc import Sequence

from sela.design.insight import Stage
from sela.evaluation.estimate import FinalEstimate, Interval
from sela.experiments.experiment import Experiment, Verdict
from sela.live.answers import Finding, NodeAnswer, RolloutAnswer, SearchAnswer
from sela.problem.task import Task

SHORT_STAGE: dict[Stage, str] = {
    "eda": "eda",
    "data_preprocessing": "preprocessing",
    "feature_engineering": "features",
    "model_training": "model",
    "model_evaluation": "evaluation",
}


def number(value: float) -> str:
    """A score as it is shown everywhere: five significant digits."""
    return f"{value:.5g}"


def rounded(value: float | None) -> float | None:
    """The same number for JSON, so that text and structure agree."""
    return None if value is None else float(number(value))


def interval_words(interval: Interval) -> str:
    """`0.58 to 0.66 (90 %)`."""
    return f"{number(interval.low)} to {number(interval.high)} ({interval.level:.0%})"


def task_words(task: Task) -> str:
    """What is predicted and by what it is judged, in one line."""
    direction = "higher" if task.greater_is_better else "lower"
    judged = f"judged by {task.metric} ({direction} is better)"
    if task.kind == "regression":
        return f"regression of '{task.target}', {judged}"
    if task.kind == "binary":
        return f"binary classification of '{task.target}' (positive: {task.positive}), {judged}"
    return f"classification of '{task.target}' into {len(task.classes)} classes, {judged}"


def search_words(search: SearchAnswer) -> str:
    """Where a search stands, in one or two sentences."""
    done = f"{search.rollouts_done} of {search.rollouts_budget} rollouts done"
    parts = [f"Search {search.search_id} is {search.state}: {done}"]
    if search.rollouts_running:
        parts.append(f"{search.rollouts_running} running")
    if search.failed_rollouts:
        parts.append(f"{search.failed_rollouts} failed")
    if search.best_score is not None and search.task is not None:
        parts.append(f"best {search.task.metric} {number(search.best_score)}")
        if search.baseline_score is not None:
            parts.append(f"baseline {number(search.baseline_score)}")
    sentence = ", ".join(parts) + "."
    return f"{sentence} {search.message}".strip()


def budget_words(search: SearchAnswer) -> str:
    """What was spent and what the limits are."""
    seconds = f"{search.wall_seconds:.0f} s"
    if search.max_seconds is not None:
        seconds += f" of {search.max_seconds:.0f} s"
    cost = "cost unknown" if search.cost_usd is None else f"${search.cost_usd:.4g}"
    if search.max_usd is not None:
        cost += f" of ${search.max_usd:.4g}"
    return f"{seconds}, compute {search.compute_seconds:.0f} s, {cost}"


def choices_words(rollout: RolloutAnswer) -> str:
    """The insights of a path; without any it is the baseline."""
    if not rollout.insights:
        return "everything as is (the baseline)"
    return "; ".join(f"{SHORT_STAGE[i.stage]}: {i.text.rstrip('.')}" for i in rollout.insights)


def outcome_words(experiment: Experiment) -> str:
    """What became of an experiment, with its score or its error."""
    if experiment.verdict is Verdict.FAILED and experiment.failure:
        failure = experiment.failure
        where = f" in {failure.stage}" if failure.stage else ""
        return f"failed{where} ({failure.outcome}): {failure.message.strip()[:200]}"
    score = "no score" if experiment.score is None else number(experiment.score)
    if experiment.verdict is Verdict.RACED_OUT:
        return f"{score}, stopped early after {len(experiment.fold_scores)} folds"
    if experiment.verdict is Verdict.REJECTED:
        bad = "; ".join(f"{c.name}: {c.evidence}" for c in experiment.controls if not c.passed)
        return f"{score}, rejected by a control ({bad})"
    return score


def rollout_words(rollout: RolloutAnswer) -> str:
    """One rollout in one line."""
    best = ", new best" if rollout.is_best else ""
    return f"#{rollout.number} {outcome_words(rollout.experiment)}{best}: {choices_words(rollout)}"


def finding_words(finding: Finding) -> str:
    """One finding of the audit, with what was done and how to have it otherwise."""
    columns = f" [{', '.join(finding.columns)}]" if finding.columns else ""
    overrule = f" To overrule: {finding.overrule}" if finding.overrule else ""
    return f"{finding.severity}, {finding.kind}{columns}: {finding.evidence} {finding.action}{overrule}"


def final_words(final: FinalEstimate, task: Task) -> list[str]:
    """The honest numbers, one line each, the answer first."""
    lines = [final.statement]
    if final.test_score is not None:
        interval = f", {interval_words(final.test_interval)}" if final.test_interval else ""
        lines.append(f"sealed test {task.metric}: {number(final.test_score)}{interval}")
    if final.baseline_test_score is not None:
        lines.append(f"baseline on the same rows: {number(final.baseline_test_score)}")
    if final.gain is not None:
        interval = f", {interval_words(final.gain_interval)}" if final.gain_interval else ""
        lines.append(f"gain over the baseline: {final.gain:+.4g}{interval}")
    lines.append(f"search score: {number(final.search_score)}")
    lines.append(f"re-evaluated on fresh folds: {number(final.reevaluated_score)}")
    if final.optimism_gap is not None:
        lines.append(f"optimism gap (search minus test): {final.optimism_gap:+.4g}")
    if final.test_uses > 1:
        lines.append(f"the sealed rows have been used {final.test_uses} times: trust them less")
    if final.choice_reason:
        lines.append(final.choice_reason)
    return lines


def tree_words(nodes: Sequence[NodeAnswer], *, is_full: bool = False) -> str:
    """The tree as text, one line a node, the best path marked with `*`.

    Concise leaves out nodes that were never visited, and counts them; full tells everything.
    """
    shown = [n for n in nodes if is_full or n.visits or n.parent is None]
    last = {n.parent: n.id for n in shown}
    bars: dict[int, str] = {}
    lines: list[str] = []
    for node in shown:
        if node.parent is None:
            bars[node.id] = ""
            lines.append(f"{node_words(node, is_full=is_full)}")
            continue
        is_last = last[node.parent] == node.id
        indent = bars[node.parent]
        bars[node.id] = indent + ("   " if is_last else "│  ")
        branch = "└─ " if is_last else "├─ "
        lines.append(f"{indent}{branch}{node_words(node, is_full=is_full)}")
    if hidden := len(nodes) - len(shown):
        lines.append(f"({hidden} nodes not tried yet are left out)")
    return "\n".join(lines)


def node_words(node: NodeAnswer, *, is_full: bool = False) -> str:
    """One node in one line: id, stage, idea, scores, visits."""
    if node.stage is None:
        name = "root"
    else:
        text = node.text or "as is"
        text = text if is_full or len(text) <= 72 else text[:71].rstrip() + "…"
        name = f"{SHORT_STAGE[node.stage]}: {text}"
    parts = [f"[{node.id}] {name}"]
    if node.insight_id and is_full:
        parts.append(f"{node.insight_id} by {node.origin}")
    if node.visits:
        parts.append(f"{node.visits} visits")
    if node.best_score is not None:
        parts.append(f"best {number(node.best_score)}")
    if node.mean_score is not None and node.visits > 1:
        parts.append(f"mean {number(node.mean_score)}")
    if node.failures:
        parts.append(f"{node.failures} failed")
    if node.plan and is_full:
        parts.append(f"plan: {node.plan}")
    return ("* " if node.is_on_best_path else "") + " · ".join(parts)
