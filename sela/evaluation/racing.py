"""Racing: when a candidate may stop, because its remaining folds will hardly make it the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sela.evaluation.comparison import paired_differences

Scores = Sequence[float]


@dataclass(frozen=True)
class RacingRule:
    """How sure racing must be. The defaults are those that `benchmarks/racing.py` measured."""

    chance: float = 0.08
    """Stop when the chance to end above the best is below this; 0 never stops."""
    prior_share: float = 0.5
    """The first guess at the variance of the differences, as a share of the variance of the
    best's own fold scores: paired differences mostly vary less than scores do."""
    prior_weight: float = 3.0
    """How many differences a guess counts for. Two that happen to be alike prove nothing."""


NEVER = RacingRule(chance=0.0)


def is_lost(
    candidate: Scores,
    best: Scores,
    *,
    greater_is_better: bool,
    others: Sequence[Scores] = (),
    rule: RacingRule | None = None,
) -> bool:
    """Whether the candidate has little chance left to beat the best's mean over all folds.

    `others` are fold scores of earlier candidates; those with every fold tell how much
    differences from the best vary here.
    """
    rule = rule or RacingRule()
    if not 0 < len(candidate) < len(best):
        return False
    differences = paired_differences(candidate, best, greater_is_better=greater_is_better)
    guess = _guessed_variance(best, others, rule.prior_share)
    return _winning_chance(differences, len(best), guess, rule.prior_weight) < rule.chance


def _guessed_variance(best: Scores, others: Sequence[Scores], prior_share: float) -> float:
    """Mean variance of earlier candidates' differences, the first guess counted as one of them."""
    seen = [
        float(np.var(np.subtract(other, best), ddof=1))
        for other in others
        if len(other) == len(best) and tuple(other) != tuple(best)
    ]
    return float(np.mean([prior_share * float(np.var(best, ddof=1)), *seen]))


def _winning_chance(differences: Scores, n_folds: int, guess: float, weight: float) -> float:
    """The chance that the mean over all folds comes out above zero, given the first differences.

    The folds are a finite population: the mean of the m seen is off the mean of all K with
    variance s² (1/m - 1/K). Student's t, with s² shrunk towards the guess.
    """
    seen = np.asarray(differences)
    freedom = weight + len(seen) - 1
    variance = (weight * guess + float(np.sum((seen - seen.mean()) ** 2))) / freedom
    error = math.sqrt(variance * (1 / len(seen) - 1 / n_folds))
    if error == 0:
        return float(seen.mean() > 0)
    return float(stats.t.cdf(seen.mean() / error, freedom))
