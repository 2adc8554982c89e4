"""What the search did: score over rollouts, the tree, which insights helped, every rollout."""

from __future__ import annotations

from sela.live.answers import RolloutAnswer
from sela.report import numbers
from sela.report.bars import Bar, bars
from sela.report.content import ReportContent
from sela.report.curve import rollout_curve
from sela.report.markup import Markup, tag
from sela.report.names import STAGE_NAMES, verdict_name
from sela.report.tree.layout import is_tried
from sela.report.tree.outline import tree_outline
from sela.report.tree.pruning import prune
from sela.report.tree.svg import tree_svg

MOST_LEAVES = 40
"""A larger tree is cut to its best paths; the tree page shows all of it."""


def rollouts_section(content: ReportContent) -> Markup | None:
    """Scores over rollouts: points, the best so far as a line, the baseline, failures marked."""
    if not content.rollouts:
        return None
    return tag(
        "section",
        tag("h2", "Score over rollouts"),
        rollout_curve(content) if content.search.best_score is not None else None,
        _table(content),
    )


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
    shown = prune(content.nodes, content.search, MOST_LEAVES)
    more = f" {numbers.count(shown.left_out, 'weaker path')} left out." if shown.left_out else ""
    drawing = tag("div", tree_svg(shown.nodes, content.search), class_="scroll wide", tabindex=0)
    return tag(
        "section",
        tag("h2", "The search tree"),
        tag("p", "Each path from left to right is one pipeline; a small dot is a stage left as "
            f"it is. A node shows the best score below it.{more}", class_="soft wide"),
        drawing,
        tag("div", tree_outline(shown.nodes, content.search), class_="narrow"),
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
    return tag(
        "section",
        tag("h2", "Which insights helped"),
        tag("p", f"Change of {numbers.metric_name(metric)} that each seems to bring, all runs "
            "weighed together and drawn towards zero where there are few; positive is better (×n: "
            "runs with it). Few runs prove little.", class_="soft"),
        tag("figure", bars(rows)),
    )  # fmt: skip
