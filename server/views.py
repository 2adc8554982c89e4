"""What each tool answers: one small model per tool, complete alone as text and as structure.

Hosts show their model either `content` or `structuredContent`, never both, so the text is
rendered from the same fields. Both are kept under a size that every host shows whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from sela.design.insight import Insight
from sela.live.answers import (
    BestAnswer,
    NodeAnswer,
    NodeDetail,
    PredictAnswer,
    RolloutAnswer,
    SearchAnswer,
    StepAnswer,
)
from sela.report import numbers
from sela.report.tree.text import tree_text
from server import hints, words

LIMIT = 7_800
"""Characters of an answer, in each of its two forms."""
HOST_LIMIT = 3_900
"""The same for a step that asks the host to think: it reads many of them."""
MANY_ROLLOUTS = 12
MANY_SEARCHES = 25


class View(BaseModel):
    """The summary first, what to do next last."""

    summary: str = Field(description="The answer in one or two sentences.")


class InsightItem(BaseModel):
    """An insight in the pool."""

    id: str
    stage: str
    text: str
    origin: str
    prior: float


class InsightsView(View):
    """Answer of propose_insights."""

    insights: list[InsightItem] | None = None
    task: str | None = None
    notes: list[str] | None = None
    findings: list[str] | None = None
    next: str


class SearchView(View):
    """Answer of start_search and control_search."""

    search_id: str
    state: str
    task: str | None = None
    designer: str
    strategy: str
    sandbox_tier: str
    rollouts_done: int
    rollouts_budget: int
    best_score: float | None = None
    baseline_score: float | None = None
    budget: str
    folds: str | None = None
    findings: list[str] | None = None
    next: str


class NeedItem(BaseModel):
    """What the calling assistant is asked to think of."""

    kind: str
    ticket: str
    context: str
    contract: str | None = None


class StepView(View):
    """Answer of step_search."""

    search_id: str
    state: str
    sandbox_tier: str
    rollouts_done: int
    rollouts_budget: int
    new_rollouts: list[str] | None = None
    best_score: float | None = None
    baseline_score: float | None = None
    best_rollout: int | None = None
    budget: str
    needs: list[NeedItem] | None = None
    next: str


class TreeView(View):
    """Answer of get_tree: the tree, or one node."""

    search_id: str
    text: str
    next_cursor: str | None = None
    next: str


class BestView(View):
    """Answer of get_best_pipeline. Gains are positive when better, whatever the metric."""

    search_id: str
    state: str
    sandbox_tier: str
    is_final: bool
    rollout: int | None = None
    pipeline: list[str] | None = None
    search_score: float | None = None
    baseline_score: float | None = None
    reevaluated_score: float | None = None
    test_score: float | None = None
    test_interval: list[float] | None = None
    baseline_test_score: float | None = None
    gain: float | None = None
    gain_interval: list[float] | None = None
    is_real_gain: bool | None = None
    optimism_gap: float | None = None
    test_uses: int | None = None
    choice_reason: str | None = None
    export: str | None = None
    is_replayed: bool | None = None
    code: str | None = None
    next: str


class SearchItem(BaseModel):
    """One search in a list."""

    search_id: str
    state: str
    dataset: str
    task: str | None = None
    rollouts: str
    best_score: float | None = None


class ListView(View):
    """Answer of list_searches, newest first."""

    searches: list[SearchItem] | None = None
    next: str


class PredictView(View):
    """Answer of predict."""

    output: str | None = None
    rows: int | None = None
    columns: list[str] | None = None
    notes: list[str] | None = None
    next: str


def insights_view(
    insights: Sequence[Insight], summary: str, next_call: str, **more: Any
) -> InsightsView:
    """Ideas, best prior first when they are a preview's."""
    items = [
        InsightItem(id=i.id, stage=i.stage, text=i.text, origin=i.origin, prior=round(i.prior, 2))
        for i in insights
    ]
    return InsightsView(summary=summary, insights=items or None, next=next_call, **more)


