"""Halved batches: whether what is said of a row depends on the other rows to be predicted."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sandboxes.base import Sandbox
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

    First by the answers that came along with each fold. Then, on a few folds, by a model that is
    fitted anew and kept: the half is asked of it in another job, where nothing is left of the
    whole batch, neither in memory nor in a file. Few rows may move, as rounding moves them.
    """

    bench: Bench
    sandbox: Sandbox
    trial: Trial

    async def judge(self, answers: Sequence[FoldAnswers]) -> ControlResult:
        """Judge by the folds that were asked; up to the first that condemns."""
        together = self._together(answers)
        moved, asked = 0, 0
        for index in self._secret_folds()[: None if together.passed else 1]:
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

    def _secret_folds(self) -> list[int]:
        source = zlib.crc32(repr(sorted(self.trial.code.items())).encode())
        order = self.bench.secret_rng(8, source).permutation(len(self.bench.folds))
        return [int(index) for index in order[:FOLDS_APART]]

    async def _apart(
        self, index: int, known: FoldAnswers | None
    ) -> ControlResult | tuple[int, int]:
        """How many rows moved, of how many; or what is wrong."""
        fold = self.bench.folds[index]
        rng = self.bench.secret_rng(9, index)
        order = rng.permutation(len(fold.valid))
        whole = self.bench.rows(fold.valid[order])
        fit = await self.bench.fit(
            self.sandbox, self.trial.code, fold.train, [whole], keep_model=True
        )
        self.trial.add_control(fit)
        if fit.failure is not None or fit.model is None:
            why = fit.failure.message if fit.failure else "no model came back"
            return _failed(f"Fitted again on the same rows it gives no answer: {why}")
        said = fit.predictions[0]
        if known is not None and not self._is_reproduced(known, order, said):
            return _failed(
                "Fitted again on the same rows it predicts otherwise, so its score cannot be "
                "checked: give every random_state."
            )
        half = rng.permutation(len(order))[: max(1, len(order) // 2)]
        alone = await self._ask(fit.model, index, order[half])
        if alone.failure is not None:
            why = alone.failure.message
            return _failed(f"It answers half of a batch only after all of it: {why}")
        moved = self._moved(said.rows(half), alone.predictions[0])
        if moved > tolerated_rows(len(half)):
            return await self._why(fit.model, index, order, said, f"{moved} of {len(half)} rows")
        return moved, len(half)

    async def _why(
        self, model: bytes, index: int, order: np.ndarray, said: Prediction, rows: str
    ) -> ControlResult:
        """A model that answers the very same question otherwise is random, and not a cheat."""
        again = await self._ask(model, index, order)
        if again.failure is None and not self._moved(said, again.predictions[0]):
            return _failed(f"{rows} {DEPENDS}")
        return _failed(
            "Asked the same rows again, in a process of its own, it predicts otherwise: a fitted "
            "model must not be random, nor change by being saved and loaded."
        )

    async def _ask(self, model: bytes, index: int, place: np.ndarray) -> Fit:
        """Ask a kept model for rows of a fold by their place in it."""
        rows = self.bench.folds[index].valid[place]
        fit = await self.bench.ask(self.sandbox, model, self.bench.rows(rows))
        self.trial.add_control_seconds(fit.seconds)
        return fit

    def _moved(self, before: Prediction, after: Prediction) -> int:
        return round(moved_share(before, after, self._spread) * len(before))

    def _is_reproduced(self, known: FoldAnswers, order: np.ndarray, said: Prediction) -> bool:
        return is_reproduced(known.fit.predictions[0].rows(order), said, self._spread)

    @property
    def _spread(self) -> float:
        return float(np.std(self.bench.y))


def _failed(evidence: str) -> ControlResult:
    return ControlResult(NAME, False, evidence)
