"""The value model: a Gaussian process over model configurations.

Its kernel says that an insight acts alike wherever it is used (additive part), that
configurations with the same model are alike, more so with the same features as well, and so on
(prefix part), and that each has something of its own (leaf part). Rewards are in standard
deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""(n, stages) configurations as the place of each choice in its stage's choices."""
Values = NDArray[np.floating[Any]]

STAGE_SHARES = np.array([0.1, 0.2, 0.55, 0.15])
"""How the additive variance is shared by the stages. Tried alone on real tables, the playbook's
models differ by several times as much as its other insights."""
PREFIX_ORDER = (2, 1, 0, 3)
"""Model, features, preprocessing, evaluation: what a step does depends on the model first."""
CONSTANT = 1.0
"""Variance of the common level, which the data settle at once."""


@dataclass(frozen=True)
class Parameters:
    """Shares of the variance, the noise of a score, and the weight of the insights' priors."""

    additive: float = 0.6
    prefix: float = 0.34
    noise: float = 0.15
    prior_weight: float = 0.15

    @property
    def leaf(self) -> float:
        return max(1.0 - self.additive - self.prefix, 0.0)


GRID = tuple(
    Parameters(additive, min(0.4, 0.95 - additive), noise, prior_weight)
    for additive, noise, prior_weight in product(
        (0.3, 0.5, 0.7, 0.9), (0.05, 0.15, 0.4), (0.0, 0.15, 0.3)
    )
)
"""What the parameters are learnt from, once there are results enough."""


@dataclass(frozen=True)
class Posterior:
    """Mean and standard deviation of the reward of (n,) configurations, noise apart."""

    mean: Values
    deviation: Values


@dataclass(frozen=True)
class ValueModel:
    """A process conditioned on (n, stages) configurations and their (n,) rewards.

    `promises` are what the insights' priors add up to, per unit of their weight.
    """

    parameters: Parameters
    codes: Codes
    cholesky: Values
    weights: Values

    def predict(self, codes: Codes, promises: Values) -> Posterior:
        """The posterior of (m, stages) configurations with their (m,) promises."""
        cross = covariance(codes, self.codes, self.parameters)
        mean = self.parameters.prior_weight * promises + cross @ self.weights
        half = np.linalg.solve(self.cholesky, cross.T)
        variance = CONSTANT + 1.0 - np.sum(half**2, axis=0)
        return Posterior(mean, np.sqrt(np.maximum(variance, 1e-9)))


def fit(codes: Codes, rewards: Values, promises: Values, parameters: Parameters) -> ValueModel:
    """Condition the process on what was observed."""
    cholesky = _cholesky(codes, parameters)
    residuals = rewards - parameters.prior_weight * promises
    weights = np.linalg.solve(cholesky.T, np.linalg.solve(cholesky, residuals))
    return ValueModel(parameters, codes, cholesky, weights)


def most_likely(codes: Codes, rewards: Values, promises: Values) -> Parameters:
    """The parameters of the grid with the highest marginal likelihood."""
    return max(GRID, key=lambda p: _log_likelihood(codes, rewards, promises, p))


def covariance(a: Codes, b: Codes, parameters: Parameters) -> Values:
    """Covariance of (n, stages) with (m, stages) configurations: (n, m)."""
    is_same = [a[:, stage, None] == b[None, :, stage] for stage in range(a.shape[1])]
    total = np.full((len(a), len(b)), CONSTANT)
    for share, same in zip(STAGE_SHARES, is_same, strict=True):
        total += parameters.additive * share * same
    is_shared = np.ones((len(a), len(b)), dtype=bool)
    for stage in PREFIX_ORDER[:-1]:
        is_shared &= is_same[stage]
        total += parameters.prefix / (len(PREFIX_ORDER) - 1) * is_shared
    return total + parameters.leaf * (is_shared & is_same[PREFIX_ORDER[-1]])


def _cholesky(codes: Codes, parameters: Parameters) -> Values:
    noise = (parameters.noise + 1e-8) * np.eye(len(codes))
    return np.linalg.cholesky(covariance(codes, codes, parameters) + noise)


def _log_likelihood(
    codes: Codes, rewards: Values, promises: Values, parameters: Parameters
) -> float:
    cholesky = _cholesky(codes, parameters)
    residuals = rewards - parameters.prior_weight * promises
    half = np.linalg.solve(cholesky, residuals)
    return float(-0.5 * half @ half - np.sum(np.log(np.diag(cholesky))))
