"""Permuted labels: whether a candidate scores although there is nothing to be learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandboxes.base import Sandbox
from sela.evaluation.controls import PERMUTED_Z, Chance, against_chance, mirrored
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult, Failure
from sela.experiments.trial import Trial

NAME = "permuted_labels"
PATIENCE = 3.0
"""Permuted labels are harder to fit: trees grow deeper, solvers take longer to converge."""

LEAST_SECONDS, MUCH_LONGER = 30.0, 20.0
"""No fit on permuted labels holds a worker for longer than this, in multiples of its usual fit."""


@dataclass(frozen=True)
class PermutedLabels:
    """Fits on permuted labels, fold after fold, until each fold is cleared or one condemns."""

    bench: Bench
    sandbox: Sandbox
    trial: Trial

    async def judge(self, n_folds: int) -> ControlResult:
        """Judge on `n_folds` folds, or all there are."""
        result = ControlResult(NAME, True, "")
        for index in self.bench.secret_rng(4).permutation(len(self.bench.folds))[:n_folds]:
            result = await self._judge_fold(int(index))
            if not result.passed:
                break
        return result

    async def _judge_fold(self, index: int) -> ControlResult:
        """Cleared by the first of three fits that is no better than chance.

        One may be better by luck: where every column tells the label, any model at all ranks the
        rows well or the wrong way round. Then the mirrored labels turn it round too.
        """
        rng = self.bench.secret_rng(5, index)
        target = self.bench.y[self.bench.folds[index].train]
        first = rng.permutation(target)
        seen: list[Chance] = []
        for permuted in (first, mirrored(self.bench.task, first), rng.permutation(target)):
            chance = await self._against_chance(index, permuted, rng)
            if isinstance(chance, Failure):
                return ControlResult(NAME, False, _tampering(self.trial, chance))
            seen.append(chance)
            if chance.z <= PERMUTED_Z:
                return ControlResult(NAME, True, f"Fitted on permuted labels it scores {chance}.")
        return ControlResult(
            NAME,
            False,
            f"Fitted on permuted labels it still scores {seen[0]}, and so {len(seen)} times: it "
            "reaches labels that it was not given.",
        )

    async def _against_chance(
        self, index: int, permuted: NDArray[Any], rng: np.random.Generator
    ) -> Chance | Failure:
        """One fit; one that raises is tried once more with another permutation."""
        first = await self._fit(index, permuted, rng)
        return (
            first
            if isinstance(first, Chance)
            else await self._fit(index, rng.permutation(permuted), rng)
        )

    async def _fit(
        self, index: int, target: NDArray[Any], rng: np.random.Generator
    ) -> Chance | Failure:
        bench, fold = self.bench, self.bench.folds[index]
        fit = await bench.fit(
            self.sandbox,
            self.trial.code,
            fold.train,
            [bench.rows(fold.valid)],
            target=target,
            patience=PATIENCE,
            most_seconds=max(LEAST_SECONDS, MUCH_LONGER * self.trial.fit_seconds),
        )
        self.trial.add_control(fit)
        if fit.failure is not None:
            return fit.failure
        return against_chance(bench.task, bench.y[fold.valid], fit.predictions[0], rng)


def _tampering(trial: Trial, failure: Failure) -> str:
    return (
        f"It ran on {len(trial.scores)} folds, but twice ended with {failure.outcome} on permuted "
        f"labels alone ({failure.message}), so it cannot be checked. It is tampering, or a "
        "pipeline that fails where there is nothing to learn: let it keep a column at least."
    )
