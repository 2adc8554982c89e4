"""The choice among the few that were re-evaluated: the best, unless a simpler one is its equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sela.evaluation.comparison import Comparison, compare

FASTER = 1.5
"""One pipeline counts as faster when its fits take this many times less."""


@dataclass(frozen=True)
class Finalist:
    """A re-evaluated candidate. Its scores are on the same folds as every other finalist's."""

    rollout: int
    search_score: float
    fresh_scores: tuple[float, ...]
    n_insights: int
    """Insights that shape its model; 0 is the baseline."""
    fit_seconds: float
    """Mean time of one fit."""

    @property
    def fresh_score(self) -> float:
        return float(np.mean(self.fresh_scores))


def choose(
    finalists: Sequence[Finalist], *, greater_is_better: bool, valid_share: float
) -> tuple[Finalist, str]:
    """The finalist to ship, and why, in one or two sentences.

    The best by fresh folds, unless another is within one corrected standard error of it and is
    simpler, or as simple and clearly faster.
    """
    sign = 1.0 if greater_is_better else -1.0
    ranked = sorted(finalists, key=lambda f: -sign * f.fresh_score)
    best = ranked[0]
    if len(ranked) == 1:
        return best, f"Rollout {best.rollout} is the only candidate that could be re-evaluated."

    def against_best(other: Finalist) -> Comparison:
        return compare(
            other.fresh_scores,
            best.fresh_scores,
            greater_is_better=greater_is_better,
            valid_share=valid_share,
        )

    equals = [other for other in ranked[1:] if against_best(other).is_equal()]
    preferred = min([best, *equals], key=lambda f: (f.n_insights, f.fit_seconds))
    if _is_preferable(preferred, best):
        return preferred, _why_simpler(preferred, best, against_best(preferred))
    return best, (
        f"Rollout {best.rollout} is the best of {len(ranked)} re-evaluated on fresh folds "
        f"({best.fresh_score:.4g}); none that is simpler or faster equals it."
    )


def _is_preferable(other: Finalist, best: Finalist) -> bool:
    if other is best:
        return False
    is_faster = other.fit_seconds * FASTER < best.fit_seconds
    return other.n_insights < best.n_insights or (other.n_insights == best.n_insights and is_faster)


def _why_simpler(chosen: Finalist, best: Finalist, comparison: Comparison) -> str:
    return (
        f"Rollout {best.rollout} scored {best.fresh_score:.4g} on fresh folds and rollout "
        f"{chosen.rollout} {chosen.fresh_score:.4g}: equal within one standard error "
        f"({comparison.standard_error:.2g}). Rollout {chosen.rollout} is taken because it has "
        f"{chosen.n_insights} insights instead of {best.n_insights} and fits in "
        f"{chosen.fit_seconds:.2g} s instead of {best.fit_seconds:.2g} s."
    )
