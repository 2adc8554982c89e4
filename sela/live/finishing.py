"""Finishing: the honest number of a search, its fitted model, the report, and the export."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from sela.artefact.export import Exported, export
from sela.artefact.package import Package
from sela.artefact.replay import Training
from sela.artefact.schema import schema_of
from sela.errors import RequestError
from sela.evaluation.diagnostics import Diagnostics
from sela.evaluation.ensemble import Blend
from sela.evaluation.out_of_fold import OutOfFold
from sela.experiments.diagnose import diagnose
from sela.experiments.effects import effects
from sela.experiments.finalists import Candidate
from sela.experiments.finalize import Finale, Finished, SealedPart, finalize
from sela.experiments.fits import MemberCode, predict_with
from sela.live.nodes import node_answers, replayed
from sela.live.opening import bench_of
from sela.live.problem import Problem
from sela.live.sealing import break_seal, other_uses, use_notes
from sela.live.status import finished, rollout_answers, search_answer
from sela.live.workshop import Workshop
from sela.problem.prediction import Prediction
from sela.report.content import ReportContent
from sela.store.codec import from_json, to_json
from sela.store.protocol import Store
from sela.store.records import FinalRecord, SearchRecord

REPLAY_ROWS = 2000
LIBRARIES = ("sela-mcp", "scikit-learn", "pandas", "numpy", "lightgbm")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class FinalModel:
    """The model of a finalized search, as it was stored."""

    model: bytes
    members: tuple[MemberCode, ...]
    prediction: Prediction | None
    """Of the sealed rows."""


async def finish(
    workshop: Workshop,
    record: SearchRecord,
    problem: Problem,
    *,
    reopen_reason: str | None = None,
    tell: Tell = lambda _: None,
) -> FinalRecord:
    """Finalize once; later calls give the stored result, unless there is a reason to reopen.

    Raises RequestError without a baseline, when the sealed rows were used before and no reason is
    given, or for a reason without a word.
    """
    if reopen_reason is not None and not reopen_reason.strip():
        raise RequestError("Give a reason to use the sealed rows again: it is recorded and shown.")
    store = workshop.store
    stored = store.final(record.id)
    if stored is not None and reopen_reason is None:
        return stored
    candidates = _candidates(store, record)
    if not candidates or candidates[0].rollout != 1:
        raise RequestError(
            f"Search {record.id} has no rollout yet. Call step_search first, then finalize."
        )
    bench = bench_of(workshop, record, problem)
    others = other_uses(store, record.id, problem)

    async def use_test() -> int:
        """Record the use before a single sealed row is scored."""
        break_seal(store, record.id, problem, reopen_reason)
        return len(store.test_uses(record.id)) + len(others)

    if store.test_uses(record.id) and reopen_reason is None:
        # Refuse before the work, not after it.
        store.use_test(record.id, "finalize")
    finale = Finale(
        bench=bench,
        provider=await workshop.open_provider(),
        candidates=candidates,
        baseline=candidates[0],
        fresh=problem.fresh,
        sealed=_sealed_part(problem),
        workers=min(record.request.workers, workshop.max_workers),
    )
    done = await finalize(finale, use_test, progress=tell)
    tell("Looking at what the model relies on.")
    seen = await _seen(finale, done)
    estimate = replace(
        done.estimate,
        use_notes=use_notes(store, record.id, others),
        has_fresh_folds=record.request.fold_column is None,
    )
    store.set_final(record.id, estimate, blobs=_keep(store, done, seen))
    final = store.final(record.id)
    assert final is not None
    return final


def final_model(store: Store, final: FinalRecord) -> FinalModel:
    """The stored model and the code it was fitted from."""
    plan = json.loads(store.blob(final.blobs["members"]))
    prediction = None
    if "prediction" in final.blobs:
        prediction = OutOfFold.from_bytes(store.blob(final.blobs["prediction"])).predictions[0]
    members = tuple(MemberCode(m["code"], m["weight"]) for m in plan)
    return FinalModel(store.blob(final.blobs["model"]), members, prediction)


def report_content(store: Store, record: SearchRecord, problem: Problem | None) -> ReportContent:
    """Everything that the report shows, for a search at any stage."""
    if record.problem is None:
        raise RequestError(f"Search {record.id} is not prepared yet. Try again in a moment.")
    final = store.final(record.id)
    rollouts = rollout_answers(store, record)
    best = next((r for r in rollouts if r.is_best), None)
    insights = {r.insight.id: r for r in store.insights(record.id)}
    task = record.problem.task
    done = finished(store, record.id)
    return ReportContent(
        search=search_answer(store, record, None),
        task=task,
        profile=problem.profile if problem else None,
        rollouts=rollouts,
        nodes=node_answers(replayed(store, record), insights, best),
        final=final.estimate if final else None,
        diagnostics=_diagnostics(store, final),
        effects=effects(tuple(done.values()), greater_is_better=task.greater_is_better),
        insights=tuple(r.insight for r in insights.values()),
        code=best_code(store, record),
        versions={name: version(name) for name in LIBRARIES},
        description=record.request.description,
        created=_moment(record.created_at),
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def best_code(store: Store, record: SearchRecord):
    """The stages of the best pipeline, or of the heaviest member of the final model."""
    best = next((r for r in rollout_answers(store, record) if r.is_best), None)
    final = store.final(record.id)
    code = dict(best.experiment.code) if best else {}
    if final is not None:
        number = max(final.estimate.members, key=lambda m: m.weight).rollout
        code = dict(finished(store, record.id)[number].code)
    return tuple(code.items())


async def export_final(
    workshop: Workshop,
    record: SearchRecord,
    problem: Problem,
    final: FinalRecord,
    folder: Path,
    tell: Tell = lambda _: None,
) -> Exported:
    """Write the artefact's folder; it is kept only when a clean process predicts the same."""
    model = final_model(workshop.store, final)
    provider = await workshop.open_provider()
    rows, expected = await _replay_rows(workshop, problem, model)
    package = Package(
        content=await asyncio.to_thread(report_content, workshop.store, record, problem),
        model=model.model,
        members=model.members,
        columns=schema_of(problem.frame.iloc[problem.splits.search]),
        cutoff=final.estimate.cutoff,
        seed=record.request.seed,
        threads=workshop.threads,
    )
    tell("Replaying the export in a clean process.")
    search_rows = problem.splits.search
    training = Training(
        problem.frame.iloc[search_rows].reset_index(drop=True), problem.target[search_rows]
    )
    return await export(provider, folder, package, rows, expected, training=training)


