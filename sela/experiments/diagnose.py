"""Diagnose: what the report draws of the chosen model, from rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sandboxes.base import Sandbox
from sela.design.designer import Effect
from sela.design.insight import Stage
from sela.errors import SelaError
from sela.evaluation import pictures
from sela.evaluation.diagnostics import Diagnostics, Importance
from sela.evaluation.out_of_fold import OutOfFold
from sela.experiments.bench import Bench
from sela.problem.metrics import score
from sela.problem.prediction import Prediction

MAX_COLUMNS = 30
MAX_ROWS = 500
SHUFFLES = 3


async def diagnose(
    bench: Bench,
    sandbox: Sandbox,
    code: Mapping[Stage, str],
    out_of_fold: OutOfFold,
    effects: Sequence[Effect] = (),
) -> Diagnostics:
    """Diagnostics of one pipeline: importance by one more fit, the rest from what it said before.

    Importance is left out when that fit fails: it is an illustration, no evidence.
    """
    count = bench.repeat_length
    rows = np.concatenate([fold.valid for fold in bench.folds[:count]])
    said = _joined(out_of_fold.predictions[:count])
    task, y = bench.task, bench.y[rows]
    return Diagnostics(
        importance=await importance(bench, sandbox, code),
        confusion=pictures.confusion(task, y, said),
        threshold=pictures.threshold_curve(task, y, said),
        roc=pictures.roc(task, y, said),
        precision_recall=pictures.precision_recall(task, y, said),
        calibration=pictures.calibration(task, y, said),
        residuals=pictures.residuals(y, said, bench.secret_rng(7)),
        effects=tuple(effects),
        n_rows=len(rows),
    )


async def importance(
    bench: Bench, sandbox: Sandbox, code: Mapping[Stage, str]
) -> tuple[Importance, ...]:
    """Permutation importance on rows of the first fold, by one fit and one long question.

    At most MAX_COLUMNS columns, those with the most distinct values; empty when the fit fails.
    """
    fold, rng = bench.folds[0], bench.secret_rng(8)
    rows = fold.valid[np.sort(rng.permutation(len(fold.valid))[:MAX_ROWS])]
    frame, y = bench.rows(rows), bench.y[rows]
    columns = _columns(frame)
    shuffled = [_shuffled(frame, name, rng) for name in columns for _ in range(SHUFFLES)]
    question = pd.concat([frame, *shuffled], ignore_index=True)
    fit = await bench.fit(sandbox, code, fold.train, [question], patience=2.0)
    if fit.failure is not None:
        return ()
    sign = 1.0 if bench.task.greater_is_better else -1.0
    parts = np.split(np.arange(len(question)), len(shuffled) + 1)
    try:
        scores = np.array(
            [sign * score(bench.task, y, fit.predictions[0].rows(part)) for part in parts]
        )
    except SelaError:
        return ()
    drops = scores[0] - scores[1:].reshape(len(columns), SHUFFLES)
    found = [
        Importance(name, float(drop.mean()), float(drop.std()))
        for name, drop in zip(columns, drops, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -one.drop))


def _columns(frame: pd.DataFrame) -> list[str]:
    """The columns to be shuffled; of very many, those with the most distinct values."""
    names = [str(name) for name in frame.columns]
    if len(names) <= MAX_COLUMNS:
        return names
    distinct = {str(name): frame[name].nunique() for name in frame.columns}
    return sorted(names, key=lambda name: -distinct[name])[:MAX_COLUMNS]


def _shuffled(frame: pd.DataFrame, column: str, rng: np.random.Generator) -> pd.DataFrame:
    values = frame[column].iloc[rng.permutation(len(frame))].reset_index(drop=True)
    return frame.assign(**{column: values})


def _joined(predictions: Sequence[Prediction]) -> Prediction:
    def part(name: str) -> np.ndarray | None:
        pieces = [getattr(prediction, name) for prediction in predictions]
        return None if any(piece is None for piece in pieces) else np.concatenate(pieces)

    return Prediction(part("labels"), part("probabilities"), part("values"))
