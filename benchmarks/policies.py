"""Regret of the search strategies on synthetic trees. Run: python -m benchmarks.policies

A tree has K insights in each model stage beside "as is" (effect 0). The value of a configuration
is a share `rho` of additive effects, and for the rest of effects of its prefixes and of pairs of
insights, scaled to a standard deviation of 1. A score has noise, some rollouts fail, and an
insight's prior is correlated with its true effect. Regret is the value of the best configuration
less the true value of the one with the best score, in standard deviations: 0 is perfect.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from sela.design.insight import MODEL_STAGES, Configuration, Insight, Stage
from sela.search.search import Search
from sela.search.strategies import STRATEGIES

CHECKPOINTS = (5, 10, 20, 40)


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

    def value(self, configuration: Configuration) -> float:
        places = tuple(0 if c is None else int(c[2:]) for c in configuration.model_key)
        return float(self.values[places])

    def score(self, configuration: Configuration) -> float | None:
        """A noisy score in the unit of some metric, or a failure (never of the baseline)."""
        noise, luck = self._noise.normal(), self._noise.random()
        if luck < self._setting.failures and not configuration.is_baseline:
            return None
        return 0.75 + 0.03 * (self.value(configuration) + self._setting.noise * noise)


def regrets(setting: Setting, strategy: str, seed: int) -> list[float]:
    """The regret at each checkpoint of one search."""
    tree = SyntheticTree(setting, seed)
    search = Search(strategy, seed, True, tree.insights)
    best_score, best_value, found = -np.inf, 0.0, []
    for rollout in range(1, CHECKPOINTS[-1] + 1):
        ask = search.ask()
        if ask is not None:
            score = tree.score(ask.configuration)
            search.tell(ask.rollout, score, 1.0)
            if score is not None and score > best_score:
                best_score, best_value = score, tree.value(ask.configuration)
        if rollout in CHECKPOINTS:
            found.append(float(tree.values.max()) - best_value)
    return found


def table(settings: Sequence[Setting], strategies: Sequence[str], trees: int) -> str:
    """Mean regret with its standard error at 20 rollouts, in Markdown."""
    head = " | ".join(f"N={n}" for n in CHECKPOINTS)
    lines = [f"| trees | strategy | {head} | se at 20 |", "|---" * (len(CHECKPOINTS) + 3) + "|"]
    for setting, strategy in product(settings, strategies):
        runs = np.array([regrets(setting, strategy, seed) for seed in range(trees)])
        cells = " | ".join(f"{mean:.2f}" for mean in runs.mean(axis=0))
        error = runs[:, CHECKPOINTS.index(20)].std() / np.sqrt(trees)
        lines.append(f"| {setting.name} | {strategy} | {cells} | {error:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=20)
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--settings", nargs="+", default=[s.name for s in SETTINGS])
    arguments = parser.parse_args()
    settings = [s for s in SETTINGS if s.name in arguments.settings]
    start = time.perf_counter()
    print(table(settings, arguments.strategies, arguments.trees))
    print(f"\n{arguments.trees} trees of each kind, {time.perf_counter() - start:.0f} s")


def _short(stage: Stage) -> str:
    return {"data_preprocessing": "dp", "feature_engineering": "fe", "model_training": "mt"}.get(
        stage, "me"
    )


if __name__ == "__main__":
    main()