def search_view(search: SearchAnswer) -> SearchView:
    """Where a search stands."""
    return SearchView(
        summary=words.search_words(search),
        search_id=search.search_id,
        state=search.state,
        task=words.task_words(search.task) if search.task else None,
        designer=search.designer,
        strategy=search.strategy,
        sandbox_tier=search.sandbox_tier,
        rollouts_done=search.rollouts_done,
        rollouts_budget=search.rollouts_budget,
        best_score=words.rounded(search.best_score),
        baseline_score=words.rounded(search.baseline_score),
        budget=words.budget_words(search),
        folds=search.folds or None,
        findings=[words.finding_words(f) for f in search.findings] or None,
        next=hints.after_search(search),
    )


def step_answer(step: StepAnswer) -> CallToolResult:
    """A step with as many of its rollouts as fit: the needs are never cut for them."""
    limit = limit_of(step.search)
    told = min(len(step.rollouts), MANY_ROLLOUTS)
    while told and size_of(step_view(step, told)) > limit:
        told -= 1
    return answer(step_view(step, told), limit)


def limit_of(search: SearchAnswer) -> int:
    """Characters of an answer about this search: few when the reader is also its designer."""
    return HOST_LIMIT if "host" in search.designer.split(",") else LIMIT


def step_view(step: StepAnswer, told: int = MANY_ROLLOUTS) -> StepView:
    """What a step brought; the latest `told` rollouts one by one."""
    search, left_out = step.search, max(len(step.rollouts) - told, 0)
    rollouts = [words.rollout_words(r) for r in step.rollouts[left_out:]]
    if left_out:
        rollouts.insert(0, f"{numbers.count(left_out, 'rollout')} more: see get_tree")
    needs = [
        NeedItem(kind=n.kind, ticket=n.ticket, context=n.context, contract=n.contract)
        for n in step.needs
    ]
    return StepView(
        summary=words.search_words(search),
        search_id=search.search_id,
        state=search.state,
        sandbox_tier=search.sandbox_tier,
        rollouts_done=search.rollouts_done,
        rollouts_budget=search.rollouts_budget,
        new_rollouts=rollouts or None,
        best_score=words.rounded(search.best_score),
        baseline_score=words.rounded(search.baseline_score),
        best_rollout=search.best_rollout,
        budget=words.budget_words(search),
        needs=needs or None,
        next=hints.after_step(step),
    )


def tree_view(
    search: SearchAnswer, nodes: Sequence[NodeAnswer], *, is_full: bool, cursor: int
) -> TreeView:
    """A page of the text tree."""
    drawn = words.nodes_words(nodes) if is_full else tree_text(nodes, search, max_chars=10**6)
    text, following = page(drawn, cursor)
    return TreeView(
        summary=words.search_words(search),
        search_id=search.search_id,
        text=text,
        next_cursor=following,
        next=hints.after_tree(search, following),
    )


def node_view(search_id: str, detail: NodeDetail, *, is_full: bool, cursor: int) -> TreeView:
    """A page of one node's story: code, scores, errors, output."""
    parts = [words.node_words(detail.node)]
    if detail.code:
        parts.append(f"Code:\n{detail.code.rstrip()}")
    parts.extend(rollout_story(r, is_full=is_full) for r in detail.rollouts)
    text, following = page("\n\n".join(parts), cursor)
    return TreeView(
        summary=f"Node {detail.node.id} of search {search_id}, {len(detail.rollouts)} rollouts.",
        search_id=search_id,
        text=text,
        next_cursor=following,
        next=hints.after_node(search_id, detail.node.id, following, is_full=is_full),
    )


