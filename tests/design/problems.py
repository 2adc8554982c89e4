"""A small problem for designers to think about."""

from __future__ import annotations

import math

from sandboxes.base import RaisedError
from sela.design.designer import Briefing, CodeRequest, Effect
from sela.design.insight import Insight
from sela.harness.profile import ColumnKind, ColumnProfile, Profile
from sela.problem.task import Task

CODE = """from sklearn.preprocessing import FunctionTransformer


def build(profile):
    return FunctionTransformer()
"""


def column(name: str, kind: ColumnKind = "numeric", missing: float = 0.0) -> ColumnProfile:
    is_number = kind == "numeric"
    low, high = (18.0, 92123.0) if is_number else (math.nan, math.nan)
    skew = 1.234567 if is_number else math.nan
    return ColumnProfile(name, kind, missing, 50, 0.123456, skew, low, high, is_number)


def profile(*columns: ColumnProfile) -> Profile:
    own = columns or (
        column("age"),
        column("income", missing=0.031),
        column("city", "categorical"),
    )
    nan = math.nan
    return Profile(own, 1000, "binary", "roc_auc", 2, 0.2, nan, nan, nan)


def briefing(*insights: Insight, table: Profile | None = None, description: str = "") -> Briefing:
    return Briefing(
        task=Task("binary", "churn", "roc_auc", True, ("Stayed-Anna", "Left-Bob")),
        profile=table or profile(),
        description=description or "Customers of a telephone company.",
        findings=("income is missing in 3.1 % of the rows",),
        insights=insights,
        effects=tuple(Effect(i.id, 0.0123456, 3) for i in insights[:1]),
        best_score=0.81234567,
        baseline_score=0.79,
    )


def idea(id: str = "fe1", text: str = "Add the ratio of income to age", **more: str) -> Insight:
    return Insight(id=id, stage="feature_engineering", text=text, origin="host", **more)  # type: ignore[arg-type]


def request(insight: Insight | None = None, *, path: tuple[Insight, ...] = ()) -> CodeRequest:
    return CodeRequest(insight or idea(), path)


def repair(message: str, *, code: str = CODE, traceback: str = "") -> CodeRequest:
    error = RaisedError("ValueError", message, traceback or f"Traceback\nValueError: {message}")
    return CodeRequest(idea(), (), code, error)
