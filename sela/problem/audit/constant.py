"""Columns of one value, or none: nothing to learn from."""

from __future__ import annotations

import pandas as pd

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out
from sela.problem.naming import listing


def find_constants(frame: pd.DataFrame, kept: set[str]) -> Columns:
    """Columns that hold one value and no gaps, or gaps alone; a value with gaps may tell."""
    names = tuple(str(name) for name, series in frame.items() if _is_constant(series))
    if not names or len(names) == frame.shape[1]:
        return Columns()
    action, overrule, dropped = left_out(names, kept)
    evidence = f"{len(names)} of {frame.shape[1]} columns never change: {listing(names)}."
    finding = Finding("constant", names, evidence, action, overrule, "note")
    return Columns((finding,), names, dropped)


def _is_constant(series: pd.Series) -> bool:
    return series.isna().all() or (series.notna().all() and series.nunique() == 1)