def rollout_story(rollout: RolloutAnswer, *, is_full: bool) -> str:
    """One rollout with its fold scores, and with its output when `is_full`."""
    experiment = rollout.experiment
    lines = [words.rollout_words(rollout)]
    if rollout.plan:
        lines.append(f"plan: {rollout.plan}")
    if experiment.fold_scores:
        lines.append("fold scores: " + ", ".join(map(words.number, experiment.fold_scores)))
    lines.append(f"compute: {experiment.compute_seconds:.1f} s, {experiment.fits} fits")
    lines.extend(rollout.notes)
    if not is_full:
        return "\n".join(lines)
    lines.extend(
        f"control {c.name}: {'passed' if c.passed else 'FAILED'}, {c.evidence}"
        for c in experiment.controls
    )
    if experiment.failure and experiment.failure.traceback:
        lines.append(experiment.failure.traceback.rstrip())
    if experiment.log.strip():
        lines.append(f"output:\n{experiment.log.rstrip()}")
    return "\n".join(lines)


def best_view(best: BestAnswer) -> BestView:
    """The best pipeline, with the honest numbers once it was finalized."""
    search, final = best.search, best.final
    view = BestView(
        summary=best_summary(best),
        search_id=search.search_id,
        state=search.state,
        sandbox_tier=search.sandbox_tier,
        is_final=final is not None,
        rollout=best.rollout.number if best.rollout else None,
        pipeline=words.pipeline_words(best.rollout) if best.rollout else None,
        search_score=words.rounded(final.search_score if final else search.best_score),
        baseline_score=words.rounded(search.baseline_score),
        export=best.export,
        is_replayed=best.is_replayed if best.export else None,
        code="\n\n".join(f"# {stage}.py\n{code.rstrip()}" for stage, code in best.code) or None,
        next=hints.after_best(best),
    )
    if final is None:
        return view
    return view.model_copy(
        update={
            "reevaluated_score": words.rounded(final.reevaluated_score),
            "test_score": words.rounded(final.test_score),
            "test_interval": _ends(final.test_interval),
            "baseline_test_score": words.rounded(final.baseline_test_score),
            "gain": words.rounded(final.gain),
            "gain_interval": _ends(final.gain_interval),
            "is_real_gain": final.is_real_gain,
            "optimism_gap": words.rounded(final.optimism_gap),
            "test_uses": final.test_uses,
            "choice_reason": final.choice_reason or None,
        }
    )


def best_summary(best: BestAnswer) -> str:
    """The final statement, or what can be said before it."""
    if best.final:
        return best.final.statement
    if best.rollout is None:
        return f"Search {best.search.search_id} has no pipeline yet. {best.search.message}".strip()
    return (
        f"{words.search_words(best.search)} The score is the search's own, so it is optimistic: "
        "it is the best of many on shared folds."
    )


def list_view(searches: Sequence[SearchAnswer]) -> ListView:
    """The newest searches; older ones are counted."""
    items = [
        SearchItem(
            search_id=s.search_id,
            state=s.state,
            dataset=s.dataset,
            task=words.task_words(s.task) if s.task else None,
            rollouts=f"{s.rollouts_done} of {s.rollouts_budget}",
            best_score=words.rounded(s.best_score),
        )
        for s in searches[:MANY_SEARCHES]
    ]
    summary = f"{len(searches)} searches." if searches else "No searches yet."
    if len(searches) > MANY_SEARCHES:
        summary += f" The newest {MANY_SEARCHES} are told here."
    return ListView(summary=summary, searches=items or None, next=hints.after_list(searches))


def predict_view(answer: PredictAnswer) -> PredictView:
    """What was written."""
    return PredictView(
        summary=f"Wrote {answer.n_rows} predictions to {answer.output}.",
        output=answer.output,
        rows=answer.n_rows,
        columns=list(answer.columns),
        notes=list(answer.notes) or None,
        next="Tell the user where the file is. Nothing else is needed.",
    )


def later_insights_view(summary: str) -> InsightsView:
    """The work needs longer than the wait."""
    return InsightsView(summary=summary, next=hints.AGAIN)


