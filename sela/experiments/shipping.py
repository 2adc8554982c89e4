"""Shipping: the chosen model is fitted on every row of the search and given out as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sandboxes.base import Sandbox
from sela.errors import SelaError
from sela.evaluation.controls import moved_share, tolerated_rows
from sela.evaluation.final import Chosen
from sela.experiments.bench import Bench
from sela.experiments.clearance import Clearance
from sela.experiments.election import Plan
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
            objection, more = await _batch_objection(bench, sandbox, fitted, questions)
            seconds += more
            if objection:
                failures.append(_told(plan, objection))
                continue
            latency, more = await _latency(bench, sandbox, fitted.model)
            reason = " ".join(dict.fromkeys([plan.chosen.reason, *failures]))
            chosen = replace(plan.chosen, reason=reason, latency_ms_per_row=latency)
            seconds += more + clearance.seconds
            return Shipment(chosen, members, fitted.model, fitted.predictions, seconds)
        failures.append(_told(plan, fitted.failure.message if fitted.failure else "no model"))
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


async def _batch_objection(
    bench: Bench, sandbox: Sandbox, fitted: Refit, questions: tuple[pd.DataFrame, ...]
) -> tuple[str, float]:
    """Whether the shipped model, too, says of half the rows what it says of all; and the seconds.

    It is fitted on more rows than any that was controlled, and could know it by that.
    """
    if not questions or fitted.model is None or len(questions[0]) < 2:
        return "", 0.0
    order = bench.secret_rng(10).permutation(len(questions[0]))
    half = order[: len(order) // 2]
    frame = questions[0].iloc[half].reset_index(drop=True)
    alone = await predict_with(sandbox, fitted.model, (frame,), bench.task)
    if alone.failure is not None:
        return f"saved and loaded it does not answer: {alone.failure.message}", alone.seconds
    before = fitted.predictions[0].rows(half)
    share = moved_share(before, alone.predictions[0], float(np.std(bench.y)))
    if round(share * len(half)) <= tolerated_rows(len(half)):
        return "", alone.seconds
    return (
        f"{share:.1%} of {len(half)} sealed rows get another prediction when they are asked "
        "without the others",
        alone.seconds,
    )


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


def _told(plan: Plan, why: str) -> str:
    rollouts = ", ".join(str(candidate.rollout) for candidate, _ in plan.parts)
    return f"(Rollout {rollouts}, fitted on all rows, cannot be shipped: {why})"
