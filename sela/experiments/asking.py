"""Asking: what a pipeline fitted on one fold is asked, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sandboxes.base import Sandbox
from sela.design.insight import Stage
from sela.evaluation.controls import noise_rows
from sela.experiments.bench import Bench
from sela.experiments.fits import Fit
from sela.problem.prediction import Prediction

Order = NDArray[np.intp]


@dataclass(frozen=True)
class FoldAnswers:
    """What came of one fold. Each answer is in the order of the fold's rows."""

    index: int
    fit: Fit
    """Its predictions start with those of the whole fold."""
    half: Order | None = None
    """Positions, within the fold, of the half that was asked again; None when it was not."""
    half_answer: Prediction | None = None
    """In the order of `half`. None although asked: `trouble` tells why."""
    noise_answer: Prediction | None = None
    """For rows that mean nothing; None when there was no answer."""
    trouble: str = ""
    wasted_seconds: float = 0.0
    """Of fits that had to be made again without a control's questions."""


async def ask_fold(
    bench: Bench,
    sandbox: Sandbox,
    code: Mapping[Stage, str],
    index: int,
    *,
    with_half: bool = True,
    with_noise: bool = False,
    keep_model: bool = False,
) -> FoldAnswers:
    """Fit one fold and ask for its rows, in an order that tells nothing of the file's.

    Two more questions may ride along at no fit of their own: half of the rows, and rows that mean
    nothing. Where these make it raise, the fold is asked again without.
    """
    fold, rng = bench.folds[index], bench.secret_rng(2, index)
    order = rng.permutation(len(fold.valid))
    questions = [bench.rows(fold.valid[order])]
    half = rng.permutation(len(fold.valid))[: max(1, len(fold.valid) // 2)]
    if with_half:
        questions.append(bench.rows(fold.valid[half]))
    if with_half and with_noise:
        questions.append(noise_rows(bench.rows(fold.valid), rng))
    wasted, trouble = 0.0, ""
    while True:
        fit = await bench.fit(sandbox, code, fold.train, questions, keep_model=keep_model)
        if fit.failure is None or len(questions) == 1:
            break
        wasted, trouble = wasted + fit.seconds, fit.failure.message
        questions = questions[:-1]
    answers = fit.predictions if fit.failure is None else ()
    return FoldAnswers(
        index=index,
        fit=_in_order(fit, order),
        half=half if with_half else None,
        half_answer=answers[1] if len(answers) > 1 else None,
        noise_answer=answers[2] if len(answers) > 2 else None,
        trouble=trouble,
        wasted_seconds=wasted,
    )


def _in_order(fit: Fit, order: Order) -> Fit:
    if fit.failure is not None:
        return fit
    return replace(fit, predictions=(fit.predictions[0].rows(np.argsort(order)),))
