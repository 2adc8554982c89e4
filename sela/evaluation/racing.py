"""Racing: when a candidate may stop, because its remaining folds will hardly make it the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sela.evaluation.comparison import paired_differences


@dataclass(frozen=True)
class RacingRule:
    """How sure racing must be. The defaults are those that `benchmarks/racing.py` measured."""

    chance: float = 0.12
    """Stop when the chance to end above the best is below this; 0 never stops."""
    min_folds: int = 1
    prior_share: float = 0.5
    """The guess at the variance of the differences before any is seen, as a share of the variance
    of the best's own fold scores: paired differences vary less than scores do."""
    prior_weight: float = 3.0
    """How many differences that guess counts for. Two that happen to be alike prove nothing."""


def is_lost(
    candidate: Sequence[float],
    best: Sequence[float],
    *,
    greater_is_better: bool,
    rule: RacingRule | None = None,
) -> bool:
    """Whether the candidate has little chance left to beat the best's mean over all folds."""
    rule = rule or RacingRule()
    done = min(len(candidate), len(best))
    if done < rule.min_folds or done >= len(best):
        return False
    differences = paired_differences(candidate, best, greater_is_better=greater_is_better)
    return _winning_chance(differences, best, rule) < rule.chance


def _winning_chance(differences: Sequence[float], best: Sequence[float], rule: RacingRule) -> float:
    """The chance that the mean over all folds comes out above zero, given the first differences.

    The folds are a finite population: the mean of the m seen is off the mean of all K with
    variance s² (1/m - 1/K). Student's t, with s² shrunk towards the prior guess.
    """
    seen, prior = np.asarray(differences), rule.prior_share * float(np.var(best, ddof=1))
    freedom = rule.prior_weight + len(seen) - 1
    squares = float(np.sum((seen - seen.mean()) ** 2))
    variance = (rule.prior_weight * prior + squares) / freedom
    error = math.sqrt(variance * (1 / len(seen) - 1 / len(best)))
    if error == 0:
        return float(seen.mean() > 0)
    return float(stats.t.cdf(seen.mean() / error, freedom))
