"""Group structure: an entity that comes back, so that random folds test on entities they know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.audit.columns import options, words_of
from sela.problem.audit.copies import points_of
from sela.problem.audit.forest import fitted_strength, steady_target
from sela.problem.audit.sketch import Sketch
from sela.problem.audit.strength import bins_strength, neighbours_strength
from sela.problem.audit.values import is_ordered, numeric_matrix
from sela.problem.task import Task

ENTITY_WORDS = frozenset(
    ("id", "patient", "user", "customer", "client", "subject", "person", "member", "participant",
     "student", "employee", "driver", "player", "household", "family", "group", "account",
     "session", "device", "machine", "sensor", "unit", "site", "store", "shop", "branch",
     "hospital", "school", "company", "vendor", "merchant", "animal", "specimen", "batch",
     "cluster", "entity", "owner", "subj", "cust", "acct")
)  # fmt: skip
FEWEST_ROWS_AN_ENTITY = 1.5
MORE_THAN_SMOOTH = {"AUC": 0.05, "R2": 0.1}
SAMPLE_ROWS = 2_000
MOST_CANDIDATES = 3
PARTS = 5
MORE_ERRORS = ((0.03, 1.2), (0.005, 2.0))
"""Points lost and errors multiplied on unknown entities, both, that count as a difference."""
STANDARD_ERRORS = 3.0
MOSTLY_ALIKE = 0.5
AGREEMENT = 0.3
"""Intraclass correlation of the target, from which an entity's rows agree on it."""
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
MOST_ROWS_AN_ENTITY = {True: 50, False: 20}
"""On average, of a column that is named like an entity and of another: values that come back more
often are met again in new rows too, so that it is a category as well."""


@dataclass(frozen=True)
class Groups:
    """Findings, and the entity column that folds should respect."""

    findings: tuple[Finding, ...] = ()
    column: str | None = None


def find_groups(
    sketch: Sketch, whole: Sketch, equal: NDArray[np.intp], *, given: str | None, timed: str | None
) -> Groups:
    """Try each entity column: does a forest lose when whole entities are left aside?

    `whole` has the columns that may be entities, `sketch` those that a forest may use. Of rows
    with the same number in `equal` (n,) only the first counts: copies would make an entity of any
    column. `timed` is the column by
    which the user wants folds to go forward, which excludes groups.
    """
    if given is not None:
        return Groups()
    counts = {str(name): (series.count(), series.nunique()) for name, series in whole.frame.items()}
    first = np.unique(equal, return_index=True)[1]
    if len(first) < len(equal):
        sketch, whole = sketch.rows(first), whole.rows(first)
    findings: list[Finding] = []
    for name in _candidates(whole)[:MOST_CANDIDATES]:
        rows, values = counts[name]
        tried = _tried(sketch, whole, name, rows / max(values, 1))
        obstacle = _obstacle(tried, whole, timed)
        overrule = options("--group", (name,)) + " keeps its rows together"
        if tried.is_found and obstacle is None:
            action = (
                f"Folds keep the rows of one {name!r} together, and {name!r} is no feature: what "
                "is learned of one value says nothing of a new one."
            )
            finding = Finding("group", (name,), tried.evidence, action, "--group none", "alarm")
            return Groups((*findings, finding), name)
        if tried.is_found:
            action = f"Its rows are not kept together: {obstacle}."
            findings.append(Finding("group", (name,), tried.evidence, action, overrule, "warning"))
        elif tried.is_named:
            action = "Dealt at random: so small a difference may be chance."
            findings.append(Finding("group", (name,), tried.evidence, action, overrule, "note"))
    return Groups(tuple(findings))


@dataclass(frozen=True)
class Tried:
    """What came of trying a column as an entity."""

    entity: NDArray[np.intp]
    """(n,) codes of its values."""
    evidence: str
    is_found: bool
    is_named: bool
    rows_an_entity: float
    """On average, copies included."""


def _tried(sketch: Sketch, whole: Sketch, name: str, rows_an_entity: float) -> Tried:
    entity = pd.factorize(whole.frame[name])[0]
    is_named = bool(set(words_of(name)) & ENTITY_WORDS)
    known = _known(sketch, entity)
    random, grouped = known.compared(sketch.seed)
    evidence = (
        f"{name!r} has {len(np.unique(entity))} values in {len(entity)} rows; a small forest "
        f"reaches {whole.strength_name} {random.mean():.3f} in random folds and "
        f"{grouped.mean():.3f} on values it has not seen."
    )
    alike = known.alike if is_named or is_ordered(whole.column(name)) else 0.0
    if is_alike := alike >= MOSTLY_ALIKE and known.agreement >= AGREEMENT:
        evidence += f" {alike:.0%} of its rows are most like another row of the same {name!r}."
    is_found = _differs(random, grouped) or is_alike
    return Tried(entity, evidence, is_found, is_named, rows_an_entity)


