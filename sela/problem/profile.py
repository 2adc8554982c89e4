"""The profile of a whole table, for people and for whoever designs pipelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.harness.profile import ColumnProfile, Profile, profile_frame
from sela.problem.audit.identifier import is_identifier
from sela.problem.naming import listing
from sela.problem.task import Task

SKEWED = 1.0
MANY_LEVELS = 20
MOST_MISSING_SHOWN = 5


@dataclass(frozen=True)
class TableProfile:
    """The stage profile of all rows, and what only concerns the table as a whole."""

    profile: Profile
    target: str
    duplicates: int
    """Rows whose features another row has too."""
    identifiers: tuple[str, ...]
    missing: float
    """Share of all cells, 0 to 1."""
    imbalance: float | None
    """Rows of the commonest class over those of the rarest; None for a regression."""


def profile_table(
    frame: pd.DataFrame, y: NDArray[Any], task: Task, *, seed: int = 0
) -> TableProfile:
    """Profile (n, p) features and their encoded target (n,)."""
    profile = profile_frame(frame, y, kind=task.kind, metric=task.metric, seed=seed)
    identifiers = tuple(
        str(name) for name, series in frame.items() if is_identifier(str(name), series)
    )
    features = frame.drop(columns=list(identifiers))
    counts = np.bincount(y) if task.is_classification else np.empty(0)
    return TableProfile(
        profile=profile,
        target=task.target,
        duplicates=int(features.duplicated(keep=False).sum()) if features.shape[1] else 0,
        identifiers=identifiers,
        missing=float(frame.isna().to_numpy().mean()) if frame.size else 0.0,
        imbalance=float(counts.max() / counts[counts > 0].min()) if len(counts) else None,
    )


def describe(table: TableProfile) -> str:
    """A dozen lines of text at most, however many columns there are."""
    profile = table.profile
    lines = [
        f"{profile.n_rows} rows, {profile.n_columns} columns: {_kinds(profile)}.",
        _target(table),
        _missing(table),
        _named("High cardinality", [_levels(c) for c in _of_many_levels(profile)]),
        _named("Skewed", [f"{c.name} ({c.skew:.1f})" for c in _skewed(profile)]),
        _named("Dates", profile.dates),
        _named("Text", profile.texts),
        _named("Identifier-like", table.identifiers),
        _named("Constant", profile.names("constant")),
        f"{table.duplicates} rows are duplicates." if table.duplicates else "",
    ]
    return "\n".join(line for line in lines if line)


def _kinds(profile: Profile) -> str:
    kinds = ("numeric", "boolean", "categorical", "date", "text", "constant")
    counts = [(len(profile.names(kind)), kind) for kind in kinds]
    return ", ".join(f"{count} {kind}" for count, kind in counts if count)


def _target(table: TableProfile) -> str:
    profile, target = table.profile, table.target
    if table.imbalance is None:
        return (
            f"Target {target!r}: {profile.target_minimum:g} to {profile.target_maximum:g}, "
            f"skew {profile.target_skew:.1f}; judged by {profile.metric}."
        )
    return (
        f"Target {target!r}: {profile.n_classes} classes, the rarest "
        f"{profile.minority_share:.1%} of the rows ({table.imbalance:.1f} to 1); "
        f"judged by {profile.metric}."
    )


def _missing(table: TableProfile) -> str:
    columns = sorted((c for c in table.profile.columns if c.missing > 0), key=lambda c: -c.missing)
    if not columns:
        return "No missing values."
    worst = [f"{c.name} {c.missing:.0%}" for c in columns]
    return f"Missing: {table.missing:.1%} of all cells; {listing(worst, limit=MOST_MISSING_SHOWN)}."


def _of_many_levels(profile: Profile) -> list[ColumnProfile]:
    return [c for c in profile.columns if c.kind == "categorical" and c.unique > MANY_LEVELS]


def _levels(column: ColumnProfile) -> str:
    return f"{column.name} ({column.unique})"


def _skewed(profile: Profile) -> list[ColumnProfile]:
    skewed = [c for c in profile.columns if c.kind == "numeric" and abs(c.skew) > SKEWED]
    return sorted(skewed, key=lambda c: -abs(c.skew))


def _named(title: str, names: list[str] | tuple[str, ...]) -> str:
    return f"{title}: {listing(names, limit=6)}." if names else ""
