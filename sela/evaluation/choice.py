"""The choice among the few that were re-evaluated: the best, unless a simpler one is its equal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sela.evaluation.comparison import Comparison, compare

BASELINE_ERRORS = 0.5
"""Standard errors within which the baseline is the best's equal."""
FASTER = 1.5
"""One pipeline counts as faster when its fits take this many times less."""


@dataclass(frozen=True)
class Finalist:
    """A re-evaluated candidate. Its scores are on the same folds as every other finalist's."""

    rollout: int
    search_scores: tuple[float, ...]
    fresh_scores: tuple[float, ...]
    n_insights: int
    """Insights that shape its model; 0 is the baseline."""
    fit_seconds: float
    """Mean time of one fit."""

    @property
    def scores(self) -> tuple[float, ...]:
        """On the folds of the search and the fresh ones."""
        return self.search_scores + self.fresh_scores

    @property
    def fresh_score(self) -> float:
        return float(np.mean(self.fresh_scores))


def choose(
    finalists: Sequence[Finalist], *, greater_is_better: bool, valid_share: float
) -> tuple[Finalist, str]:
    """The finalist to ship, and why, in one or two sentences.

    The best over search and fresh folds together, unless another is within one corrected standard
    error of it and is simpler, or as simple and clearly faster. The baseline has to be closer:
    what a search brings is often less than one standard error, and real.
    """
    sign = 1.0 if greater_is_better else -1.0
    ranked = sorted(finalists, key=lambda f: -sign * float(np.mean(f.scores)))
    best = ranked[0]
    if len(ranked) == 1:
        return best, (
            f"Rollout {best.rollout} is the only one left: the others failed on fresh folds, or "
            "fell clearly behind."
        )

    def against_best(other: Finalist) -> Comparison:
        return compare(
            other.scores, best.scores, greater_is_better=greater_is_better, valid_share=valid_share
        )

    equals = [f for f in ranked[1:] if _is_equal(against_best(f), is_baseline=not f.n_insights)]
    preferred = min([best, *equals], key=lambda f: (f.n_insights, f.fit_seconds))
    if _is_preferable(preferred, best):
        return preferred, _why_simpler(preferred, best, against_best(preferred))
    return best, (
        f"Rollout {best.rollout} is the best of {len(ranked)} over the search's folds and "
        f"{len(best.fresh_scores)} fresh ones; none that is simpler or faster equals it."
    )


def _is_equal(comparison: Comparison, *, is_baseline: bool) -> bool:
    is_known = math.isfinite(comparison.standard_error)
    return is_known and comparison.is_equal(BASELINE_ERRORS if is_baseline else 1.0)


def _is_preferable(other: Finalist, best: Finalist) -> bool:
    is_faster = other.fit_seconds * FASTER < best.fit_seconds
    return other.n_insights < best.n_insights or (other.n_insights == best.n_insights and is_faster)


def _why_simpler(chosen: Finalist, best: Finalist, comparison: Comparison) -> str:
    return (
        f"Rollouts {best.rollout} and {chosen.rollout} differ by "
        f"{abs(comparison.difference):.2g} over {comparison.folds} folds, within "
        f"{'half a' if not chosen.n_insights else 'one'} standard error "
        f"({comparison.standard_error:.2g}). Rollout {chosen.rollout} is taken as the "
        f"{_edge(chosen, best)}."
    )


def _edge(chosen: Finalist, best: Finalist) -> str:
    times = f"{chosen.fit_seconds:.2g} s for a fit instead of {best.fit_seconds:.2g} s"
    if chosen.n_insights < best.n_insights:
        if not chosen.n_insights:
            return f"simplest one, the baseline: {times}"
        counts = f"{_insights(chosen.n_insights)} instead of {best.n_insights}"
        return f"simpler one: {counts}, {times}"
    return f"faster one: {times}"


def _insights(count: int) -> str:
    return f"{count} insight" if count == 1 else f"{count} insights"