def later_step_view(search: SearchAnswer) -> StepView:
    """The engine did not answer in time; the search goes on."""
    return step_view(StepAnswer(search))


def later_search_view(search: SearchAnswer) -> SearchView:
    """The engine has not done yet what was asked."""
    return search_view(search).model_copy(update={"next": hints.AGAIN})


def later_best_view(search: SearchAnswer) -> BestView:
    """Finalizing or exporting needs longer than the wait."""
    return BestView(
        summary=f"Search {search.search_id} is still being finalized; nothing is lost.",
        search_id=search.search_id,
        state=search.state,
        sandbox_tier=search.sandbox_tier,
        is_final=False,
        search_score=words.rounded(search.best_score),
        next=hints.AGAIN,
    )


def later_predict_view() -> PredictView:
    """Predicting needs longer than the wait."""
    return PredictView(summary="The predictions are still being made.", next=hints.AGAIN)


def page(text: str, cursor: int, size: int = LIMIT - 1_000) -> tuple[str, str | None]:
    """The lines of `text` from character `cursor` on that fit, and the cursor of the rest."""
    rest = text[cursor:]
    taken = used = 0
    for line in rest.splitlines(keepends=True):
        width = length_of(line) - 2
        if used + width > size:
            # A single line longer than a page is cut inside.
            taken = taken or size // 2
            return rest[:taken].rstrip("\n"), str(cursor + taken)
        taken += len(line)
        used += width
    return rest, None


def length_of(value: Any) -> int:
    """Characters of the JSON form."""
    return len(json.dumps(value, ensure_ascii=False))


def size_of(view: View) -> int:
    """Characters of the longer of its two forms, before any cut."""
    data = view.model_dump(mode="json", exclude_none=True)
    return max(length_of(data), len(as_text(data)))


def answer(view: View, limit: int = LIMIT) -> CallToolResult:
    """Both forms of an answer, each complete, each within `limit` characters."""
    data = view.model_dump(mode="json", exclude_none=True)
    while (over := max(length_of(data), len(as_text(data))) - limit) > 0 and _shorten(data, over):
        pass
    text = TextContent(type="text", text=as_text(data))
    return CallToolResult(content=[text], structured_content=data)


def as_text(data: dict[str, Any]) -> str:
    """Every field of an answer as plain lines."""
    lines = [str(data["summary"])]
    for key, value in data.items():
        if key in ("summary", "next"):
            continue
        lines.extend(_field_lines(key, value))
    return "\n".join([*lines, f"Next: {data['next']}"])


def _field_lines(key: str, value: Any) -> list[str]:
    if isinstance(value, list):
        if all(isinstance(v, int | float) for v in value):
            return [f"{key}: {' to '.join(map(str, value))}"]
        return [f"{key}:", *(f"- {_item(v)}" for v in value)]
    if isinstance(value, str) and "\n" in value:
        return [f"{key}:", value]
    return [f"{key}: {value}"]


def _item(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    return str(value)


def _shorten(data: dict[str, Any], over: int) -> bool:
    """Cut the longest text of an answer; False when nothing is left worth cutting."""
    holder, key = max(_texts(data), key=lambda place: len(place[0][place[1]]))
    text: str = holder[key]
    keep = max(len(text) - over - 60, 120)
    if keep >= len(text):
        return False
    holder[key] = f"{text[:keep]}… [{len(text) - keep} characters cut]"
    return True


def _texts(value: Any) -> list[tuple[Any, Any]]:
    """The places of all texts inside, tickets and ids being too short to be cut."""
    if isinstance(value, dict):
        places: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list):
        places = list(enumerate(value))
    else:
        return []
    found: list[tuple[Any, Any]] = []
    for key, inner in places:
        found.extend([(value, key)] if isinstance(inner, str) else _texts(inner))
    return found


def _ends(interval: Any) -> list[float] | None:
    return (
        [float(words.number(interval.low)), float(words.number(interval.high))]
        if interval
        else None
    )
