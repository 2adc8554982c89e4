"""Rewards: scores of any metric, made comparable inside the search and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RELATIVE_FLOOR = 0.002
"""Smallest standard deviation, as a share of the typical score: less is noise, not a signal."""
TAIL = 5.0
"""Scores worse than the median by this many (robust) deviations count as just that bad."""
FAILURE = -1.0
"""A failure is the worst seen, and at least one standard deviation below the mean."""


def normalise(scores: Sequence[float | None], *, greater_is_better: bool) -> NDArray[np.float64]:
    """Turn (n,) scores into (n,) rewards: z-scores of the successes, greater is better.

    One disastrous candidate must not make all good ones look alike, so the bad tail is cut off.
    """
    sign = 1.0 if greater_is_better else -1.0
    values = np.array([np.nan if score is None else sign * score for score in scores])
    successes = values[~np.isnan(values)]
    if not len(successes):
        return np.full(len(values), FAILURE)
    median = float(np.median(successes))
    floor = max(RELATIVE_FLOOR * abs(median), 1e-12)
    deviation = max(1.4826 * float(np.median(np.abs(successes - median))), floor)
    clipped = np.maximum(successes, median - TAIL * deviation)
    centre, spread = float(clipped.mean()), max(float(clipped.std()), floor)
    rewards = (np.maximum(values, median - TAIL * deviation) - centre) / spread
    failure = min(FAILURE, float((clipped.min() - centre) / spread))
    return np.where(np.isnan(rewards), failure, rewards)
