"""Bootstrap intervals: what the score of a fitted model could be on other rows of the same kind.

BCa over rows drawn freely: on sealed rows of 40 to 120 it covered better than percentiles, and
than rows drawn within each class (`benchmarks/coverage.py`); a gain's it covered too seldom, so
that one is widened. Rows that belong together, such as those of one patient, are drawn together:
each tells little that the others did not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sela.evaluation.estimate import Interval
from sela.problem.metrics import UndefinedScoreError, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

RESAMPLES = 1000
LEVEL = 0.9

BLOCKS = 200

FEWEST_GROUPS = 10
"""Fewer cannot show how groups differ; their rows are drawn freely then."""

Rows = NDArray[np.intp]
Pick = Callable[[Rows], Rows]
Statistic = Callable[[Rows], float]


def score_interval(
    task: Task,
    y: NDArray[Any],
    prediction: Prediction,
    rng: np.random.Generator,
    groups: NDArray[Any] | None = None,
) -> Interval:
    """Interval of the score of (n,) predictions: BCa bootstrap over rows, or over (n,) groups."""
    n, pick = _units(len(y), groups)
    return _interval(n, pick, rng, lambda rows: score(task, y[rows], prediction.rows(rows)))


def gain_interval(
    task: Task,
    y: NDArray[Any],
    prediction: Prediction,
    baseline: Prediction,
    rng: np.random.Generator,
    groups: NDArray[Any] | None = None,
) -> Interval:
    """Interval of the gain over a baseline on the same rows; positive is better."""
    sign = 1.0 if task.greater_is_better else -1.0

    def gain(rows: Rows) -> float:
        ours = score(task, y[rows], prediction.rows(rows))
        return sign * (ours - score(task, y[rows], baseline.rows(rows)))

    return _interval(*_units(len(y), groups), rng, gain, is_wide=True)


def _units(n_rows: int, groups: NDArray[Any] | None) -> tuple[int, Pick]:
    """How many units there are to be drawn, and the rows of those that were."""
    if groups is None or len(counts := np.unique_counts(groups).counts) < FEWEST_GROUPS:
        return n_rows, lambda chosen: chosen
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(counts)[:-1])
    return len(members), lambda chosen: np.concatenate([members[unit] for unit in chosen])


def _interval(
    n: int,
    pick: Pick,
    rng: np.random.Generator,
    statistic: Statistic,
    *,
    is_wide: bool = False,
) -> Interval:
    """BCa interval (Efron 1987): the percentiles are moved by bias and by acceleration.

    A wide one also holds Student's, of the bootstrap's standard error.
    """
    seen = statistic(pick(np.arange(n)))
    values = _defined(statistic, (pick(rng.integers(n, size=n)) for _ in range(RESAMPLES)))
    below = float(np.mean(values < seen) + np.mean(values == seen) / 2)
    bias = float(stats.norm.ppf(np.clip(below, 1 / RESAMPLES, 1 - 1 / RESAMPLES)))
    acceleration = _acceleration(n, pick, statistic)
    tails = stats.norm.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2]) + bias
    levels = stats.norm.cdf(bias + tails / (1 - acceleration * tails))
    low, high = map(float, np.quantile(values, levels))
    if is_wide:
        reach = float(stats.t.ppf((1 + LEVEL) / 2, max(n - 1, 1)) * values.std(ddof=1))
        low, high = min(low, seen - reach), max(high, seen + reach)
    return Interval(low, high, LEVEL)


def _acceleration(n: int, pick: Pick, statistic: Statistic) -> float:
    """How fast the spread changes with the value, by a jackknife over at most BLOCKS blocks."""
    numbers = np.arange(n)
    blocks = np.array_split(numbers, min(n, BLOCKS)) if n > 1 else []
    left = _defined(statistic, (pick(np.setdiff1d(numbers, block)) for block in blocks))
    off = left.mean() - left
    spread = float(np.sum(off**2)) ** 1.5
    return float(np.sum(off**3)) / (6 * spread) if spread > 0 else 0.0


def _defined(statistic: Statistic, samples: Iterable[Rows]) -> NDArray[np.float64]:
    """The statistic of each sample on which it has a value."""
    values: list[float] = []
    for rows in samples:
        try:
            values.append(statistic(rows))
        except UndefinedScoreError:
            continue
    return np.array(values)
