"""Shipping: the chosen model is fitted on every row of the search and given out as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sandboxes.base import Sandbox
from sela.errors import SelaError
from sela.evaluation.final import Chosen
from sela.experiments.bench import Bench
from sela.experiments.clearance import Clearance
from sela.experiments.election import Plan
from sela.experiments.experiment import Failure
from sela.experiments.finalists import Candidate
from sela.experiments.fits import MemberCode, Refit, RefitRequest, predict_with, refit
from sela.problem.prediction import Prediction

LATENCY_ROWS = 1000
REFIT_PATIENCE = 2.0
"""All rows instead of a fold's."""


@dataclass(frozen=True)
class Shipment:
    """A fitted model, and its predictions of the questions that were asked along."""

    chosen: Chosen
    members: tuple[MemberCode, ...]
    model: bytes
    predictions: tuple[Prediction, ...]
    seconds: float


async def ship(
    bench: Bench, sandbox: Sandbox, plans: Sequence[Plan], questions: tuple[pd.DataFrame, ...]
) -> Shipment:
    """Fit the first plan that passes the controls and can be fitted. SelaError when none can."""
    failures: list[str] = []
    clearance, seconds = Clearance(bench, sandbox), 0.0
    for plan in plans:
        refused = [await _refusal(clearance, candidate) for candidate, _ in plan.parts]
        if any(refused):
            failures.extend(why for why in refused if why and why not in failures)
            continue
        members = tuple(MemberCode(candidate.code, weight) for candidate, weight in plan.parts)
        fitted = await _refit(bench, sandbox, members, plan.chosen.cutoff, questions)
        seconds += fitted.seconds
        if fitted.model is not None:
            latency, more = await _latency(bench, sandbox, fitted.model)
            reason = " ".join([plan.chosen.reason, *failures])
            chosen = replace(plan.chosen, reason=reason, latency_ms_per_row=latency)
            seconds += more + clearance.seconds
            return Shipment(chosen, members, fitted.model, fitted.predictions, seconds)
        failures.append(_told(plan, fitted.failure))
    raise SelaError(
        "No pipeline of this search could be fitted on all its rows, the baseline included. "
        + " ".join(failures)
    )


async def _refusal(clearance: Clearance, candidate: Candidate) -> str:
    objection = await clearance.objection(candidate)
    return (
        f"(Rollout {candidate.rollout} was refused by a control. {objection})" if objection else ""
    )


async def _refit(
    bench: Bench,
    sandbox: Sandbox,
    members: tuple[MemberCode, ...],
    cutoff: float | None,
    questions: tuple[pd.DataFrame, ...],
) -> Refit:
    rows = bench.splits.search
    request = RefitRequest(
        task=bench.task,
        members=members,
        train=bench.rows(rows),
        target=bench.y[rows],
        questions=questions,
        cutoff=cutoff,
        seed=bench.seed,
        threads=bench.threads,
        timeout_seconds=bench.timeout_seconds * REFIT_PATIENCE * len(members),
    )
    return await refit(sandbox, request)


async def _latency(bench: Bench, sandbox: Sandbox, model: bytes) -> tuple[float | None, float]:
    """Milliseconds a row takes in a batch, loading the model left out; and what asking took."""
    batch = bench.rows(bench.splits.search[:LATENCY_ROWS])
    once = await predict_with(sandbox, model, (batch,), bench.task)
    thrice = await predict_with(sandbox, model, (batch,) * 3, bench.task)
    seconds = once.seconds + thrice.seconds
    if once.failure is not None or thrice.failure is not None:
        return None, seconds
    per_batch = max(thrice.seconds - once.seconds, 0.0) / 2
    return 1000 * per_batch / len(batch), seconds


def _told(plan: Plan, failure: Failure | None) -> str:
    rollouts = ", ".join(str(candidate.rollout) for candidate, _ in plan.parts)
    why = "it gave no model" if failure is None else failure.message
    return f"(Rollout {rollouts} could not be fitted on all rows: {why})"
