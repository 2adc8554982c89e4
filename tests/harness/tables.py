"""Small tables with everything that goes wrong in real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.problem.task import Task

BINARY = Task("binary", "y", "f1", True, ("no", "yes"))
MULTICLASS = Task("multiclass", "y", "accuracy", True, ("a", "b", "c"))
REGRESSION = Task("regression", "y", "rmse", False)
TASKS = (BINARY, MULTICLASS, REGRESSION)


def messy_frame(n: int, seed: int = 0) -> pd.DataFrame:
    """(n, 12): skewed and gappy numbers, infinities, categories, dates, texts, constants."""
    rng = np.random.default_rng(seed)
    income = rng.lognormal(3, 1, n)
    height = rng.normal(170, 10, n)
    words = np.array(["quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "and", "cats"])
    frame = pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.1, np.nan, income),
            "height": np.where(rng.random(n) < 0.01, np.inf, height),
            "rooms": rng.integers(1, 8, n),
            "length [m]": income * rng.normal(1, 0.1, n),
            "age": rng.integers(18, 90, n).astype(float),
            "member": rng.random(n) < 0.4,
            "colour": rng.choice(["red", "green", "blue", None], n),
            "city": rng.choice([f"city {i}" for i in range(30)], n),
            "since": pd.Timestamp(2015, 1, 1) + pd.to_timedelta(rng.integers(0, 2000, n), unit="D"),
            "note": [" ".join(rng.choice(words, 9)) for _ in range(n)],
            "empty": np.full(n, np.nan),
            "same": "x",
        }
    )
    frame.loc[frame.index[: n // 20], "since"] = pd.NaT
    return frame


def messy_target(task: Task, frame: pd.DataFrame, seed: int = 1) -> NDArray:
    """(n,) codes or values that depend on several columns, with noise."""
    rng = np.random.default_rng(seed)
    signal = (
        np.log(frame["income"].fillna(20.0))
        + 0.3 * frame["rooms"]
        + (frame["colour"] == "red")
        + 0.5 * frame["member"]
        + rng.normal(0, 0.5, len(frame))
    ).to_numpy()
    if task.kind == "regression":
        return np.exp(signal / 2)
    return np.digitize(
        signal, np.quantile(signal, np.arange(1, len(task.classes)) / len(task.classes))
    )


def unseen_rows(n: int = 7) -> pd.DataFrame:
    """Rows in another column order, with unseen categories, gaps, and a column too many."""
    frame = messy_frame(n, seed=99)
    frame["colour"] = ["purple", None, "red", "ultraviolet"] * (n // 4) + ["red"] * (n % 4)
    frame["city"] = "Atlantis"
    frame["income"] = np.nan
    frame["member"] = [True, None] * (n // 2) + [False] * (n % 2)
    frame["extra"] = 1
    return frame[frame.columns[::-1]]
