"""The finalists: the best few once more, on folds that the search never saw."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sandboxes.base import SandboxProvider
from sela.design.insight import Stage
from sela.errors import SelaError
from sela.evaluation.choice import Finalist
from sela.evaluation.comparison import compare
from sela.evaluation.out_of_fold import OutOfFold
from sela.evaluation.splits import Fold
from sela.experiments.bench import Bench
from sela.experiments.experiment import Experiment
from sela.problem.metrics import score
from sela.problem.prediction import Prediction

CLEARLY = 1.5
"""A finalist this many corrected standard errors behind needs no more fresh folds."""


@dataclass(frozen=True)
class Candidate:
    """A rollout that may be shipped: its record, code included, and its out-of-fold answers."""

    rollout: int
    experiment: Experiment
    out_of_fold: OutOfFold | None = None

    @property
    def code(self) -> Mapping[Stage, str]:
        return self.experiment.code

    @property
    def search_score(self) -> float:
        """Mean over the search's folds; only scored experiments are candidates."""
        assert self.experiment.score is not None
        return self.experiment.score

    @property
    def n_insights(self) -> int:
        """Insights that shape its model."""
        return sum(choice is not None for choice in self.experiment.configuration.model_key)


@dataclass
class Rerun:
    """A candidate on fresh folds, as far as it came."""

    candidate: Candidate
    scores: list[float] = field(default_factory=list[float])
    predictions: list[Prediction] = field(default_factory=list[Prediction])
    seconds: float = 0.0
    is_out: bool = False
    """It failed, or lost the race."""

    @property
    def all_scores(self) -> tuple[float, ...]:
        """On the folds of the search, then on the fresh ones so far."""
        return (*self.candidate.experiment.fold_scores, *self.scores)

    def finalist(self) -> Finalist:
        """Its frozen summary."""
        return Finalist(
            rollout=self.candidate.rollout,
            search_scores=self.candidate.experiment.fold_scores,
            fresh_scores=tuple(self.scores),
            n_insights=self.candidate.n_insights,
            fit_seconds=self.seconds / max(len(self.scores), 1),
        )


def leaders(
    candidates: Sequence[Candidate], count: int | None, *, greater_is_better: bool
) -> list[Candidate]:
    """The best `count` by search score (None: all), best first, no two with the same model."""
    sign = 1.0 if greater_is_better else -1.0
    ranked = sorted(candidates, key=lambda c: -sign * c.search_score)
    distinct: dict[tuple[str | None, ...], Candidate] = {}
    for candidate in ranked:
        distinct.setdefault(candidate.experiment.configuration.model_key, candidate)
    return list(distinct.values())[:count]


async def rerun(
    bench: Bench,
    provider: SandboxProvider,
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    *,
    never_race: frozenset[int] = frozenset(),
    workers: int = 1,
) -> list[Rerun]:
    """Evaluate candidates on fresh folds, all on one fold before the next.

    One that is clearly worse than the best drops out, except the rollouts in `never_race`.
    """
    reruns = [Rerun(candidate) for candidate in candidates]
    gate = asyncio.Semaphore(workers)
    for fold in folds:
        alive = [r for r in reruns if not r.is_out]
        await asyncio.gather(*(_one_fold(bench, provider, gate, r, fold) for r in alive))
        _drop_losers(bench, reruns, never_race)
    return reruns


async def _one_fold(
    bench: Bench, provider: SandboxProvider, gate: asyncio.Semaphore, run: Rerun, fold: Fold
) -> None:
    async with gate, provider.lease() as sandbox:
        fit = await bench.fit(sandbox, run.candidate.code, fold.train, [bench.rows(fold.valid)])
    run.seconds += fit.seconds
    if fit.failure is not None:
        run.is_out = True
        return
    try:
        run.scores.append(score(bench.task, bench.y[fold.valid], fit.predictions[0]))
    except SelaError:
        run.is_out = True
        return
    run.predictions.append(fit.predictions[0])


def _drop_losers(bench: Bench, reruns: Sequence[Rerun], never_race: frozenset[int]) -> None:
    """Judge by the folds of the search and the fresh ones together, as the choice will."""
    alive = [run for run in reruns if not run.is_out]
    if not alive:
        return
    sign = 1.0 if bench.task.greater_is_better else -1.0
    best = max(alive, key=lambda run: sign * float(np.mean(run.all_scores)))
    for run in alive:
        if run is not best and run.candidate.rollout not in never_race:
            run.is_out = compare(
                run.all_scores,
                best.all_scores,
                greater_is_better=bench.task.greater_is_better,
                valid_share=bench.valid_share,
            ).is_clearly_worse(CLEARLY)
