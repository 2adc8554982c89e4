from __future__ import annotations

import numpy as np
import pytest

from sela.search.value_model import GRID, Parameters, covariance, fit, most_likely

EXACT = Parameters(noise=1e-6, prior_weight=0.0)
NO_PROMISE = np.zeros(1)


def codes(*rows: tuple[int, ...]) -> np.ndarray:
    return np.array(rows, dtype=np.int64)


def test_the_process_goes_through_what_was_observed_without_noise() -> None:
    x = codes((0, 0, 0, 0), (1, 0, 2, 0))
    posterior = fit(x, np.array([-1.0, 1.0]), np.zeros(2), EXACT).predict(x, np.zeros(2))
    assert posterior.mean == pytest.approx([-1.0, 1.0], abs=1e-3)
    assert posterior.deviation == pytest.approx([0.0, 0.0], abs=1e-2)


def test_an_insight_that_helped_is_expected_to_help_elsewhere() -> None:
    x = codes((0, 0, 0, 0), (0, 0, 2, 0), (1, 0, 0, 0))
    model = fit(x, np.array([-0.5, 1.0, -0.5]), np.zeros(3), Parameters())
    with_it = model.predict(codes((1, 0, 2, 0)), NO_PROMISE).mean
    with_another = model.predict(codes((1, 0, 3, 0)), NO_PROMISE).mean
    assert with_it > with_another


def test_what_shares_its_first_stages_is_more_alike() -> None:
    near = covariance(codes((1, 1, 1, 1)), codes((1, 1, 2, 2)), Parameters())
    far = covariance(codes((1, 1, 1, 1)), codes((2, 2, 1, 1)), Parameters(additive=0.0))
    assert near[0, 0] > far[0, 0]


def test_a_promise_lifts_the_mean_of_what_was_never_tried() -> None:
    model = fit(codes((0, 0, 0, 0)), np.array([0.0]), NO_PROMISE, Parameters(prior_weight=0.3))
    promised = model.predict(codes((0, 0, 1, 0), (0, 0, 2, 0)), np.array([1.0, 0.0])).mean
    assert promised[0] - promised[1] == pytest.approx(0.3)


def test_without_observations_the_prior_is_given() -> None:
    empty = np.empty((0, 4), dtype=np.int64)
    posterior = fit(empty, np.empty(0), np.empty(0), Parameters()).predict(
        codes((0, 1, 2, 3)), NO_PROMISE
    )
    assert posterior.mean == pytest.approx([0.0])
    assert posterior.deviation == pytest.approx([np.sqrt(2.0)])


def test_every_covariance_of_the_grid_is_positive_definite() -> None:
    every = np.array(np.meshgrid(*[range(3)] * 4)).reshape(4, -1).T
    for parameters in GRID:
        assert np.linalg.eigvalsh(covariance(every, every, parameters)).min() > -1e-8


def test_useless_promises_get_no_weight_and_true_ones_get_much() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 4, (40, 4))
    effects = rng.normal(size=(4, 4))
    effects[:, 0] = 0.0
    rewards = effects[np.arange(4), x].sum(axis=1)
    rewards = (rewards - rewards.mean()) / rewards.std()
    noise = rng.normal(size=40) * 2
    assert most_likely(x, rewards, rewards * 3).prior_weight > 0
    assert most_likely(x, rewards, noise).prior_weight == 0
