"""Racing: when a candidate may stop, because its remaining folds cannot make it the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sela.evaluation.comparison import paired_differences


@dataclass(frozen=True)
class RacingRule:
    """How sure racing must be. The defaults are those that `benchmarks/racing.py` measured."""

    errors: float = 1.5
    """Stop when worse than the best by this many corrected standard errors."""
    min_folds: int = 2
    repeat_errors: float = 0.5
    """After a whole repeat of the folds, another one is run only for those not worse by this."""
    prior_weight: float = 1.0
    """Degrees of freedom of the prior guess at the spread of the differences. Two or three
    differences that happen to be alike would otherwise look certain."""


def is_lost(
    candidate: Sequence[float],
    best: Sequence[float],
    *,
    greater_is_better: bool,
    valid_share: float,
    rule: RacingRule | None = None,
) -> bool:
    """Whether the candidate is clearly worse than the best on the folds it has so far.

    The standard error is Nadeau-Bengio's; the variance in it is shrunk towards that of the best's
    own fold scores, an upper guess since paired differences vary less than scores do.
    """
    rule = rule or RacingRule()
    differences = paired_differences(candidate, best, greater_is_better=greater_is_better)
    if len(differences) < rule.min_folds or len(best) < 2:
        return False
    variance = _shrunk_variance(differences, best, rule.prior_weight)
    error = math.sqrt(variance * (1.0 / len(differences) + valid_share))
    return float(np.mean(differences)) < 0 and -float(np.mean(differences)) > rule.errors * error


def _shrunk_variance(
    differences: Sequence[float], best: Sequence[float], prior_weight: float
) -> float:
    seen = float(np.sum((np.asarray(differences) - np.mean(differences)) ** 2))
    prior = float(np.var(best, ddof=1))
    return (prior_weight * prior + seen) / (prior_weight + len(differences) - 1)
