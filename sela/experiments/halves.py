"""Halved batches: whether what is said of a row depends on the other rows to be predicted."""

from __future__ import annotations

import numpy as np

from sandboxes.base import Sandbox
from sela.evaluation.controls import moved_share, tolerated_share
from sela.evaluation.splits import Rows
from sela.experiments.asking import FoldAnswers
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult
from sela.experiments.fits import Fit
from sela.experiments.trial import Trial
from sela.problem.prediction import Prediction

NAME = "halved_batch"


async def halved_batch(
    bench: Bench, sandbox: Sandbox, trial: Trial, answers: FoldAnswers
) -> ControlResult:
    """Half of the rows, in another order, must get the same predictions.

    First by the answers that came along with the fold; then in a job of its own, where no file
    is left that the answer to the whole batch could have written.
    """
    if answers.half is None or answers.half_answer is None:
        evidence = f"It answers the whole batch, but not half of it: {answers.trouble}"
        return ControlResult(NAME, False, evidence)
    together = _judge(bench, answers, answers.half_answer)
    if not together.passed:
        return together
    rows = bench.folds[answers.index].valid
    fit = await _ask_again(bench, sandbox, trial, answers, rows[answers.half])
    if fit.failure is not None:
        evidence = f"It answers half of a batch only after all of it: {fit.failure.message}"
        return ControlResult(NAME, False, evidence)
    alone = _judge(bench, answers, fit.predictions[0])
    if alone.passed:
        return alone
    return await _unless_fits_differ(bench, sandbox, trial, answers, alone)


async def _unless_fits_differ(
    bench: Bench, sandbox: Sandbox, trial: Trial, answers: FoldAnswers, verdict: ControlResult
) -> ControlResult:
    """A model that is another one whenever it is fitted cannot be compared across two fits."""
    rows = bench.folds[answers.index].valid
    fit = await _ask_again(bench, sandbox, trial, answers, rows)
    if fit.failure is not None:
        return verdict
    if _moved(bench, answers.fit.predictions[0], fit.predictions[0]) <= tolerated_share(len(rows)):
        return verdict
    evidence = (
        "Asked along with the whole batch, half of the rows get the same predictions; fitted "
        "again it predicts otherwise, so no more can be said."
    )
    return ControlResult(NAME, True, evidence)


async def _ask_again(
    bench: Bench, sandbox: Sandbox, trial: Trial, answers: FoldAnswers, rows: Rows
) -> Fit:
    train = bench.folds[answers.index].train
    fit = await bench.fit(sandbox, trial.code, train, [bench.rows(rows)])
    trial.add_control(fit)
    return fit


def _judge(bench: Bench, answers: FoldAnswers, half_answer: Prediction) -> ControlResult:
    assert answers.half is not None
    before = answers.fit.predictions[0].rows(answers.half)
    share, n_rows = _moved(bench, before, half_answer), len(answers.half)
    if share <= tolerated_share(n_rows):
        evidence = f"{n_rows} rows asked alone and in another order get the same predictions."
        return ControlResult(NAME, True, evidence)
    return ControlResult(
        NAME,
        False,
        f"{share:.1%} of {n_rows} rows get another prediction when asked in a smaller batch and "
        "another order: what is said of a row depends on the other rows to be predicted.",
    )


def _moved(bench: Bench, before: Prediction, after: Prediction) -> float:
    return moved_share(bench.task, before, after, float(np.std(bench.y)))
