"""Drift: whether the rows of a user's test file can be told from the rows to learn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sela.live.answers import Finding
from sela.problem.audit.columns import options
from sela.problem.audit.forest import forest_strength
from sela.problem.audit.sketch import Sketch
from sela.problem.audit.strength import column_strength
from sela.problem.naming import listing
from sela.problem.task import Task

SAMPLE_ROWS = 2_000
"""Of each file."""
WARNING, ALARM = 0.65, 0.9
COLUMN_DRIFTS = 0.6
ORIGIN = Task("binary", "the file", "roc_auc", True, ("data", "test"))


def find_drift(sketch: Sketch, test_frame: pd.DataFrame | None) -> list[Finding]:
    """Tell the files apart with a small forest; name the columns that tell most."""
    if test_frame is None:
        return []
    shared = [name for name in sketch.frame.columns if name in test_frame.columns]
    if not shared:
        return []
    rng = np.random.default_rng(sketch.seed)
    drawn = [_draw(table.loc[:, shared], rng) for table in (sketch.frame, test_frame)]
    both = pd.concat(drawn, ignore_index=True)
    origin = np.repeat([0, 1], [len(part) for part in drawn])
    parts = rng.permutation(len(both)) % 3
    area = float(forest_strength(both, origin, ORIGIN, parts).mean())
    if area < WARNING:
        return []
    measured = {str(n): column_strength(s, origin, ORIGIN, sketch.seed) for n, s in both.items()}
    single = {name: strength.overall for name, strength in measured.items()}
    worst = sorted((n for n in single if single[n] >= COLUMN_DRIFTS), key=lambda n: -single[n])[:5]
    most = f", most by {listing(f'{n!r} ({single[n]:.2f})' for n in worst)}" if worst else ""
    evidence = f"Rows of the test file can be told from the data: AUC {area:.2f}{most}."
    action = "Kept: expect a test score below the search's."
    overrule = options("--drop", worst) or "a test file like the data"
    severity = "alarm" if area >= ALARM else "warning"
    return [Finding("drift", tuple(worst), evidence, action, overrule, severity)]


def _draw(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    if len(frame) <= SAMPLE_ROWS:
        return frame
    return frame.iloc[np.sort(rng.choice(len(frame), SAMPLE_ROWS, replace=False))]
