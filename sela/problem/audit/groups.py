"""Group structure: an entity that comes back, so that random folds test on entities they know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.audit.columns import options, words_of
from sela.problem.audit.forest import fitted_strength, steady_target
from sela.problem.audit.sketch import Sketch
from sela.problem.audit.strength import bins_strength
from sela.problem.audit.values import is_ordered, numeric_matrix
from sela.problem.task import Task

ENTITY_WORDS = frozenset(
    ("id", "patient", "user", "customer", "client", "subject", "person", "member", "participant",
     "student", "employee", "driver", "player", "household", "family", "group", "account",
     "session", "device", "machine", "sensor", "unit", "site", "store", "shop", "branch",
     "hospital", "school", "company", "vendor", "merchant", "animal", "specimen", "batch",
     "cluster", "entity", "owner")
)  # fmt: skip
FEWEST_ROWS_AN_ENTITY = 1.5
MORE_THAN_SMOOTH = {"AUC": 0.05, "R2": 0.1}
SAMPLE_ROWS = 2_000
MOST_CANDIDATES = 3
PARTS = 5
MORE_ERRORS = ((0.03, 1.2), (0.005, 2.0))
"""Points lost and errors multiplied on unknown entities, both, that count as a difference."""
STANDARD_ERRORS = 3.0
FEWEST_ENTITIES_OF_CLASS = 4
"""To be fitted on, scored and sealed."""


@dataclass(frozen=True)
class Bounds:
    """What a column must look like to hold entities rather than categories of new rows too."""

    levels: int
    """At least."""
    largest_share: float
    """Of the rows, that one entity may have."""
    rows_an_entity: float
    """On average, at most."""


NAMED = Bounds(8, 0.3, np.inf)
UNNAMED = Bounds(20, 0.1, 50)


@dataclass(frozen=True)
class Groups:
    """Findings, and the entity column that folds should respect."""

    findings: tuple[Finding, ...] = ()
    column: str | None = None


def find_groups(sketch: Sketch, whole: Sketch, *, given: str | None, timed: str | None) -> Groups:
    """Try each entity column: does a forest lose when whole entities are left aside?

    `whole` has the columns that may be entities, `sketch` those that a forest may use. `timed` is
    the column by which the user wants folds to go forward, which excludes groups.
    """
    if given is not None:
        return Groups()
    findings: list[Finding] = []
    for name in _candidates(whole)[:MOST_CANDIDATES]:
        entity = pd.factorize(whole.frame[name])[0]
        random, grouped = _compare(sketch, entity)
        measure = whole.strength_name
        evidence = (
            f"{name!r} has {len(np.unique(entity))} values in {len(entity)} rows; a small forest "
            f"reaches {measure} {random.mean():.3f} in random folds and {grouped.mean():.3f} on "
            "values it has not seen."
        )
        obstacle = _obstacle(entity, whole, timed)
        overrule = options("--group", (name,)) + " keeps its rows together"
        if _differs(random, grouped) and obstacle is None:
            action = f"Folds keep the rows of one {name!r} together."
            finding = Finding("group", (name,), evidence, action, "--group none", "alarm")
            return Groups((*findings, finding), name)
        if _differs(random, grouped):
            action = f"Its rows are not kept together: {obstacle}."
            findings.append(Finding("group", (name,), evidence, action, overrule, "warning"))
        elif set(words_of(name)) & ENTITY_WORDS:
            action = "Dealt at random: the difference is within its error."
            findings.append(Finding("group", (name,), evidence, action, overrule, "note"))
    return Groups(tuple(findings))


def _obstacle(entity: NDArray[np.intp], sketch: Sketch, timed: str | None) -> str | None:
    """Why folds cannot keep entities together, if they cannot."""
    if timed is not None:
        return f"folds go forward in time by {timed!r}"
    if not sketch.task.is_classification:
        return None
    held = pd.Series(sketch.y).groupby(entity).unique().explode().value_counts()
    if (held >= FEWEST_ENTITIES_OF_CLASS).sum() < 2:
        return f"fewer than two classes occur in {FEWEST_ENTITIES_OF_CLASS} of its values"
    return None


def is_entity(name: str, series: pd.Series) -> bool:
    """Named like an entity, and coming back in several rows."""
    return bool(set(words_of(name)) & ENTITY_WORDS) and _repeats(series, NAMED)


def _candidates(sketch: Sketch) -> list[str]:
    """Columns that may be entities, those named like one first."""
    columns = [(str(name), series) for name, series in sketch.frame.items()]
    named = [name for name, series in columns if is_entity(name, series)]
    others = [name for name, series in columns if name not in named and _repeats(series, UNNAMED)]
    return named + [name for name in others if _is_nominal(sketch, name)]


def _repeats(series: pd.Series, bounds: Bounds) -> bool:
    kind = pd.api.types
    if kind.is_bool_dtype(series.dtype) or kind.is_datetime64_any_dtype(series.dtype):
        return False
    if kind.is_float_dtype(series.dtype):
        present = series.dropna().to_numpy()
        if np.any(present != np.round(present)):
            return False
    counts = series.value_counts()
    rows, levels = int(counts.sum()), len(counts)
    if rows < 0.9 * len(series) or levels < bounds.levels:
        return False
    is_small = counts.iloc[0] <= bounds.largest_share * rows
    return FEWEST_ROWS_AN_ENTITY <= rows / levels <= bounds.rows_an_entity and bool(is_small)


def _is_nominal(sketch: Sketch, name: str) -> bool:
    """Text, or a number whose single values tell more than their neighbourhood does."""
    series = sketch.column(name)
    if not is_ordered(series):
        return True
    levels = pd.factorize(series.iloc[sketch.sample], use_na_sentinel=False)[0]
    exact = bins_strength(levels, sketch.y[sketch.sample], sketch.task, sketch.seed)
    return exact.overall >= sketch.strengths[name] + MORE_THAN_SMOOTH[sketch.strength_name]


def _compare(
    sketch: Sketch, entity: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Strengths on five random parts, and on five parts of whole entities, of the same rows."""
    rng = np.random.default_rng(sketch.seed)
    order = rng.permutation(int(entity.max()) + 2)[entity]
    rows = np.argsort(order, kind="stable")[:SAMPLE_ROWS]
    codes = np.unique(entity[rows], return_inverse=True)[1]
    y = steady_target(sketch.y[rows], sketch.task)
    known = Known(numeric_matrix(sketch.frame.iloc[rows]), y, sketch.task, codes)
    whole = (rng.permutation(int(codes.max()) + 1) % PARTS)[codes]
    return known.strengths(rng.permutation(len(rows)) % PARTS), known.strengths(whole)


