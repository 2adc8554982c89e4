"""Paired comparison of two candidates over the folds that both share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sela.evaluation.splits import Fold


@dataclass(frozen=True)
class Comparison:
    """A candidate against a reference, in the metric's unit; positive means it is better."""

    difference: float
    """Mean of the paired differences over the shared folds."""
    standard_error: float
    """Nadeau-Bengio corrected; infinite with fewer than two folds."""
    folds: int

    def is_better(self, errors: float = 1.0) -> bool:
        """Better by more than `errors` standard errors."""
        return self.difference > 0 and self.difference > errors * self.standard_error

    def is_clearly_worse(self, errors: float = 2.0) -> bool:
        """Worse by more than `errors` standard errors."""
        return self.difference < 0 and -self.difference > errors * self.standard_error

    def is_equal(self, errors: float = 1.0) -> bool:
        """Not told apart: the difference lies within `errors` standard errors."""
        return not self.is_better(errors) and not self.is_clearly_worse(errors)


def compare(
    candidate: Sequence[float],
    reference: Sequence[float],
    *,
    greater_is_better: bool,
    valid_share: float,
) -> Comparison:
    """Compare two candidates on the first folds, as many as both have.

    `valid_share` is a fold's n_valid / n_train, as `mean_valid_share` gives it. Raises ValueError
    when there is no shared fold.
    """
    differences = paired_differences(candidate, reference, greater_is_better=greater_is_better)
    if not differences:
        raise ValueError("Two candidates without a shared fold cannot be compared.")
    return Comparison(
        difference=float(np.mean(differences)),
        standard_error=corrected_standard_error(differences, valid_share=valid_share),
        folds=len(differences),
    )


def paired_differences(
    candidate: Sequence[float], reference: Sequence[float], *, greater_is_better: bool
) -> list[float]:
    """Candidate minus reference on each shared fold, signed so that positive is better."""
    sign = 1.0 if greater_is_better else -1.0
    return [sign * (a - b) for a, b in zip(candidate, reference, strict=False)]


def corrected_standard_error(values: Sequence[float], *, valid_share: float) -> float:
    """Standard error of a cross-validated mean, corrected for overlapping training sets.

    sqrt(var * (1/k + n_valid/n_train)), Nadeau & Bengio 2003, "Inference for the generalization
    error". Infinite with fewer than two values, since nothing is then known of their spread.
    """
    if len(values) < 2:
        return math.inf
    variance = float(np.var(values, ddof=1))
    return math.sqrt(variance * (1.0 / len(values) + valid_share))


def mean_valid_share(folds: Sequence[Fold]) -> float:
    """Mean of n_valid / n_train over the folds."""
    return float(np.mean([len(fold.valid) / len(fold.train) for fold in folds]))
