"""What the search did: score over rollouts, the tree, which insights helped, every rollout."""

from __future__ import annotations

from sela.experiments.experiment import Verdict
from sela.live.answers import RolloutAnswer
from sela.report import numbers
from sela.report.bars import Bar, bars
from sela.report.content import ReportContent
from sela.report.markup import Markup, tag
from sela.report.names import STAGE_NAMES, verdict_name
from sela.report.plot import Plot, chart, padded
from sela.report.tree.layout import is_tried
from sela.report.tree.svg import tree_svg
from sela.report.tree.text import tree_text


def rollouts_section(content: ReportContent) -> Markup | None:
    """Scores over rollouts: points, the best so far as a line, the baseline, failures marked."""
    if not content.rollouts:
        return None
    return tag(
        "section",
        tag("h2", "Score over rollouts"),
        _curve(content) if content.search.best_score is not None else None,
        _table(content),
    )


def _curve(content: ReportContent) -> Markup:
    metric, scored = content.task.metric, _scored(content)
    xs = (0.5, max(r.number for r in content.rollouts) + 0.5)
    values = [s for _, s, _ in scored]
    plot = Plot(xs, padded(_core(values, content)), width=980, height=300)
    best, baseline = _best_so_far(content), content.search.baseline_score
    failed = [r.number for r in content.failures]
    bottom = plot.height - 48
    told = (
        f"{len(scored)} rollouts scored, {len(failed)} failed; best "
        f"{numbers.score(content.search.best_score, metric)} in rollout "
        f"{content.search.best_rollout}, baseline {numbers.score(baseline, metric)}."
    )
    legend = tag(
        "p",
        tag("span", "best so far", class_="key line"),
        tag("span", "baseline", class_="key dash"),
        tag("span", "a rollout", class_="key point"),
        tag("span", "stopped early", class_="key hollow") if any(r for *_, r in scored) else None,
        tag("span", "failed", class_="key cross") if failed else None,
        class_="legend",
    )
    drawing = chart(
        plot, told, "rollout", numbers.metric_name(metric),
        None if baseline is None
        else plot.line([(xs[0], baseline), (xs[1], baseline)], class_="baseline"),
        plot.line(best, class_="best-so-far"),
        [_point(plot, *p, content) for p in scored],
        [_cross(plot.px(n), bottom, n) for n in failed],
        whole_x=True,
    )  # fmt: skip
    return tag("figure", legend, drawing)


def _scored(content: ReportContent) -> list[tuple[int, float, bool]]:
    """(number, score, whether it was stopped early) of the rollouts with a score."""
    return [
        (r.number, r.experiment.score, r.experiment.verdict is not Verdict.SCORED)
        for r in content.rollouts
        if r.experiment.score is not None
    ]


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


def _point(
    plot: Plot, number: int, score: float, is_partial: bool, content: ReportContent
) -> Markup:
    inside = min(max(score, plot.y[0]), plot.y[1])
    is_best = number == content.search.best_rollout
    name = "point best" if is_best else "point partial" if is_partial else "point"
    told = f"Rollout {number}: {numbers.score(score, content.task.metric)}"
    radius = 6 if is_best else 4
    return tag(
        "circle", tag("title", told), cx=plot.px(number), cy=plot.py(inside), r=radius, class_=name
    )


def _cross(x: float, y: float, number: int) -> Markup:
    path = f"M{x - 4} {y - 4}L{x + 4} {y + 4}M{x - 4} {y + 4}L{x + 4} {y - 4}"
    return tag("path", tag("title", f"Rollout {number} failed"), d=path, class_="failure")


def _table(content: ReportContent) -> Markup:
    head = tag(
        "tr", [tag("th", h, scope="col") for h in ("#", "score", "what was tried", "outcome")]
    )
    rows = [_row(r, content.task.metric) for r in content.rollouts]
    table = tag("table", tag("thead", head), tag("tbody", rows))
    return tag(
        "details",
        tag("summary", f"All {numbers.count(len(rows), 'rollout')}"),
        tag("div", table, class_="scroll", tabindex=0),
    )


def _row(rollout: RolloutAnswer, metric: str) -> Markup:
    experiment = rollout.experiment
    tried = [
        tag("div", tag("span", f"{STAGE_NAMES[i.stage]} ", class_="soft"), i.text)
        for i in rollout.insights
    ]
    outcome: list[object] = [verdict_name(experiment)]
    if experiment.failure is not None:
        outcome.append(tag("div", experiment.failure.message[:300], class_="soft"))
    outcome += [
        tag(
            "div",
            f"{c.name.replace('_', ' ')}: {'passed' if c.passed else 'FAILED'}. {c.evidence}",
            class_="soft",
        )
        for c in experiment.controls
    ]
    star = " ★" if rollout.is_best else ""
    return tag(
        "tr",
        tag("td", f"{rollout.number}{star}", class_="number"),
        tag("td", numbers.score(experiment.score, metric), class_="number"),
        tag("td", tried or "everything as is (baseline)"),
        tag("td", outcome),
        class_="key" if rollout.is_best else None,
    )


def tree_section(content: ReportContent) -> Markup | None:
    """The tree; drawn for wide screens and paper, as text for narrow ones."""
    if not any(is_tried(n) for n in content.nodes):
        return None
    text = tree_text(content.nodes, content.search, width=72, max_chars=20_000)
    drawing = tag("div", tree_svg(content.nodes, content.search), class_="scroll wide", tabindex=0)
    return tag(
        "section",
        tag("h2", "The search tree"),
        tag("p", "Each path from left to right is one pipeline; a small dot is a stage left as "
            "it is. A node shows the best score below it.", class_="soft"),
        drawing,
        tag("div", tag("pre", text), class_="scroll narrow", tabindex=0),
    )  # fmt: skip


def effects_section(content: ReportContent) -> Markup | None:
    """Which insights helped, and by how much."""
    effects = content.effects or (content.diagnostics.effects if content.diagnostics else ())
    if not effects:
        return None
    metric, like = content.task.metric, content.search.best_score
    ordered = sorted(effects, key=lambda e: -e.gain)[:20]
    rows = [
        Bar(
            content.insight_text(e.insight_id),
            e.gain,
            f"{numbers.gain(e.gain, metric, like=like)} ×{e.trials}",
        )
        for e in ordered
    ]
    told = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return tag(
        "section",
        tag("h2", "Which insights helped"),
        tag("p", f"Mean change of {numbers.metric_name(metric)} against runs without it; positive "
            "is better (×n: runs with it). Few runs prove little.", class_="soft"),
        tag("figure", bars(rows, told)),
    )  # fmt: skip
