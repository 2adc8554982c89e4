"""The tree as one self-contained page: click a node to read what it is and what it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sela.live.answers import NodeAnswer, NodeDetail, SearchAnswer
from sela.report import numbers
from sela.report.highlight import highlight
from sela.report.markup import Markup, asset, page, tag
from sela.report.names import STAGE_TITLES, dataset_name, verdict_name
from sela.report.tree.layout import is_failed, is_tried
from sela.report.tree.svg import tree_svg
from sela.report.tree.text import search_head

NO_DETAILS: Mapping[int, NodeDetail] = {}


def tree_html(
    nodes: Sequence[NodeAnswer],
    search: SearchAnswer,
    details: Mapping[int, NodeDetail] = NO_DETAILS,
) -> str:
    """The page. `details` (node id -> detail) adds code and rollouts to the nodes it knows."""
    title = f"Search tree of {dataset_name(search.dataset)}"
    tried = [n for n in nodes if is_tried(n)]
    body = tag(
        "main",
        tag("h1", title),
        tag("pre", search_head(search, 160), class_="where"),
        _drawing(nodes, search) if tried else tag("p", "No rollout has ended yet."),
        tag(
            "section",
            tag("p", "Choose a node to see what it is.", class_="soft", id="hint"),
            [_card(node, search, details.get(node.id)) for node in tried],
            aria_live="polite",
            class_="details",
        ),
    )
    style = asset("theme.css") + asset("tree.css") + asset("tree_page.css")
    return page(title, style, body, script=asset("tree_page.js"))


def _drawing(nodes: Sequence[NodeAnswer], search: SearchAnswer) -> Markup:
    svg = tree_svg(nodes, search, is_interactive=True, room=1330)
    return tag("div", svg, class_="scroll", tabindex=0, role="region", aria_label="Search tree")


def _card(node: NodeAnswer, search: SearchAnswer, detail: NodeDetail | None) -> Markup:
    metric = search.task.metric if search.task else ""
    stage = "Start" if node.stage is None else STAGE_TITLES[node.stage]
    star = tag("span", "★ best path", class_="star") if node.is_on_best_path else None
    text = node.text if node.insight_id else "This stage is left as it is." if node.stage else ""
    return tag(
        "article",
        tag("h2", stage, " ", tag("span", f"node {node.id}", class_="soft"), " ", star),
        tag("p", text) if text else None,
        _facts(node, metric),
        tag("p", tag("b", "Plan. "), node.plan) if node.plan else None,
        None if detail is None else _detail(detail, metric),
        id=f"node-{node.id}",
        hidden=True,
    )


def _facts(node: NodeAnswer, metric: str) -> Markup:
    best = "failed" if is_failed(node) else numbers.score(node.best_score, metric)
    facts = {
        "best score": best,
        "mean score": numbers.score(node.mean_score, metric),
        "visits": node.visits,
        "failures": node.failures,
        "idea of": node.origin if node.insight_id else "",
        "insight": node.insight_id or "",
    }
    shown = [(name, value) for name, value in facts.items() if value != ""]
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in shown])


def _detail(detail: NodeDetail, metric: str) -> list[Markup | None]:
    code = tag("pre", tag("code", highlight(detail.code))) if detail.code else None
    rows = [
        tag(
            "li",
            f"Rollout {r.number}: {verdict_name(r.experiment)}",
            f", {numbers.score(r.experiment.score, metric)}"
            if r.experiment.score is not None
            else "",
            f". {r.experiment.failure.message[:400]}" if r.experiment.failure else "",
        )
        for r in detail.rollouts
    ]
    return [tag("ul", rows) if rows else None, code]
