"""Engine answers in words: the sentences that the tools and the command line share."""

from __future__ import annotations

from collections.abc import Sequence

from sela.design.insight import Stage
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment, Verdict
from sela.live.answers import Finding, NodeAnswer, RolloutAnswer, SearchAnswer
from sela.problem.task import Task
from sela.report import numbers

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


def task_words(task: Task) -> str:
    """What is predicted and by what it is judged, in one line."""
    judged = f"judged by {numbers.metric_name(task.metric)} ({numbers.direction(task)})"
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
    troubles = [f"Designer: {trouble[:160]}" for trouble in search.troubles[-1:]]
    return " ".join(part for part in (sentence, search.message, *troubles) if part)


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


def pipeline_words(rollout: RolloutAnswer) -> list[str]:
    """The path's choices, one line a stage."""
    lines = [f"{SHORT_STAGE[i.stage]}: {i.text}" for i in rollout.insights]
    return lines or ["everything as is (the baseline)"]


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
    outcome = outcome_words(rollout.experiment)
    return f"rollout {rollout.number}: {outcome}{best} ({choices_words(rollout)})"


def finding_words(finding: Finding) -> str:
    """One finding of the audit, with what was done and how to have it otherwise."""
    columns = f" [{', '.join(finding.columns)}]" if finding.columns else ""
    overrule = f" To overrule: {finding.overrule}" if finding.overrule else ""
    what = f"{finding.severity}, {finding.kind}{columns}"
    return f"{what}: {finding.evidence} {finding.action}{overrule}"


def final_words(final: FinalEstimate, task: Task) -> list[str]:
    """The honest numbers, one line each, the answer first."""
    metric, lines = task.metric, [final.statement]
    if final.test_score is not None:
        score = numbers.score(final.test_score, metric)
        lines.append(f"sealed test {numbers.metric_name(metric)}: {score}{_within(final, metric)}")
    if final.baseline_test_score is not None:
        score = numbers.score(final.baseline_test_score, metric)
        lines.append(f"baseline on the same rows: {score}")
    if final.gain is not None:
        between = numbers.gain_interval(final.gain_interval, metric)
        gain = numbers.gain(final.gain, metric, like=final.test_score)
        lines.append(f"gain over the baseline: {gain}" + (f", {between}" if between else ""))
    lines.append(f"search score: {numbers.score(final.search_score, metric)}")
    reevaluated = numbers.score(final.reevaluated_score, metric)
    where = "fresh folds" if final.has_fresh_folds else "the same folds, your own leave no others"
    lines.append(f"re-evaluated on {where}: {reevaluated}")
    if final.optimism_gap is not None:
        gap = numbers.gain(final.optimism_gap, metric, like=final.test_score)
        lines.append(f"optimism gap (search minus test): {gap}")
    if final.test_uses > 1:
        lines.append(f"the sealed rows have been used {final.test_uses} times: trust them less")
        lines += final.use_notes
    if latency := numbers.latency(final.latency_ms_per_row):
        lines.append(f"it predicts in {latency}")
    return [*lines, final.choice_reason] if final.choice_reason else lines


def _within(final: FinalEstimate, metric: str) -> str:
    if final.test_interval is None:
        return ""
    between = numbers.interval(final.test_interval, metric)
    return f", {numbers.level(final.test_interval)} {between}"


def nodes_words(nodes: Sequence[NodeAnswer]) -> str:
    """Every node in one indented line, untried ones too, depth first."""
    return "\n".join("  " * node.depth + node_words(node) for node in nodes)


def node_words(node: NodeAnswer) -> str:
    """One node in one line: id, stage, idea, scores, visits."""
    name = "start" if node.stage is None else f"{SHORT_STAGE[node.stage]}: {node.text or 'as is'}"
    parts = [f"#{node.id} {name}"]
    if node.insight_id:
        parts.append(f"insight {node.insight_id} by {node.origin}")
    parts.append(numbers.count(node.visits, "visit") if node.visits else "untried")
    if node.best_score is not None:
        parts.append(f"best {number(node.best_score)}")
    if node.mean_score is not None and node.visits > 1:
        parts.append(f"mean {number(node.mean_score)}")
    if node.failures:
        parts.append(f"{node.failures} failed")
    if node.plan:
        parts.append(f"plan: {node.plan}")
    return ("★ " if node.is_on_best_path else "") + " · ".join(parts)