def _obstacle(tried: Tried, sketch: Sketch, timed: str | None) -> str | None:
    """Why folds cannot keep entities together, or should not without being asked."""
    if timed is not None:
        return f"folds go forward in time by {timed!r}"
    if tried.rows_an_entity >= MOST_ROWS_AN_ENTITY[tried.is_named]:
        return (
            f"with {tried.rows_an_entity:.0f} rows for each it is taken for a category whose "
            "values come back in new rows"
        )
    if not sketch.task.is_classification:
        return None
    entity = tried.entity
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
    """Text, or a number whose single values tell more than the values next to them do."""
    series = sketch.column(name)
    if not is_ordered(series):
        return True
    values = pd.factorize(series.iloc[sketch.sample], sort=True, use_na_sentinel=False)[0]
    y = sketch.y[sketch.sample]
    exact = bins_strength(values, y, sketch.task, sketch.seed).overall
    smooth = neighbours_strength(values, y, sketch.task).overall
    return exact >= smooth + MORE_THAN_SMOOTH[sketch.strength_name]


def _known(sketch: Sketch, entity: NDArray[np.intp]) -> Known:
    """Rows of random entities, as many as a small forest needs."""
    rng = np.random.default_rng(sketch.seed)
    order = rng.permutation(int(entity.max()) + 2)[entity]
    rows = np.argsort(order, kind="stable")[:SAMPLE_ROWS]
    codes = np.unique(entity[rows], return_inverse=True)[1]
    y = steady_target(sketch.y[rows], sketch.task)
    return Known(sketch.frame.iloc[rows], y, sketch.task, codes)


@dataclass(frozen=True)
class Known:
    """Rows with the features of a forest and the codes of their entities, all (m, …)."""

    frame: pd.DataFrame
    y: NDArray[Any]
    task: Task
    entity: NDArray[np.intp]

    @cached_property
    def matrix(self) -> NDArray[np.float32]:
        return numeric_matrix(self.frame)

    @cached_property
    def targets(self) -> NDArray[np.float64]:
        """(m, k) one column for each class, or the target itself."""
        is_class = self.task.is_classification
        return np.eye(len(self.task.classes))[self.y] if is_class else self.y[:, None].astype(float)

    @property
    def alike(self) -> float:
        """Share of the rows whose nearest neighbour is of the same entity."""
        from sklearn.neighbors import NearestNeighbors

        points = points_of(self.frame)
        near = NearestNeighbors(n_neighbors=1).fit(points).kneighbors(return_distance=False)[:, 0]
        return float(np.mean(self.entity[near] == self.entity))

    @property
    def agreement(self) -> float:
        """Intraclass correlation of the target: 0 where entities say nothing of it, 1 if all."""
        sizes = np.bincount(self.entity)
        sums = np.stack([np.bincount(self.entity, t) for t in self.targets.T], axis=1)
        means = sums / sizes[:, None]
        n, groups = len(self.entity), len(sizes)
        inside = np.sum((self.targets - means[self.entity]) ** 2) / max(n - groups, 1)
        overall = np.sum(sizes[:, None] * (means - self.targets.mean(axis=0)) ** 2)
        between = overall / max(groups - 1, 1)
        whole = between + (n / groups - 1) * inside
        return float((between - inside) / whole) if whole > 0 else 0.0

    def compared(self, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Strengths on random parts, and on parts of whole entities, of the same rows."""
        rng = np.random.default_rng(seed)
        whole = (rng.permutation(int(self.entity.max()) + 1) % PARTS)[self.entity]
        return self.strengths(rng.permutation(len(self.y)) % PARTS), self.strengths(whole)

    def strengths(self, parts: NDArray[np.intp]) -> NDArray[np.float64]:
        """On each part, fitted on the others, where what is known of an entity is a feature."""
        told = [self._strength(parts == part) for part in range(PARTS)]
        return np.array([strength for strength in told if strength is not None])

    def _strength(self, valid: NDArray[np.bool_]) -> float | None:
        matrix = np.column_stack([self.matrix, self._means(~valid)]).astype(np.float32)
        return fitted_strength(matrix, self.y, self.task, ~valid, valid)

    def _means(self, train: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(m, k) means of the target among an entity's other rows that are fitted on."""
        targets = self.targets
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
