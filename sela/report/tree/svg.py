"""The tree as an inline SVG: a column for each stage, a row for each leaf."""

from __future__ import annotations

from collections.abc import Sequence

from sela.design.insight import STAGES
from sela.live.answers import NodeAnswer, SearchAnswer
from sela.report import numbers
from sela.report.markup import Markup, tag
from sela.report.names import STAGE_NAMES, two_lines
from sela.report.tree.layout import SHADES, Layout, Place, Scale, is_failed, lay_out, scale_of

ROW = 46
NARROW, LEAST, MOST = 44, 196, 300
"""Width of a column without an insight, and the bounds of one with."""
LAST = 84
"""Width of the last column when it has no insight: room for a score."""
TOP, LEFT = 62, 20
CHARACTER = 6.1
"""Mean width of a character of a label, in pixels, on the safe side."""


def tree_svg(
    nodes: Sequence[NodeAnswer],
    search: SearchAnswer,
    *,
    is_interactive: bool = False,
    room: int = 980,
) -> Markup:
    """The tree, about `room` pixels wide; interactive, each node is a button with its id."""
    layout, scale = lay_out(nodes), scale_of(nodes, search)
    lefts = _lefts(layout, room)
    width, height = lefts[-1] + 8, TOP + ROW * layout.rows
    return tag(
        "svg",
        tag("title", _told(layout, search)),
        _legend(scale, search),
        _heads(layout, lefts),
        [_edge(p, lefts) for p in sorted(layout.places, key=lambda p: p.node.is_on_best_path)],
        [_node(p, lefts, scale, search, is_interactive) for p in layout.places],
        class_="tree",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="group" if is_interactive else "img",
    )


def _told(layout: Layout, search: SearchAnswer) -> str:
    best = [p.node for p in layout.places if p.node.is_on_best_path and p.node.insight_id]
    path = "; ".join(f"{STAGE_NAMES[n.stage]}: {n.text}" for n in best if n.stage)
    return f"Search tree of {len(layout.places)} nodes. Best path: {path or 'everything as is'}."


def _lefts(layout: Layout, room: int) -> list[float]:
    """The x of each column, and of the right end. Columns without an insight are narrow."""
    wide = {p.column for p in layout.places if p.node.insight_id is not None}
    rest = LEFT + NARROW * (layout.columns - len(wide)) + LAST
    width = min(MOST, max(LEAST, (room - rest) // max(len(wide), 1)))
    lefts: list[float] = [LEFT]
    for column in range(layout.columns):
        last = column == layout.columns - 1
        lefts.append(lefts[-1] + (width if column in wide else LAST if last else NARROW))
    return lefts


def _y(place: Place) -> float:
    return TOP + ROW * (place.row + 0.5)


def _edge(place: Place, lefts: list[float]) -> Markup | None:
    if place.parent is None:
        return None
    x0, y0, x1, y1 = lefts[place.parent.column], _y(place.parent), lefts[place.column], _y(place)
    bend = x1 - 18
    if abs(y1 - y0) < 1:
        path = f"M{x0} {y0}H{x1}"
    else:
        turn = 8 if y1 > y0 else -8
        path = (
            f"M{x0} {y0}H{bend - 8}Q{bend} {y0} {bend} {y0 + turn}"
            f"V{y1 - turn}Q{bend} {y1} {bend + 8} {y1}H{x1}"
        )
    return tag("path", d=path, class_="edge best" if place.node.is_on_best_path else "edge")


def _node(
    place: Place, lefts: list[float], scale: Scale | None, search: SearchAnswer, is_button: bool
) -> Markup:
    node, x, y = place.node, lefts[place.column], _y(place)
    radius = 7 if node.insight_id or place.is_leaf or node.stage is None else 4
    metric = search.task.metric if search.task else ""
    score = "failed" if is_failed(node) else numbers.score(node.best_score, metric)
    told = f"{_text(node)}: {score}, {numbers.count(node.visits, 'visit')}"
    button = {"tabindex": 0, "role": "button", "data_node": node.id, "aria_label": told}
    return tag(
        "g",
        tag("title", told),
        tag("circle", cx=x, cy=y, r=radius, class_="dot"),
        _cross(x, y) if is_failed(node) else None,
        _label(place, score, x, y, lefts[place.column + 1] - x)
        if node.insight_id is not None or place.is_leaf
        else None,
        class_=_classes(place, scale),
        **(button if is_button else {}),
    )


def _text(node: NodeAnswer) -> str:
    if node.stage is None:
        return "start"
    return f"{STAGE_NAMES[node.stage]}: {node.text if node.insight_id else 'as is'}"


def _label(place: Place, score: str, x: float, y: float, width: float) -> list[Markup]:
    """The score and the text's beginning above the line, the rest of the text below it."""
    node = place.node
    is_end = node.is_on_best_path and place.is_leaf
    star = tag("tspan", "★ ", class_="star") if is_end else None
    if node.insight_id is None:
        return [tag("text", star, tag("tspan", score, class_="score"), x=x + 12, y=y + 4)]
    room = int((width - 36) / (CHARACTER * (1.12 if node.is_on_best_path else 1)))
    first, second = two_lines(node.text, room - len(score) - (4 if is_end else 2), room)
    head = tag("tspan", score, class_="score")
    return [
        tag("text", star, head, "  ", first, x=x + 12, y=y - 6, class_="label"),
        tag("text", second, x=x + 12, y=y + 15, class_="label") if second else Markup(""),
    ]


def _cross(x: float, y: float) -> Markup:
    path = f"M{x - 3} {y - 3}L{x + 3} {y + 3}M{x - 3} {y + 3}L{x + 3} {y - 3}"
    return tag("path", d=path, class_="cross")


def _classes(place: Place, scale: Scale | None) -> str:
    node = place.node
    shade = None if scale is None else scale.shade(node.best_score)
    names = [
        "node",
        *(["insight"] if node.insight_id else []),
        "failed" if is_failed(node) else f"s{3 if shade is None else shade}",
    ]
    return " ".join([*names, "best"] if node.is_on_best_path else names)


def _heads(layout: Layout, lefts: list[float]) -> list[Markup]:
    """The stages' names over their columns; a narrow column has room for none."""
    return [
        tag("text", STAGE_NAMES[stage], x=lefts[column] - 6, y=TOP - 8, class_="head")
        for column, stage in enumerate(STAGES, start=1)
        if column < layout.columns and lefts[column + 1] - lefts[column] > NARROW
    ]


def _legend(scale: Scale | None, search: SearchAnswer) -> list[Markup]:
    if scale is None:
        return []
    metric = search.task.metric if search.task else ""
    boxes = [
        tag("rect", x=LEFT - 8 + 22 * i, y=8, width=22, height=10, class_=f"s{i}")
        for i in range(SHADES)
    ]
    baseline = numbers.score(scale.baseline, metric)
    text = f"worse than the baseline · baseline {baseline} · better"
    x = LEFT + 22 * SHADES
    return [*boxes, tag("text", text, x=x, y=17, class_="small")]
