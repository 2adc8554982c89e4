"""Time structure: what was true earlier is not quite true later, and random folds hide it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.audit.columns import options, words_of
from sela.problem.audit.forest import fitted_strength, steady_target
from sela.problem.audit.sketch import Sketch
from sela.problem.audit.values import numbers_of, numeric_matrix

TIME_WORDS = frozenset(("date", "datetime", "timestamp", "epoch"))
FEWEST_MOMENTS = 10
SAMPLE_ROWS = 2_000
EARLIER = 0.6
REPEATS = 4
PERIODS = (0.3, 0.64, 0.8)
"""Of the rows: borders of what has to hold two classes for forward folds and a sealed part."""
MORE_ERRORS = 1.2
FEWEST_POINTS = 0.05
STANDARD_ERRORS = 3.0


@dataclass(frozen=True)
class Times:
    """Findings, and the column along which folds should go forward."""

    findings: tuple[Finding, ...] = ()
    column: str | None = None


def find_time(sketch: Sketch, whole: Sketch, *, given: str | None, grouped: str | None) -> Times:
    """Compare a forest on the later rows with one on as many random rows.

    Date columns and columns named like one; without any, the order of the rows, which only warns.
    """
    if given is not None:
        return Times()
    dates = [str(n) for n, series in whole.frame.items() if _is_time(str(n), series)]
    if not dates:
        return Times(_row_order(sketch))
    findings: list[Finding] = []
    for name in dates[:2]:
        random, later = _compare(sketch, numbers_of(whole.column(name)))
        evidence = (
            f"A small forest reaches {sketch.strength_name} {random.mean():.3f} on random rows "
            f"and {later:.3f} on the latest by {name!r}."
        )
        overrule = options("--time", (name,)) + " goes forward in time"
        obstacle = _obstacle(numbers_of(whole.column(name)), whole, grouped)
        if not _differs(random, later):
            action = "Dealt at random: the difference is within its error."
            findings.append(Finding("time", (name,), evidence, action, overrule, "note"))
        elif obstacle is not None:
            action = f"Folds do not go forward in time: {obstacle}."
            findings.append(Finding("time", (name,), evidence, action, overrule, "warning"))
        else:
            action = f"Folds go forward in time by {name!r}."
            finding = Finding("time", (name,), evidence, action, "--time none", "alarm")
            return Times((*findings, finding), name)
    return Times(tuple(findings))


def _obstacle(moments: NDArray[np.float64], sketch: Sketch, grouped: str | None) -> str | None:
    """Why folds cannot go forward in time, if they cannot."""
    if grouped is not None:
        return f"they keep the rows of one {grouped!r} together"
    if not sketch.task.is_classification:
        return None
    in_order = sketch.y[np.argsort(np.nan_to_num(moments, nan=-np.inf), kind="stable")]
    borders = [int(share * len(in_order)) for share in PERIODS]
    if any(len(np.unique(period)) < 2 for period in np.split(in_order, borders)):
        return "some period has a single class"
    return None


def _is_time(name: str, series: pd.Series) -> bool:
    if series.nunique() < FEWEST_MOMENTS or series.isna().mean() > 0.5:
        return False
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return True
    is_whole = pd.api.types.is_integer_dtype(series.dtype)
    return is_whole and bool(set(words_of(name)) & TIME_WORDS)


def _row_order(sketch: Sketch) -> tuple[Finding, ...]:
    order = np.arange(len(sketch.y), dtype=float)
    if _is_sorted_by_target(sketch):
        return ()
    random, later = _compare(sketch, order)
    if not _differs(random, later):
        return ()
    evidence = (
        f"A small forest reaches {sketch.strength_name} {random.mean():.3f} on random rows and "
        f"{later:.3f} on the last rows of the file."
    )
    action = "Dealt at random, for want of a time column."
    overrule = "--time COL with a date or number that orders the rows"
    return (Finding("time", (), evidence, action, overrule, "warning"),)


def _is_sorted_by_target(sketch: Sketch) -> bool:
    """A file in the order of its labels drifts by construction; that is no time."""
    order = pd.Series(np.arange(len(sketch.y), dtype=float))
    return sketch.strength_of(order) > (0.8 if sketch.task.is_classification else 0.5)


def _compare(sketch: Sketch, order: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Strengths on random rows, and on the latest, each fitted on as many others."""
    rng = np.random.default_rng(sketch.seed)
    rows = sketch.sample
    if len(rows) > SAMPLE_ROWS:
        rows = np.sort(rng.choice(rows, SAMPLE_ROWS, replace=False))
    matrix = numeric_matrix(sketch.frame.iloc[rows])
    y = steady_target(sketch.y[rows], sketch.task)
    moments = np.where(np.isnan(order[rows]), -np.inf, order[rows])
    is_early = np.argsort(np.argsort(moments, kind="stable")) < EARLIER * len(rows)
    later = fitted_strength(matrix, y, sketch.task, is_early, ~is_early)
    random = [
        fitted_strength(matrix, y, sketch.task, mixed, ~mixed)
        for mixed in (rng.permutation(is_early) for _ in range(REPEATS))
    ]
    told = np.array([strength for strength in random if strength is not None])
    return told, float(later if later is not None else (told.mean() if len(told) else 0.0))


def _differs(random: NDArray[np.float64], later: float) -> bool:
    if len(random) < 2:
        return False
    lost = random.mean() - later
    more_errors = (1 - later) >= MORE_ERRORS * (1 - random.mean())
    return bool(lost >= max(FEWEST_POINTS, STANDARD_ERRORS * random.std(ddof=1)) and more_errors)