@dataclass(frozen=True)
class Known:
    """Rows with the features of a forest and the codes of their entities, all (m, …)."""

    matrix: NDArray[np.float32]
    y: NDArray[Any]
    task: Task
    entity: NDArray[np.intp]

    def strengths(self, parts: NDArray[np.intp]) -> NDArray[np.float64]:
        """On each part, fitted on the others, where what is known of an entity is a feature."""
        told = [self._strength(parts == part) for part in range(PARTS)]
        return np.array([strength for strength in told if strength is not None])

    def _strength(self, valid: NDArray[np.bool_]) -> float | None:
        matrix = np.column_stack([self.matrix, self._means(~valid)]).astype(np.float32)
        return fitted_strength(matrix, self.y, self.task, ~valid, valid)

    def _means(self, train: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(m, k) means of the target among an entity's other rows that are fitted on."""
        k = len(self.task.classes)
        targets = np.eye(k)[self.y] if self.task.is_classification else self.y[:, None]
        levels = int(self.entity.max()) + 1
        rows = np.bincount(self.entity[train], minlength=levels)[self.entity] - train
        sums = [np.bincount(self.entity[train], t[train], levels)[self.entity] for t in targets.T]
        others = np.stack(sums, axis=1) - targets * train[:, None]
        prior = targets[train].mean(axis=0)
        return (others + prior) / (rows + 1)[:, None]


def _differs(random: NDArray[np.float64], grouped: NDArray[np.float64]) -> bool:
    if not len(random) or not len(grouped):
        return False
    lost = random.mean() - grouped.mean()
    error = np.sqrt(random.var() / len(random) + grouped.var() / len(grouped))
    ratio = (1 - grouped.mean()) / max(1 - random.mean(), 1e-9)
    is_more = any(lost >= points and ratio >= errors for points, errors in MORE_ERRORS)
    return bool(is_more and lost >= STANDARD_ERRORS * error)
