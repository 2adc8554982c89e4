"""The tree as a PNG picture, drawn by matplotlib, which is imported when it is asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sela.design.insight import STAGES
from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report import numbers
from sela.report.names import STAGE_NAMES, dataset_name, shorten, two_lines
from sela.report.tree.layout import Layout, Place, Scale, is_failed, lay_out, scale_of
from sela.report.tree.pruning import prune

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADE_COLOURS = ("#b35806", "#e08214", "#f4b366", "#b9bfc8", "#8fc1dd", "#4393c3", "#1f5fa8")
INK, SOFT, RULE, ACCENT, BAD = "#1a2230", "#566072", "#cfd5dd", "#1f5fbf", "#a32b22"
WIDE, NARROW = 2.5, 0.6
"""Column widths in inches, with an insight and without."""
ROW = 0.5
CHARACTERS_PER_INCH = 13.0
MOST_LEAVES = 80


def tree_png(nodes: Sequence[NodeAnswer], search: SearchAnswer) -> bytes:
    """The picture; up to about 60 nodes it is legible on one screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pruned, scale = prune(nodes, search, MOST_LEAVES), scale_of(nodes, search)
    layout = lay_out(pruned.nodes)
    lefts = _lefts(layout)
    width, height = max(lefts[-1] + 0.4, 7.0), ROW * max(layout.rows, 1) + 1.5
    figure = Figure(figsize=(width, height), dpi=120, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    _head(axes, search, scale, pruned.left_out)
    _stages(axes, layout, lefts)
    for place in sorted(layout.places, key=lambda p: p.node.is_on_best_path):
        _edge(axes, place, lefts)
    for place in layout.places:
        _node(axes, place, lefts, scale, search)
    sink = io.BytesIO()
    FigureCanvasAgg(figure).print_png(sink)
    return sink.getvalue()


def _lefts(layout: Layout) -> list[float]:
    wide = {p.column for p in layout.places if p.node.insight_id is not None}
    lefts = [0.35]
    for column in range(layout.columns):
        last = column == layout.columns - 1
        lefts.append(lefts[-1] + (WIDE if column in wide else 1.3 if last else NARROW))
    return lefts


def _y(place: Place) -> float:
    return 1.4 + ROW * (place.row + 0.5)


def _head(axes: Axes, search: SearchAnswer, scale: Scale | None, left_out: int) -> None:
    task = search.task
    what = f", {task.target} by {numbers.metric_name(task.metric)}" if task else ""
    title = _plain(f"{dataset_name(search.dataset)}{what}")
    axes.text(0.25, 0.32, shorten(title, 80), fontsize=13, color=INK, weight="bold", va="center")
    if scale is None:
        axes.text(
            0.25, 0.65, "No rollout has been scored yet.", fontsize=9, color=SOFT, va="center"
        )
        return
    for i, colour in enumerate(SHADE_COLOURS):
        axes.fill_between([0.25 + 0.2 * i, 0.45 + 0.2 * i], 0.58, 0.70, color=colour, linewidth=0)
    baseline = numbers.score(scale.baseline, task.metric if task else "")
    text = f"worse than the baseline  ·  baseline {baseline}  ·  better      × failed"
    if left_out:
        text += f"      {numbers.count(left_out, 'weaker path')} not shown"
    axes.text(1.8, 0.645, text, fontsize=9, color=SOFT, va="center")


def _stages(axes: Axes, layout: Layout, lefts: list[float]) -> None:
    for column, stage in enumerate(STAGES, start=1):
        if column < layout.columns and lefts[column + 1] - lefts[column] > NARROW:
            name = STAGE_NAMES[stage]
            axes.text(lefts[column] - 0.08, 1.15, name, fontsize=9, color=SOFT, weight="bold")


def _edge(axes: Axes, place: Place, lefts: list[float]) -> None:
    if place.parent is None:
        return
    x0, y0, x1, y1 = lefts[place.parent.column], _y(place.parent), lefts[place.column], _y(place)
    best = place.node.is_on_best_path
    colour, size = (ACCENT, 2.4) if best else (RULE, 1.3)
    bend = x1 - 0.22
    axes.plot(
        [x0, bend, bend, x1],
        [y0, y0, y1, y1],
        color=colour,
        linewidth=size,
        zorder=1,
        solid_joinstyle="round",
    )


def _node(
    axes: Axes, place: Place, lefts: list[float], scale: Scale | None, search: SearchAnswer
) -> None:
    node, x, y = place.node, lefts[place.column], _y(place)
    failed, best = is_failed(node), node.is_on_best_path
    shade = scale.shade(node.best_score) if scale else None
    size = 70 if node.insight_id or place.is_leaf or node.stage is None else 22
    face = "white" if failed or shade is None else SHADE_COLOURS[shade]
    edge = BAD if failed else ACCENT if best else "white"
    axes.scatter([x], [y], s=size, c=[face], edgecolors=[edge], linewidths=1.5, zorder=3)
    if failed:
        axes.scatter([x], [y], s=22, c=[BAD], marker="x", linewidths=1.3, zorder=4)
    if node.insight_id is not None or place.is_leaf:
        score = numbers.score(node.best_score, search.task.metric if search.task else "")
        _label(axes, place, "failed" if failed else score, x, y)


def _label(axes: Axes, place: Place, score: str, x: float, y: float) -> None:
    """The score and the text's beginning above the line, the rest of the text below it."""
    node, best = place.node, place.node.is_on_best_path
    weight = "bold" if best else "normal"
    head = f"★ {score}" if best and place.is_leaf else score
    if node.insight_id is None:
        axes.text(x + 0.12, y, head, fontsize=8, color=INK, weight="bold", va="center")
        return
    room = int((WIDE - 0.42) * CHARACTERS_PER_INCH * (0.88 if best else 1))
    first, second = two_lines(node.text, room - len(head) - 2, room)
    axes.text(x + 0.12, y - 0.07, _plain(f"{head}  {first}"), fontsize=8, color=INK, weight=weight)
    axes.text(x + 0.12, y + 0.18, _plain(second), fontsize=8, color=INK, weight=weight)


def _plain(text: str) -> str:
    """Text that matplotlib does not take for mathematics."""
    return text.replace("$", r"\$")
