"""Guided: the configuration of the highest expected improvement under the value model.

Untried insights come in by ones and twos, so that their effects are known; what helped is then
combined.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sela.design.insight import MODEL_STAGES, Configuration
from sela.search.candidates import Candidates, candidates_of
from sela.search.knowledge import Knowledge
from sela.search.rewards import normalise
from sela.search.space import AS_IS_PRIOR, Space
from sela.search.value_model import (
    STAGE_SHARES,
    Codes,
    Parameters,
    Posterior,
    ValueModel,
    Values,
    fit,
    most_likely,
)

LEARN_FROM = 20
"""Results from which on the model's parameters are learnt."""
COSTS = {"s": 0.1, "m": 2.0, "l": 8.0}
"""What an insight adds to the cost of the baseline. Declared, not measured: else the seed would
not fix the search."""
AFFORDABLE = 10.0
"""Up to so many times the cost of the baseline cost decides between equals only; beyond it
divides. Improvement per expected second from the start found less, in rollouts and in seconds, on
the measured effects and times of the playbook's insights."""


def guided(knowledge: Knowledge, rng: np.random.Generator) -> Configuration | None:
    """The highest expected improvement times the chance to succeed, if it is affordable; of
    equals the cheapest."""
    candidates = candidates_of(knowledge, newcomers=_newcomers(len(knowledge.trials)), rng=rng)
    if candidates is None:
        return None
    observed = _observe(knowledge, candidates)
    promises = _promises(knowledge, candidates, candidates.codes)
    posterior = observed.model.predict(candidates.codes, promises)
    value = expected_improvement(posterior, observed.incumbent)
    cost = _cost(knowledge, candidates)
    value *= _chance(knowledge, candidates) / np.maximum(cost / AFFORDABLE, 1.0)
    is_best = value >= value.max() * (1 - 1e-9)
    cost = np.where(is_best, cost, np.inf)
    top = np.flatnonzero(cost <= cost.min())
    return knowledge.with_next_eda(candidates.key(int(rng.choice(top))))


def expected_improvement(posterior: Posterior, incumbent: float) -> Values:
    """E[max(reward - incumbent, 0)] (Jones et al. 1998, eq. 15)."""
    lead = posterior.mean - incumbent
    z = lead / posterior.deviation
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return np.maximum(lead * ndtr(z) + posterior.deviation * density, 1e-300)


@dataclass(frozen=True)
class _Observed:
    model: ValueModel
    incumbent: float
    """The highest posterior mean among what was scored."""


def _observe(knowledge: Knowledge, candidates: Candidates) -> _Observed:
    """Fit the model to the successes; what still runs counts as its own forecast.

    That is the kriging believer (Ginsbourger et al. 2010): parallel asks spread out.
    """
    trials = [t for t in knowledge.trials if t.score is not None]
    scores = [t.score for t in knowledge.trials]
    rewards = normalise(scores, greater_is_better=knowledge.greater_is_better)
    rewards = rewards[[score is not None for score in scores]]
    codes = candidates.encode([t.configuration.model_key for t in trials])
    promises = _promises(knowledge, candidates, codes)
    enough = len(trials) >= LEARN_FROM
    parameters = most_likely(codes, rewards, promises) if enough else Parameters()
    model = fit(codes, rewards, promises, parameters)
    incumbent = float(model.predict(codes, promises).mean.max()) if trials else 0.0
    running = candidates.encode([c.model_key for c in knowledge.running])
    if len(running):
        forecast = _promises(knowledge, candidates, running)
        believed = model.predict(running, forecast).mean
        model = fit(
            np.vstack([codes, running]),
            np.concatenate([rewards, believed]),
            np.concatenate([promises, forecast]),
            parameters,
        )
    return _Observed(model, incumbent)


def _newcomers(told: int) -> int:
    """How many untried insights may come in at once: one, from the second result on two, and one
    more after every ten.

    Few, so that a gain or a failure can be told apart; one at a time for longer finds the good
    ones later (benchmarks/policies).
    """
    return 1 if told < 2 else 2 + told // 10


def _promises(knowledge: Knowledge, candidates: Candidates, codes: Codes) -> Values:
    """What the priors of (n,) configurations add up to."""
    return candidates.sums(lambda c: _promise(knowledge.space, c), codes)


def _promise(space: Space, choice: str | None) -> float:
    """What a choice's prior says, in standard deviations of its stage's effects."""
    if choice is None:
        return 0.0
    share = STAGE_SHARES[MODEL_STAGES.index(space.insights[choice].stage)]
    return float(2 * np.sqrt(share) * (space.insights[choice].prior - AS_IS_PRIOR) / 0.25)


def _chance(knowledge: Knowledge, candidates: Candidates) -> Values:
    """The chance that no insight of a candidate fails, from what failed so far.

    A failure is blamed on those of its insights that never succeeded.
    """
    worked: Counter[str | None] = Counter()
    for trial in knowledge.trials:
        if trial.score is not None:
            worked.update(trial.configuration.model_key)
    blamed: Counter[str | None] = Counter()
    for trial in knowledge.trials:
        if trial.score is None:
            key = trial.configuration.model_key
            blamed.update([c for c in key if c is not None and not worked[c]])
    return np.exp(-candidates.sums(lambda c: np.log1p(3.0 * blamed[c])))


def _cost(knowledge: Knowledge, candidates: Candidates) -> Values:
    """Expected cost relative to the baseline's; an evaluation step repeats all before it."""
    insights = knowledge.space.insights

    def extra(choice: str | None, *, is_evaluation: bool) -> float:
        if choice is None or is_evaluation != (insights[choice].stage == "model_evaluation"):
            return 0.0
        return COSTS[insights[choice].cost]

    once = 1.0 + candidates.sums(lambda c: extra(c, is_evaluation=False))
    return once * (1.0 + candidates.sums(lambda c: extra(c, is_evaluation=True)))
