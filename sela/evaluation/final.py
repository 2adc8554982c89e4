"""The final estimate from its evidence: sealed rows where there are some, fresh folds otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sela.errors import SelaError
from sela.evaluation.bootstrap import LEVEL, gain_interval, score_interval
from sela.evaluation.comparison import corrected_standard_error, paired_differences
from sela.evaluation.estimate import FinalEstimate, Interval, Member
from sela.evaluation.statement import copies_sentence, no_skill_sentence, statement
from sela.problem.metrics import UndefinedScoreError, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

MANY_COPIES = 0.01


@dataclass(frozen=True)
class Chosen:
    """What is shipped, and what was known of it before any sealed row was scored."""

    kind: Literal["pipeline", "ensemble"]
    members: tuple[Member, ...]
    reason: str
    search_score: float
    fresh_scores: tuple[float, ...]
    baseline_score: float
    """On the search's folds."""
    candidates: tuple[tuple[int, float, float], ...]
    """(rollout, search score, re-evaluated score) of every finalist."""
    cutoff: float | None = None
    latency_ms_per_row: float | None = None


@dataclass(frozen=True)
class SealedAnswers:
    """Targets of the sealed rows, and what the model and the baseline said of them."""

    y: NDArray[Any]
    prediction: Prediction
    baseline: Prediction
    uses: int
    constant: Prediction
    """The best answer that is the same for every row."""
    groups: NDArray[Any] | None = None
    """Which (n,) rows belong together, for the intervals."""
    copies: NDArray[np.bool_] | None = None
    """Which (n,) rows were fitted on too."""


def estimate_on_sealed(
    task: Task, chosen: Chosen, sealed: SealedAnswers, rng: np.random.Generator
) -> FinalEstimate:
    """The estimate by rows that neither search nor choice has seen."""
    sign = 1.0 if task.greater_is_better else -1.0
    reached = score(task, sealed.y, sealed.prediction)
    baseline = score(task, sealed.y, sealed.baseline)
    return _estimate(
        task,
        chosen,
        test_score=reached,
        test_interval=score_interval(task, sealed.y, sealed.prediction, rng, sealed.groups),
        baseline_test_score=baseline,
        gain=sign * (reached - baseline),
        gain_span=gain_interval(
            task, sealed.y, sealed.prediction, sealed.baseline, rng, sealed.groups
        ),
        n_test=len(sealed.y),
        test_uses=sealed.uses,
        doubts=(*_copies_doubt(task, sealed), *_skill_doubt(task, sealed, rng)),
    )


def _copies_doubt(task: Task, sealed: SealedAnswers) -> tuple[str, ...]:
    if sealed.copies is None or sealed.copies.mean() < MANY_COPIES:
        return ()
    others = np.flatnonzero(~sealed.copies)
    try:
        reached = score(task, sealed.y[others], sealed.prediction.rows(others))
    except (UndefinedScoreError, ValueError):  # ValueError: not a row is left.
        reached = None
    copies = int(sealed.copies.sum())
    return (copies_sentence(task.metric, copies, len(others), reached),)


def _skill_doubt(task: Task, sealed: SealedAnswers, rng: np.random.Generator) -> tuple[str, ...]:
    try:
        constant = score(task, sealed.y, sealed.constant)
        skill = gain_interval(
            task, sealed.y, sealed.prediction, sealed.constant, rng, sealed.groups
        )
    except SelaError:
        return ()
    return (no_skill_sentence(task.metric, constant),) if skill.low <= 0 else ()


def estimate_on_folds(
    task: Task, chosen: Chosen, baseline_fresh: Sequence[float], valid_share: float
) -> FinalEstimate:
    """The estimate of a table too small for sealed rows; both were scored on the same fresh folds.

    Intervals are the mean plus and minus Student's t times the corrected standard error.
    """
    gains = paired_differences(
        chosen.fresh_scores, baseline_fresh, greater_is_better=task.greater_is_better
    )
    return _estimate(
        task,
        chosen,
        test_score=None,
        test_interval=fold_interval(chosen.fresh_scores, valid_share),
        baseline_test_score=None,
        gain=float(np.mean(gains)),
        gain_span=fold_interval(gains, valid_share),
        n_test=0,
        test_uses=0,
        doubts=("The same folds chose it, so this is a little optimistic.",),
    )


def fold_interval(values: Sequence[float], valid_share: float) -> Interval | None:
    """Interval of a mean over folds; None with fewer than two, which tell nothing of a spread."""
    if len(values) < 2:
        return None
    error = corrected_standard_error(values, valid_share=valid_share)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * error
    mean = float(np.mean(values))
    return Interval(mean - reach, mean + reach, LEVEL)


def _estimate(
    task: Task,
    chosen: Chosen,
    *,
    test_score: float | None,
    test_interval: Interval | None,
    baseline_test_score: float | None,
    gain: float,
    gain_span: Interval | None,
    n_test: int,
    test_uses: int,
    doubts: tuple[str, ...] = (),
) -> FinalEstimate:
    sign = 1.0 if task.greater_is_better else -1.0
    gap = None if test_score is None else sign * (chosen.search_score - test_score)
    reevaluated = float(np.mean(chosen.fresh_scores))
    return FinalEstimate(
        chosen=chosen.kind,
        members=chosen.members,
        choice_reason=chosen.reason,
        search_score=chosen.search_score,
        reevaluated_score=reevaluated,
        baseline_score=chosen.baseline_score,
        test_score=test_score,
        test_interval=test_interval,
        baseline_test_score=baseline_test_score,
        gain=gain,
        gain_interval=gain_span,
        optimism_gap=gap,
        is_real_gain=gain_span is not None and gain_span.low > 0,
        statement=statement(
            task.metric,
            test_score=test_score,
            interval=test_interval,
            gain=gain,
            gain_interval=gain_span,
            reevaluated_score=reevaluated,
            optimism_gap=gap,
            n_test=n_test,
            test_uses=test_uses,
            doubts=doubts,
        ),
        n_test=n_test,
        test_uses=test_uses,
        candidates=chosen.candidates,
        latency_ms_per_row=chosen.latency_ms_per_row,
        cutoff=chosen.cutoff,
    )
