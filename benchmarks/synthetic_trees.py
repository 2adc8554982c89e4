"""Synthetic trees of which the truth is known.

A tree has insights in each model stage beside "as is" (effect 0). The value of a configuration is
a share `rho` of additive effects, and for the rest of effects of its prefixes and of pairs of
insights, scaled to a standard deviation of 1. A score has noise, some rollouts fail, and an
insight's prior is correlated with its true effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sela.design.insight import MODEL_STAGES, Configuration, Insight, Stage


@dataclass(frozen=True)
class Setting:
    """What kind of trees."""

    name: str
    insights: tuple[int, int, int, int] = (5, 5, 5, 5)
    """In preprocessing, features, training, evaluation."""
    shares: tuple[float, float, float, float] | None = None
    """Of the additive variance; drawn for each tree when None."""
    rho: float = 0.7
    noise: float = 0.4
    failures: float = 0.1
    mean_effect: float = 0.0
    """In standard deviations of the stage's effects; "as is" has 0."""
    skew: float = 0.0
    """0: effects are normal. Greater: more insights do little or much harm than much good."""
    prior_correlation: float = 0.4


SETTINGS = (
    Setting(
        "playbook",
        insights=(6, 10, 12, 2),
        shares=(0.05, 0.2, 0.65, 0.1),
        rho=0.8,
        noise=0.3,
        failures=0.02,
        mean_effect=-0.5,
        skew=1.0,
    ),
    Setting("usual"),
    Setting("useless priors", prior_correlation=0.0),
    Setting("good priors", prior_correlation=0.7),
    Setting("insights harm", mean_effect=-0.8),
    Setting("little is shared", rho=0.3),
    Setting("twelve a stage", insights=(12, 12, 12, 12)),
)


class SyntheticTree:
    """Insights, and the true value of every configuration."""

    def __init__(self, setting: Setting, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._setting = setting
        self._noise = np.random.default_rng([seed, 1])
        drawn = rng.dirichlet(np.full(len(MODEL_STAGES), 2.0))
        shares = np.sqrt(drawn if setting.shares is None else setting.shares)
        effects = [self._effects(rng, count) for count in setting.insights]
        self.values = self._scaled(rng, [e * s for e, s in zip(effects, shares, strict=True)])
        self.insights = tuple(self._insights(rng, effects))

    def _effects(self, rng: np.random.Generator, count: int) -> np.ndarray:
        normal = rng.normal(size=count)
        skewed = 1.0 - rng.gamma(1.0, 1.0, size=count)
        mixed = (normal + self._setting.skew * skewed) / np.sqrt(1 + self._setting.skew**2)
        return np.concatenate([[0.0], mixed + self._setting.mean_effect])

    def _scaled(self, rng: np.random.Generator, effects: list[np.ndarray]) -> np.ndarray:
        shape = tuple(map(len, effects))
        additive, own = np.zeros(shape), np.zeros(shape)
        for stage, effect in enumerate(effects):
            place = [1] * len(MODEL_STAGES)
            place[stage] = shape[stage]
            additive = additive + effect.reshape(place)
            depth = stage + 1
            prefix = rng.normal(size=shape[:depth])
            own = own + prefix.reshape(*prefix.shape, *(1,) * (len(MODEL_STAGES) - depth))
        for one, other in combinations(range(len(MODEL_STAGES)), 2):
            place = [n if s in (one, other) else 1 for s, n in enumerate(shape)]
            own = own + rng.normal(size=(shape[one], shape[other])).reshape(place)
        rho = self._setting.rho
        values = np.sqrt(rho) * additive / additive.std() + np.sqrt(1 - rho) * own / own.std()
        return values / values.std()

    def _insights(self, rng: np.random.Generator, effects: list[np.ndarray]) -> Iterator[Insight]:
        r = self._setting.prior_correlation
        for stage, name in enumerate(MODEL_STAGES):
            for place in range(1, len(effects[stage])):
                effect = effects[stage][place] - self._setting.mean_effect
                signal = r * effect + np.sqrt(1 - r**2) * rng.normal()
                prior = float(np.clip(0.5 + 0.2 * signal, 0.02, 0.98))
                yield Insight(f"{_short(name)}{place}", name, "", "synthetic", prior)
        for place in range(1, 4):
            yield Insight(f"ed{place}", "eda", "", "synthetic")

    @property
    def best(self) -> float:
        """The value of the best configuration."""
        return float(self.values.max())

    def value(self, configuration: Configuration) -> float:
        places = tuple(0 if c is None else int(c[2:]) for c in configuration.model_key)
        return float(self.values[places])

    def score(self, configuration: Configuration) -> float | None:
        """A noisy score in the unit of some metric, or a failure (never of the baseline)."""
        noise, luck = self._noise.normal(), self._noise.random()
        if luck < self._setting.failures and not configuration.is_baseline:
            return None
        return 0.75 + 0.03 * (self.value(configuration) + self._setting.noise * noise)


def _short(stage: Stage) -> str:
    return {"data_preprocessing": "dp", "feature_engineering": "fe", "model_training": "mt"}.get(
        stage, "me"
    )
