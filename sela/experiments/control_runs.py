"""The runs of the controls: what a would-be best must survive beyond its folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandboxes.base import Sandbox
from sela.evaluation.comparison import Comparison
from sela.evaluation.controls import (
    NOISE_Z,
    PERMUTED_Z,
    Chance,
    against_chance,
    is_jump,
    is_perfect,
    mirrored,
    moved_share,
    tolerated_share,
)
from sela.experiments.asking import FoldAnswers, ask_fold
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult, Failure
from sela.experiments.trial import Trial

PATIENCE = 3.0
"""Permuted labels are harder to fit: trees grow deeper, solvers take longer to converge."""
STRICT_FOLDS = 3
"""On how many folds labels are permuted when the score is suspiciously good."""


async def run_controls(
    bench: Bench,
    sandbox: Sandbox,
    trial: Trial,
    answers: FoldAnswers | None,
    comparison: Comparison | None,
) -> tuple[ControlResult, ...]:
    """Put a candidate whose folds are all scored through every control, up to the first it fails.

    `answers` are those of the fold that already carried the controls' questions, if one did;
    `comparison` is the one with the best, if there is one.
    """
    if answers is None:
        answers = await ask_fold(
            bench, sandbox, trial.code, control_fold(bench), with_controls=True
        )
        trial.add_control(answers.fit)
    halved = judge_halves(bench, answers)
    if not halved.passed:
        return (halved,)
    canary = judge_noise(bench, answers)
    if not canary.passed:
        return (halved, canary)
    suspicion = _suspicion(bench, trial, comparison)
    runs = _PermutedRuns(bench, sandbox, trial)
    permuted = await runs.judge(STRICT_FOLDS if suspicion else 1)
    results = (halved, canary, permuted)
    if suspicion:
        found = "found nothing" if permuted.passed else "found the reason"
        evidence = f"{suspicion} Labels were permuted on {runs.n_folds} folds, which {found}."
        results += (ControlResult("score_jump", permuted.passed, evidence),)
    return results


def control_fold(bench: Bench) -> int:
    """The fold that carries the controls' questions; code in a sandbox cannot foresee it.

    Never the first, so that only candidates still in the race are asked.
    """
    count = len(bench.folds)
    return int(bench.secret_rng(1).integers(1, count)) if count > 1 else 0


def judge_halves(bench: Bench, answers: FoldAnswers) -> ControlResult:
    """Half of the rows, asked alone and in another order, must get the same predictions."""
    name = "halved_batch"
    if answers.half is None or answers.half_answer is None:
        evidence = f"It answers the whole batch, but not half of it: {answers.trouble}"
        return ControlResult(name, False, evidence)
    before = answers.fit.predictions[0].rows(answers.half)
    share = moved_share(bench.task, before, answers.half_answer, float(np.std(bench.y)))
    n_rows = len(answers.half)
    if share <= tolerated_share(n_rows):
        evidence = f"{n_rows} rows asked alone and in another order get the same predictions."
        return ControlResult(name, True, evidence)
    return ControlResult(
        name,
        False,
        f"{share:.1%} of {n_rows} rows get another prediction when asked in a smaller batch and "
        "another order: what is said of a row depends on the other rows to be predicted.",
    )


def judge_noise(bench: Bench, answers: FoldAnswers) -> ControlResult:
    """Rows whose columns were shuffled apart must not be predicted better than by chance."""
    name = "noise_canary"
    if answers.noise_answer is None:
        evidence = f"No verdict: rows that mean nothing make it raise ({answers.trouble})"
        return ControlResult(name, True, evidence)
    y = bench.y[bench.folds[answers.index].valid]
    chance = against_chance(bench.task, y, answers.noise_answer, bench.secret_rng(3))
    if chance.z <= NOISE_Z:
        return ControlResult(name, True, f"On rows that mean nothing it scores {chance}.")
    return ControlResult(
        name,
        False,
        f"On rows that mean nothing it still scores {chance}: it knows the rows by their place, "
        "not by what is in them.",
    )


@dataclass
class _PermutedRuns:
    """Fits on permuted labels, fold after fold, until each fold is cleared or one condemns."""

    bench: Bench
    sandbox: Sandbox
    trial: Trial
    n_folds: int = 0

    async def judge(self, n_folds: int) -> ControlResult:
        indices = self.bench.secret_rng(4).permutation(len(self.bench.folds))[:n_folds]
        self.n_folds = len(indices)
        result = ControlResult("permuted_labels", True, "")
        for index in indices.tolist():
            result = await self._judge_fold(index)
            if not result.passed:
                break
        return result

    async def _judge_fold(self, index: int) -> ControlResult:
        """Cleared by the first of three fits that is no better than chance."""
        bench, name = self.bench, "permuted_labels"
        rng = bench.secret_rng(5, index)
        target = bench.y[bench.folds[index].train]
        first = rng.permutation(target)
        seen: list[Chance] = []
        for permuted in (first, mirrored(bench.task, first), rng.permutation(target)):
            chance = await self._against_chance(index, permuted, rng)
            if isinstance(chance, Failure):
                return ControlResult(name, False, _tampering(self.trial, chance))
            seen.append(chance)
            if chance.z <= PERMUTED_Z:
                evidence = f"Fitted on permuted labels it scores {chance}."
                return ControlResult(name, True, evidence)
        return ControlResult(
            name,
            False,
            f"Fitted on permuted labels it still scores {seen[0]}, and so {len(seen)} times: it "
            "reaches labels that it was not given.",
        )

    async def _against_chance(
        self, index: int, permuted: NDArray[Any], rng: np.random.Generator
    ) -> Chance | Failure:
        """One fit; one that raises is tried once more with another permutation."""
        bench, fold = self.bench, self.bench.folds[index]
        failure: Failure | None = None
        for target in (permuted, rng.permutation(permuted)):
            fit = await bench.fit(
                self.sandbox,
                self.trial.code,
                fold.train,
                [bench.rows(fold.valid)],
                target=target,
                patience=PATIENCE,
            )
            self.trial.add_control(fit)
            failure = fit.failure
            if failure is None:
                return against_chance(bench.task, bench.y[fold.valid], fit.predictions[0], rng)
        assert failure is not None
        return failure


def _tampering(trial: Trial, failure: Failure) -> str:
    return (
        f"It ran on {len(trial.scores)} folds, but twice ended with {failure.outcome} on permuted "
        f"labels alone ({failure.message}): that is tampering with the control, or a pipeline "
        "that cannot be checked."
    )


def _suspicion(bench: Bench, trial: Trial, comparison: Comparison | None) -> str:
    """Why a score asks for stricter checks; empty when it does not."""
    if all(is_perfect(bench.task, value) for value in trial.scores):
        return "The score is perfect on every fold."
    if comparison is not None and is_jump(comparison):
        errors = comparison.difference / max(comparison.standard_error, 1e-12)
        return f"The score is {errors:.0f} standard errors above the best before it."
    return ""
