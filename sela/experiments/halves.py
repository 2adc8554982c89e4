"""Halved batches: whether what is said of a row depends on the other rows to be predicted."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sandboxes.base import Sandbox
from sela.design.insight import Stage
from sela.evaluation.controls import is_reproduced, moved_share, tolerated_rows
from sela.experiments.asking import FoldAnswers
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult
from sela.experiments.fits import Fit
from sela.experiments.trial import Trial
from sela.problem.prediction import Prediction

NAME = "halved_batch"
FOLDS_APART = 2
"""On how many folds the model is asked again in a job of its own. Which ones nobody can foresee."""
DEPENDS = (
    "get another prediction when asked in a smaller batch and another order: what is said of a "
    "row depends on the other rows to be predicted."
)


@dataclass(frozen=True)
class HalvedBatch:
    """Half of the rows, in another order, must get the same predictions.

    First by the answers that came along with each fold. Then, on a few folds, by the model that
    was kept of it, or is fitted anew: the half is asked of it in another job, where nothing is
    left of the whole batch, neither in memory nor in a file. Few rows may move, as rounding moves
    them.
    """

    bench: Bench
    sandbox: Sandbox
    trial: Trial

    async def judge(self, answers: Sequence[FoldAnswers]) -> ControlResult:
        """Judge by the folds that were asked; up to the first that condemns."""
        together = self._together(answers)
        moved, asked = 0, 0
        secret = secret_folds(self.bench, self.trial.code)
        for index in secret[: None if together.passed else 1]:
            known = next((a for a in answers if a.index == index), None)
            outcome = await self._apart(index, known)
            if isinstance(outcome, ControlResult):
                return outcome
            moved, asked = moved + outcome[0], asked + outcome[1]
        if not together.passed:
            return together
        if moved > tolerated_rows(asked):
            return _failed(f"{moved} of {asked} rows {DEPENDS}")
        return ControlResult(
            NAME, True, f"{asked} rows asked alone and in another order get the same predictions."
        )

    def _together(self, answers: Sequence[FoldAnswers]) -> ControlResult:
        moved, asked = 0, 0
        for told in answers:
            if told.half is None or told.half_answer is None:
                return _failed(f"It answers the whole batch, but not half of it: {told.trouble}")
            before = told.fit.predictions[0].rows(told.half)
            moved += self._moved(before, told.half_answer)
            asked += len(told.half)
        if moved > tolerated_rows(asked):
            return _failed(f"{moved} of {asked} rows {DEPENDS}")
        return ControlResult(NAME, True, "")

    async def _apart(
        self, index: int, known: FoldAnswers | None
    ) -> ControlResult | tuple[int, int]:
        """How many rows moved, of how many; or what is wrong."""
        whole = self.bench.rows(self.bench.folds[index].valid)
        fit = known.fit if known is not None and known.fit.model is not None else None
        if fit is None:
            fit = await self._fit_again(index, whole)
        if fit.failure is not None or fit.model is None:
            why = fit.failure.message if fit.failure else "no model came back"
            return _failed(f"Fitted again on the same rows it gives no answer: {why}")
        said = fit.predictions[0]
        if known is not None and not self._is_reproduced(known.fit.predictions[0], said):
            return _failed(
                "Fitted again on the same rows it predicts otherwise, so its score cannot be "
                "checked: give every random_state."
            )
        half = self.bench.secret_rng(9, index).permutation(len(whole))[: max(1, len(whole) // 2)]
        alone = await self._ask(fit.model, index, half)
        if alone.failure is not None:
            why = alone.failure.message
            return _failed(f"It answers half of a batch only after all of it: {why}")
        moved = self._moved(said.rows(half), alone.predictions[0])
        if moved > tolerated_rows(len(half)):
            return await self._why(fit.model, index, half, f"{moved} of {len(half)} rows")
        return moved, len(half)

    async def _fit_again(self, index: int, whole: pd.DataFrame) -> Fit:
        train = self.bench.folds[index].train
        fit = await self.bench.fit(self.sandbox, self.trial.code, train, [whole], keep_model=True)
        self.trial.add_control(fit)
        return fit

    async def _why(self, model: bytes, index: int, half: np.ndarray, rows: str) -> ControlResult:
        """A model that answers the very same question otherwise is random, and not a cheat."""
        first = await self._ask(model, index, half)
        second = await self._ask(model, index, half)
        if first.failure or second.failure:
            return _failed(f"{rows} {DEPENDS}")
        if not self._moved(first.predictions[0], second.predictions[0]):
            return _failed(f"{rows} {DEPENDS}")
        return _failed(
            "Asked the very same rows twice it predicts otherwise: a fitted model must not be "
            "random."
        )

    async def _ask(self, model: bytes, index: int, place: np.ndarray) -> Fit:
        """Ask a kept model for rows of a fold by their place in it."""
        rows = self.bench.folds[index].valid[place]
        fit = await self.bench.ask(self.sandbox, model, self.bench.rows(rows))
        self.trial.add_control_seconds(fit.seconds)
        return fit

    def _moved(self, before: Prediction, after: Prediction) -> int:
        return round(moved_share(before, after, self._spread) * len(before))

    def _is_reproduced(self, before: Prediction, after: Prediction) -> bool:
        return is_reproduced(before, after, self._spread)

    @property
    def _spread(self) -> float:
        return float(np.std(self.bench.y))


def secret_folds(bench: Bench, code: Mapping[Stage, str]) -> list[int]:
    """The folds whose model is asked again; another code has others."""
    source = zlib.crc32(repr(sorted(code.items())).encode())
    order = bench.secret_rng(8, source).permutation(len(bench.folds))
    return [int(index) for index in order[:FOLDS_APART]]


def _failed(evidence: str) -> ControlResult:
    return ControlResult(NAME, False, evidence)
