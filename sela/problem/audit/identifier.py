"""Identifiers: values that name a row. Useless at best; a leak when their order tells the label."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out, words_of
from sela.problem.audit.sketch import Sketch
from sela.problem.audit.values import is_ordered, numbers_of
from sela.problem.naming import listing

UNIQUE_SHARE = 0.98
ID_WORDS = frozenset(
    ("id", "ids", "uid", "uuid", "guid", "index", "idx", "key", "number", "no", "nr", "num", "row",
     "rownum", "record", "serial", "unnamed", "code", "hash", "pk", "sn")
)  # fmt: skip
DENSE = 3.0
"""Whole numbers that fill at least a third of their range read like a counter."""
LONGEST_CODE = 40
TIME_WORDS = frozenset(
    ("year", "date", "time", "timestamp", "day", "month", "week", "quarter", "hour", "epoch",
     "period")
)  # fmt: skip
TELLING = {"AUC": 0.65, "R2": 0.1}


def find_identifiers(sketch: Sketch, kept: set[str], roles: Collection[str]) -> Columns:
    """Unique codes and counters: left out; with an alarm when they tell the target.

    Columns with a role in the splits are no identifiers.
    """
    names = [
        str(name)
        for name, series in sketch.frame.items()
        if name not in roles and is_identifier(str(name), series)
    ]
    threshold = TELLING[sketch.strength_name]
    telling = [name for name in names if _strength(sketch, name) >= threshold]
    silent = [name for name in names if name not in telling]
    findings: list[Finding] = []
    dropped: list[str] = []
    for name in telling:
        action, overrule, out = left_out((name,), kept)
        evidence = (
            f"{name!r} is different in {_unique_share(sketch.column(name)):.0%} of the rows, and "
            f"its order alone reaches {sketch.strength_name} {_strength(sketch, name):.3f}: "
            "the file was numbered by the label, or the number holds it."
        )
        findings.append(Finding("identifier", (name,), evidence, action, overrule, "alarm"))
        dropped += out
    if silent:
        action, overrule, out = left_out(silent, kept)
        evidence = f"They name rows, and tell nothing of the target: {listing(silent)}."
        findings.append(Finding("identifier", tuple(silent), evidence, action, overrule, "note"))
        dropped += out
    return Columns(tuple(findings), tuple(names), tuple(dropped))


def is_identifier(name: str, series: pd.Series) -> bool:
    """Nearly all different, and a counter, a code, or a number named like one."""
    kind = pd.api.types
    if kind.is_bool_dtype(series.dtype) or kind.is_datetime64_any_dtype(series.dtype):
        return False
    if series.isna().mean() > 1 - UNIQUE_SHARE or _unique_share(series) < UNIQUE_SHARE:
        return False
    if not is_ordered(series):
        texts = series.dropna().astype(str)
        return bool(texts.str.len().max() <= LONGEST_CODE and not texts.str.contains(r"\s").any())
    values = numbers_of(series)
    values = values[np.isfinite(values)]
    if np.any(values != np.round(values)):
        return False
    words = set(words_of(name))
    return bool(words & ID_WORDS) or (not words & TIME_WORDS and _is_counter(values))


def _is_counter(values: NDArray[np.float64]) -> bool:
    is_dense = np.ptp(values) + 1 <= DENSE * len(values)
    steps = np.diff(values)
    return bool(is_dense or np.all(steps > 0) or np.all(steps < 0))


def _strength(sketch: Sketch, name: str) -> float:
    """Of its order: text counts in sorted order, so that codes such as `C-0017` tell too."""
    series = sketch.column(name)
    if is_ordered(series):
        return sketch.strengths[name]
    return sketch.strength_of(pd.Series(numbers_of(series)))


def _unique_share(series: pd.Series) -> float:
    return series.nunique() / max(int(series.notna().sum()), 1)
