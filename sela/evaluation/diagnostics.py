"""Diagnostics of the chosen pipeline: what the report draws. Computed from out-of-fold answers."""

from __future__ import annotations

from dataclasses import dataclass

from sela.design.designer import Effect


@dataclass(frozen=True)
class Importance:
    """How much the score falls when one column is shuffled (Breiman 2001), on unseen rows."""

    column: str
    drop: float
    """Mean loss of score, in the metric's unit, positive when the column helps."""
    sd: float
    """Standard deviation over the shuffles."""


@dataclass(frozen=True)
class Confusion:
    """Counts of unseen rows: `counts[i][j]` have the true class i and were called class j."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ThresholdCurve:
    """The metric at each cut-off on the positive class's probability."""

    metric: str
    points: tuple[tuple[float, float], ...]
    """(cut-off, score), by rising cut-off."""
    best: float
    """The cut-off with the best score."""


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with a like predicted probability of the positive class."""

    mean_predicted: float
    share_positive: float
    n: int


@dataclass(frozen=True)
class Residuals:
    """Predicted against actual values of unseen rows, at most 500 pairs."""

    pairs: tuple[tuple[float, float], ...]
    """(predicted, actual)."""
    quantiles: tuple[tuple[float, float], ...]
    """(level, residual actual - predicted), over all rows."""


@dataclass(frozen=True)
class Diagnostics:
    """What was seen of one pipeline; a part is None, or empty, where it does not apply."""

    importance: tuple[Importance, ...] = ()
    """By falling drop, at most 30 columns."""
    confusion: Confusion | None = None
    threshold: ThresholdCurve | None = None
    roc: tuple[tuple[float, float], ...] = ()
    """(false positive rate, true positive rate), at most 200 points; binary only."""
    precision_recall: tuple[tuple[float, float], ...] = ()
    """(recall, precision), at most 200 points; binary only."""
    calibration: tuple[CalibrationBin, ...] = ()
    residuals: Residuals | None = None
    effects: tuple[Effect, ...] = ()
    """What each tried insight did."""
    n_rows: int = 0
    """How many unseen rows the parts above stand on."""
