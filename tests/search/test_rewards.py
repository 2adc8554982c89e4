from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sela.search.rewards import FAILURE, RELATIVE_FLOOR, normalise

Scores = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=30)


def test_successes_become_z_scores() -> None:
    rewards = normalise([0.6, 0.7, 0.8], greater_is_better=True)
    assert rewards == pytest.approx([-1.2247, 0.0, 1.2247], abs=1e-4)


def test_a_low_error_is_a_high_reward() -> None:
    rewards = normalise([1.0, 2.0, 3.0], greater_is_better=False)
    assert rewards[0] > rewards[1] > rewards[2]


def test_a_failure_counts_as_the_worst_seen_and_moves_nobody_else() -> None:
    with_failure = normalise([0.5, 0.7, 0.8, None], greater_is_better=True)
    assert with_failure[:3] == pytest.approx(normalise([0.5, 0.7, 0.8], greater_is_better=True))
    assert with_failure[3] == with_failure[:3].min()


def test_a_failure_is_bad_even_when_the_successes_are_all_alike() -> None:
    assert normalise([0.7, 0.7, None], greater_is_better=True)[2] == FAILURE


def test_tiny_differences_are_not_blown_up() -> None:
    rewards = normalise([0.70000, 0.70001], greater_is_better=True)
    assert abs(rewards).max() < 0.01 / RELATIVE_FLOOR / 100


def test_one_disaster_does_not_make_the_others_look_alike() -> None:
    rewards = normalise([0.70, 0.72, 0.74, 0.76, -500.0], greater_is_better=True)
    assert rewards[3] - rewards[0] > 0.5


@given(Scores, st.booleans())
def test_rewards_are_finite_and_keep_the_order(
    scores: list[float | None], greater_is_better: bool
) -> None:
    rewards = normalise(scores, greater_is_better=greater_is_better)
    assert rewards.shape == (len(scores),)
    assert np.isfinite(rewards).all()
    sign = 1 if greater_is_better else -1
    told = sorted((sign * s, r) for s, r in zip(scores, rewards, strict=True) if s is not None)
    assert all(a[1] <= b[1] + 1e-9 for a, b in pairwise(told))
