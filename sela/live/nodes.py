"""The nodes of a search's tree, as the faces show them."""

from __future__ import annotations

from collections.abc import Mapping

from sela.design.insight import STAGES
from sela.errors import NotFoundError
from sela.live.answers import NodeAnswer, NodeDetail, RolloutAnswer
from sela.search.search import NodeView, Search
from sela.store.history import search_events
from sela.store.protocol import Store
from sela.store.records import InsightRecord, SearchRecord

AS_IS = "as is"


def replayed(store: Store, record: SearchRecord) -> Search:
    """The search as its events left it; equal to the living one."""
    task = record.problem.task if record.problem else None
    search = Search(record.strategy, record.request.seed, not task or task.greater_is_better)
    search.replay(search_events(store.events(record.id)))
    return search


def node_answers(
    search: Search, insights: Mapping[str, InsightRecord], best: RolloutAnswer | None
) -> tuple[NodeAnswer, ...]:
    """Every node that some rollout went through, depth first."""
    path = best.experiment.configuration.choices if best else None
    return tuple(
        _node(view, insights, is_best=path is not None and _is_on(search, view, path))
        for view in search.nodes()
    )


def node_detail(
    node_id: int,
    search: Search,
    nodes: tuple[NodeAnswer, ...],
    insights: Mapping[str, InsightRecord],
    rollouts: tuple[RolloutAnswer, ...],
) -> NodeDetail:
    """One node with its code and the rollouts through it; NotFoundError names what there is."""
    node = next((n for n in nodes if n.id == node_id), None)
    if node is None:
        known = ", ".join(str(n.id) for n in nodes[:30])
        raise NotFoundError(f"No node {node_id} in this tree. Nodes: {known}.")
    path = search.path(node_id)
    record = insights.get(node.insight_id) if node.insight_id else None
    return NodeDetail(
        node,
        record.insight.code if record else None,
        tuple(r for r in rollouts if r.experiment.configuration.choices[: len(path)] == path),
    )


def _is_on(search: Search, view: NodeView, path: tuple[str | None, ...]) -> bool:
    own = search.path(view.id)
    return path[: len(own)] == own


def _node(view: NodeView, insights: Mapping[str, InsightRecord], *, is_best: bool) -> NodeAnswer:
    record = insights.get(view.insight_id) if view.insight_id else None
    return NodeAnswer(
        id=view.id,
        parent=view.parent,
        depth=view.depth,
        stage=STAGES[view.depth - 1] if view.depth else None,
        insight_id=view.insight_id,
        text=record.insight.text if record else (AS_IS if view.depth else "root"),
        origin=record.insight.origin if record else "",
        visits=view.visits,
        mean_score=view.mean,
        best_score=view.best,
        failures=view.failures,
        is_on_best_path=is_best,
        plan=record.plan if record else "",
        has_code=record is not None and record.insight.code is not None,
    )