def _candidates(store: Store, record: SearchRecord) -> list[Candidate]:
    return [
        Candidate(
            number,
            experiment,
            OutOfFold.from_bytes(store.blob(experiment.predictions))
            if experiment.predictions
            else None,
        )
        for number, experiment in sorted(finished(store, record.id).items())
        if experiment.score is not None
    ]


async def _seen(finale: Finale, done: Finished) -> Diagnostics:
    """Where the chosen model errs, and what its heaviest member relies on."""
    members = done.estimate.members
    leader = max(members, key=lambda m: m.weight).rollout
    candidate = next(c for c in finale.candidates if c.rollout == leader)
    said = {c.rollout: c.out_of_fold for c in finale.candidates if c.out_of_fold is not None}
    if any(member.rollout not in said for member in members):
        return Diagnostics()
    tried = [c.experiment for c in finale.candidates]
    better = finale.bench.task.greater_is_better
    async with finale.provider.lease() as sandbox:
        return await diagnose(
            finale.bench,
            sandbox,
            candidate.code,
            _blended(finale, done, said),
            effects(tried, greater_is_better=better),
        )


def _blended(finale: Finale, done: Finished, said: Mapping[int, OutOfFold]) -> OutOfFold:
    """What the final model says out of fold: that of its one pipeline, or of the blend."""
    members, task = done.estimate.members, finale.bench.task
    if len(members) == 1 and done.estimate.cutoff is None:
        return said[members[0].rollout]
    blend = Blend(tuple((m.rollout, m.weight) for m in members), done.estimate.cutoff)
    folds = range(len(finale.bench.folds))
    return OutOfFold(
        tuple(blend.combine(task, {r: o.predictions[i] for r, o in said.items()}) for i in folds)
    )


def _sealed_part(problem: Problem) -> SealedPart | None:
    frame, y = problem.sealed
    return SealedPart(frame.reset_index(drop=True), y, problem.test_groups) if len(y) else None


def _keep(store: Store, done: Finished, seen: Diagnostics) -> dict[str, str]:
    members = [{"code": dict(m.code), "weight": m.weight} for m in done.members]
    blobs = {
        "model": store.put_blob(done.model),
        "members": store.put_blob(json.dumps(members).encode()),
        "diagnostics": store.put_blob(json.dumps(to_json(seen)).encode()),
    }
    if done.test_prediction is not None:
        blobs["prediction"] = store.put_blob(OutOfFold((done.test_prediction,)).to_bytes())
    return blobs


def _diagnostics(store: Store, final: FinalRecord | None) -> Diagnostics | None:
    if final is None or "diagnostics" not in final.blobs:
        return None
    return from_json(Diagnostics, json.loads(store.blob(final.blobs["diagnostics"])))


async def _replay_rows(
    workshop: Workshop, problem: Problem, model: FinalModel
) -> tuple[pd.DataFrame, Prediction]:
    """Rows and what the model says of them: the sealed ones, or some of the search without any."""
    if model.prediction is not None:
        return problem.sealed[0].reset_index(drop=True), model.prediction
    rows = problem.frame.iloc[problem.splits.search[:REPLAY_ROWS]].reset_index(drop=True)
    provider = await workshop.open_provider()
    async with provider.lease() as sandbox:
        fit = await predict_with(sandbox, model.model, (rows,), problem.task)
    if fit.failure is not None:
        raise RequestError(f"The fitted model cannot be loaded: {fit.failure.message}")
    return rows, fit.predictions[0]
