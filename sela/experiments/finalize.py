"""Finalize: from the best candidates of a search to one model and one honest number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandboxes.base import SandboxProvider
from sela.errors import SelaError
from sela.evaluation.comparison import mean_valid_share
from sela.evaluation.ensemble import EnsembleChoice, choose_ensemble
from sela.evaluation.estimate import FinalEstimate
from sela.evaluation.final import SealedAnswers, estimate_on_folds, estimate_on_sealed
from sela.evaluation.splits import Fold
from sela.experiments.bench import Bench, best_constant, is_usable
from sela.experiments.election import Election
from sela.experiments.finalists import Candidate, Rerun, leaders, rerun
from sela.experiments.fits import MemberCode
from sela.experiments.shipping import Shipment, ship
from sela.problem.audit.copies import row_hashes
from sela.problem.metrics import UndefinedScoreError
from sela.problem.prediction import Prediction

FINALISTS = 3
REEVALUATION_FITS = 10
"""Fresh folds are as many as this allows for the finalists there are; without sealed rows, all."""
FEWEST_FRESH = 3
"""And at least so many: one or two are no evidence."""
UseTest = Callable[[], Awaitable[int]]
"""Records that the sealed rows are used, before they are scored; gives how often that makes."""


@dataclass(frozen=True)
class SealedPart:
    """Rows that only the final estimate may see: features (n, p) and encoded targets (n,)."""

    frame: pd.DataFrame
    y: NDArray[Any]
    groups: NDArray[Any] | None = None
    """Which (n,) rows belong together."""


@dataclass(frozen=True)
class Finished:
    """One model, what it is worth, and what the report and the artefact need of it."""

    estimate: FinalEstimate
    model: bytes
    """For `joblib.load`; never loaded by the host."""
    members: tuple[MemberCode, ...]
    """Codes and weights, in the order of `estimate.members`."""
    test_prediction: Prediction | None
    baseline_test_prediction: Prediction | None
    compute_seconds: float


@dataclass(frozen=True)
class Finale:
    """Everything that finalizing stands on. `fresh` are folds that the search never saw."""

    bench: Bench
    provider: SandboxProvider
    candidates: Sequence[Candidate]
    baseline: Candidate
    fresh: Sequence[Fold]
    sealed: SealedPart | None = None
    """None for a table that is too small to spare any."""
    workers: int = 1


async def finalize(
    finale: Finale, use_test: UseTest, *, progress: Callable[[str], None] = lambda _: None
) -> Finished:
    """Re-evaluate the best few, choose, fit on every row of the search, score sealed rows once.

    Without sealed rows the estimate stands on the fresh folds, and `use_test` is not called.
    Raises SelaError when not even the baseline can be fitted.
    """
    bench = finale.bench
    sealed = finale.sealed
    progress("Looking for an ensemble of what was found.")
    ensemble = await asyncio.to_thread(_ensemble, finale)
    finalists = _finalists(finale, ensemble)
    fresh = [fold for fold in finale.fresh if is_usable(bench.task, bench.y, fold)]
    if sealed is not None:
        fresh = fresh[: max(FEWEST_FRESH, REEVALUATION_FITS // len(finalists))]
    progress(f"Evaluating {len(finalists)} finalists on {len(fresh)} fresh folds.")
    reruns = await rerun(
        bench,
        finale.provider,
        finalists,
        fresh,
        never_race=_members(ensemble) | {finale.baseline.rollout},
        workers=finale.workers,
    )
    plans = Election(bench, reruns, finale.baseline, ensemble, fresh).plans()
    progress("Fitting the chosen model on every row of the search.")
    async with finale.provider.lease() as sandbox:
        questions = () if sealed is None else (sealed.frame,)
        shipment = await ship(bench, sandbox, plans, questions)
    seconds = shipment.seconds + sum(run.seconds for run in reruns)
    if sealed is None:
        return _by_folds(finale, shipment, reruns, seconds)
    return await _by_sealed(finale, shipment, sealed, seconds, use_test, progress)


def _eligible(finale: Finale) -> list[Candidate]:
    found = [c for c in finale.candidates if c.experiment.is_eligible]
    return found or [finale.baseline]


def _ensemble(finale: Finale) -> EnsembleChoice | None:
    bench = finale.bench
    ranked = leaders(_eligible(finale), None, greater_is_better=bench.task.greater_is_better)
    library = {c.rollout: c.out_of_fold for c in ranked if c.out_of_fold is not None}
    if len(library) < 2:
        return None
    try:
        return choose_ensemble(
            bench.task, bench.y, bench.folds, library, repeat_length=bench.repeat_length
        )
    except UndefinedScoreError:
        return None


def _finalists(finale: Finale, ensemble: EnsembleChoice | None) -> list[Candidate]:
    """The best few, or the best and the members of an ensemble that may be taken; and the
    baseline, which is the simplest of all."""
    eligible, better = _eligible(finale), finale.bench.task.greater_is_better
    members = _members(ensemble)
    few = leaders(eligible, 1 if members else FINALISTS, greater_is_better=better)
    chosen = {c.rollout: c for c in few}
    chosen |= {c.rollout: c for c in eligible if c.rollout in members}
    chosen[finale.baseline.rollout] = finale.baseline
    return list(chosen.values())


def _members(ensemble: EnsembleChoice | None) -> frozenset[int]:
    """Rollouts of an ensemble that passed its guard."""
    if ensemble is None or not ensemble.is_taken:
        return frozenset()
    return frozenset(rollout for rollout, _ in ensemble.blend.weights)


def _by_folds(
    finale: Finale, shipment: Shipment, reruns: Sequence[Rerun], seconds: float
) -> Finished:
    baseline = next(r for r in reruns if r.candidate.rollout == finale.baseline.rollout)
    share = mean_valid_share(finale.fresh)
    estimate = estimate_on_folds(finale.bench.task, shipment.chosen, baseline.scores, share)
    return Finished(estimate, shipment.model, shipment.members, None, None, seconds)


async def _by_sealed(
    finale: Finale,
    shipment: Shipment,
    sealed: SealedPart,
    seconds: float,
    use_test: UseTest,
    progress: Callable[[str], None],
) -> Finished:
    bench, code = finale.bench, finale.baseline.code
    async with finale.provider.lease() as sandbox:
        fit = await bench.fit(sandbox, code, bench.splits.search, [sealed.frame], patience=2.0)
    if fit.failure is not None:
        raise SelaError(f"The baseline could not be fitted on all rows: {fit.failure.message}")
    progress("Scoring the sealed rows.")
    uses = await use_test()
    searched = bench.splits.search
    answers = SealedAnswers(
        sealed.y,
        shipment.predictions[0],
        fit.predictions[0],
        uses,
        best_constant(bench.task, bench.y[searched], len(sealed.y)),
        sealed.groups,
        np.isin(row_hashes(sealed.frame), row_hashes(bench.rows(searched))),
    )
    estimate = await asyncio.to_thread(
        estimate_on_sealed, bench.task, shipment.chosen, answers, bench.secret_rng(6)
    )
    return Finished(
        estimate,
        shipment.model,
        shipment.members,
        answers.prediction,
        answers.baseline,
        seconds + fit.seconds,
    )
