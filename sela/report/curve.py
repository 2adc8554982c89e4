"""Scores over rollouts: a point for each, the best so far as a line, the baseline, the failures."""

from __future__ import annotations

from sela.experiments.experiment import Verdict
from sela.live.answers import RolloutAnswer
from sela.report import numbers
from sela.report.content import ReportContent
from sela.report.markup import Markup, tag
from sela.report.plot import BOTTOM, Plot, chart, padded

HOLLOW = {Verdict.RACED_OUT: "stopped early", Verdict.REJECTED: "rejected by a control"}
"""Scored, but not to become the best."""


def rollout_curve(content: ReportContent) -> Markup:
    """The chart, once for wide screens and paper, once for narrow ones."""
    return tag(
        "figure",
        _legend(content),
        tag("div", _drawing(content, 980, 300), class_="wide"),
        tag("div", _drawing(content, 430, 290), class_="narrow"),
    )


def _legend(content: ReportContent) -> Markup:
    seen = {r.experiment.verdict for r in content.rollouts}
    hollow = " or ".join(name for verdict, name in HOLLOW.items() if verdict in seen)
    return tag(
        "p",
        tag("span", "best so far", class_="key line"),
        tag("span", "baseline", class_="key dash"),
        tag("span", "a rollout", class_="key point"),
        tag("span", hollow, class_="key hollow") if hollow else None,
        tag("span", "failed", class_="key cross") if content.failures else None,
        class_="legend",
    )


def _drawing(content: ReportContent, width: int, height: int) -> Markup:
    scores = _scores(content)
    first, last = 0.5, max(r.number for r in content.rollouts) + 0.5
    plot = Plot((first, last), padded(_core(list(scores.values()), content)), width, height)
    baseline = content.search.baseline_score
    level = [] if baseline is None else [(first, baseline), (last, baseline)]
    return chart(
        plot,
        _told(content, len(scores)),
        "rollout",
        numbers.metric_name(content.task.metric),
        plot.line(level, class_="baseline"),
        plot.line(_best_so_far(content), class_="best-so-far"),
        [
            _point(plot, r, scores[r.number], content)
            for r in content.rollouts
            if r.number in scores
        ],
        [_cross(plot.px(r.number), height - BOTTOM - 8, r.number) for r in content.failures],
        whole_x=True,
    )


def _told(content: ReportContent, scored: int) -> str:
    metric, search = content.task.metric, content.search
    return (
        f"{numbers.count(scored, 'rollout')} scored, {len(content.failures)} failed; best "
        f"{numbers.score(search.best_score, metric)} in rollout {search.best_rollout}, baseline "
        f"{numbers.score(search.baseline_score, metric)}."
    )


def _scores(content: ReportContent) -> dict[int, float]:
    return {
        r.number: r.experiment.score for r in content.rollouts if r.experiment.score is not None
    }


def _core(values: list[float], content: ReportContent) -> list[float]:
    """The values that decide the range: one disaster must not flatten all the rest."""
    sign = 1 if content.task.greater_is_better else -1
    ordered = sorted(values, key=lambda v: sign * v)
    middle, best = ordered[len(ordered) // 2], ordered[-1]
    floor = middle - sign * 4 * abs(best - middle)
    kept = [v for v in values if sign * (v - floor) >= 0]
    baseline = content.search.baseline_score
    return kept + ([] if baseline is None else [baseline])


def _best_so_far(content: ReportContent) -> list[tuple[float, float]]:
    """Steps: a better score changes the level at its own rollout."""
    sign = 1 if content.task.greater_is_better else -1
    points: list[tuple[float, float]] = []
    for rollout in content.rollouts:
        score = rollout.experiment.score
        if score is None or not rollout.experiment.is_eligible:
            continue
        if not points:
            points.append((rollout.number, score))
        elif sign * (score - points[-1][1]) > 0:
            points += [(rollout.number, points[-1][1]), (rollout.number, score)]
    if points:
        points.append((max(r.number for r in content.rollouts) + 0.5, points[-1][1]))
    return points


def _point(plot: Plot, rollout: RolloutAnswer, score: float, content: ReportContent) -> Markup:
    """A score outside of the range stands at its edge."""
    is_best = rollout.number == content.search.best_rollout
    is_hollow = rollout.experiment.verdict in HOLLOW
    name = "point best" if is_best else "point partial" if is_hollow else "point"
    told = f"Rollout {rollout.number}: {numbers.score(score, content.task.metric)}"
    inside = min(max(score, plot.y[0]), plot.y[1])
    return plot.dot(rollout.number, inside, 6 if is_best else 4, name, told)


def _cross(x: float, y: float, number: int) -> Markup:
    path = f"M{x - 4} {y - 4}L{x + 4} {y + 4}M{x - 4} {y + 4}L{x + 4} {y - 4}"
    return tag("path", tag("title", f"Rollout {number} failed"), d=path, class_="failure")
