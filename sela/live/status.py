"""Where a search stands, read from the store; the live process adds only what is in flight."""

from __future__ import annotations

from collections.abc import Mapping

from sela.experiments.experiment import Experiment, Verdict
from sela.live.answers import RolloutAnswer, SearchAnswer
from sela.live.driver import LiveSearch
from sela.live.proposing import LOOKED
from sela.live.rollout import best_of
from sela.live.writing import UNWRITTEN
from sela.store.protocol import Store
from sela.store.records import InsightRecord, RolloutRecord, SearchRecord


def search_answer(store: Store, record: SearchRecord, live: LiveSearch | None) -> SearchAnswer:
    """The standing of a search, whether it lives in this process or not."""
    done = finished(store, record.id)
    problem = record.problem
    baseline = done.get(1)
    best = best_of(done, problem.task.greater_is_better) if problem else None
    return SearchAnswer(
        search_id=record.id,
        state=_state(record, live),
        task=problem.task if problem else None,
        dataset=record.request.dataset,
        designer=record.designer,
        strategy=record.strategy,
        sandbox_tier=record.sandbox_tier,
        rollouts_done=len(done),
        rollouts_budget=record.rollouts,
        rollouts_running=live.budget.rollouts_running if live else 0,
        failed_rollouts=sum(e.verdict is Verdict.FAILED for e in done.values()),
        baseline_score=baseline.score if baseline else None,
        best_score=best[1].score if best else None,
        best_rollout=best[0] if best else None,
        compute_seconds=sum(e.compute_seconds for e in done.values()),
        control_seconds=sum(e.control_seconds for e in done.values()),
        fits=sum(e.fits for e in done.values()),
        fits_saved=sum(e.fits_saved for e in done.values()),
        wall_seconds=live.budget.seconds_used if live else record.wall_seconds,
        max_seconds=record.max_seconds,
        cost_usd=cost_usd(store, record.id),
        max_usd=record.max_usd,
        findings=problem.findings if problem else (),
        folds=problem.folds if problem else "",
        message=(live.budget.ended if live else None) or record.message,
        seed=record.request.seed,
        troubles=troubles(store, record.id),
    )


def troubles(store: Store, search_id: str) -> tuple[str, ...]:
    """What designers could not do, and what was done instead; each said once."""
    said: dict[str, None] = {}
    for event in store.events(search_id):
        if event.kind == UNWRITTEN:
            body = event.body
            said[f"No code for {body['insight_id']} ({body['text']}): {body['reason']}"] = None
        elif event.kind == LOOKED and (trouble := event.body.get("trouble")):
            said[f"No new insights: {trouble}"] = None
    return tuple(said)


def finished(store: Store, search_id: str) -> dict[int, Experiment]:
    """The experiments that were counted, by rollout."""
    return {r.number: r.experiment for r in store.rollouts(search_id) if r.experiment is not None}


def cost_usd(store: Store, search_id: str) -> float | None:
    """What the model calls cost; 0 without any, None when the price of one is unknown."""
    costs = [record.call.cost_usd for record in store.calls(search_id)]
    if any(cost is None for cost in costs):
        return None
    return float(sum(cost for cost in costs if cost is not None))


def rollout_answers(store: Store, record: SearchRecord) -> tuple[RolloutAnswer, ...]:
    """Every counted rollout, by number."""
    insights = {r.insight.id: r for r in store.insights(record.id)}
    done = finished(store, record.id)
    task = record.problem.task if record.problem else None
    best = best_of(done, task.greater_is_better) if task else None
    best_number = best[0] if best else None
    return tuple(
        _rollout_answer(rollout, insights, is_best=rollout.number == best_number)
        for rollout in store.rollouts(record.id)
        if rollout.experiment is not None
    )


def _rollout_answer(
    rollout: RolloutRecord, insights: Mapping[str, InsightRecord], *, is_best: bool
) -> RolloutAnswer:
    assert rollout.experiment is not None
    path = tuple(insights[c].insight for c in rollout.configuration.choices if c)
    return RolloutAnswer(
        rollout.number,
        rollout.node_id,
        path,
        rollout.experiment,
        rollout.plan,
        rollout.notes,
        is_best,
    )


def _state(record: SearchRecord, live: LiveSearch | None):
    if live is not None and live.is_busy and record.state not in ("stopped", "failed"):
        return "running"
    if record.state == "running":
        return "idle"
    return record.state


def rollout_sentence(answer: RolloutAnswer) -> str:
    """What a rollout tried and what came out, in one line."""
    tried = "; ".join(i.text for i in answer.insights) or "baseline: every stage as it is"
    experiment = answer.experiment
    if experiment.failure is not None:
        return f"#{answer.number} failed ({experiment.failure.message[:100]}): {tried}"
    ending = {
        Verdict.RACED_OUT: ", stopped early",
        Verdict.REJECTED: ", rejected by a control",
    }.get(experiment.verdict, ", best so far" if answer.is_best else "")
    return f"#{answer.number} {experiment.score:.4g}{ending}: {tried}"
