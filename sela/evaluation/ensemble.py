"""The ensemble: a weighted mean of pipelines already found, chosen on out-of-fold predictions.

Greedy selection with replacement, Caruana et al. 2004, "Ensemble selection from libraries of
models", guarded by a nested estimate against its own optimism.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.evaluation.comparison import Comparison, compare, mean_valid_share
from sela.evaluation.cutoff import COARSE, GRID, Grid, best_cutoff, uses_cutoff
from sela.evaluation.out_of_fold import OutOfFold
from sela.evaluation.splits import Fold
from sela.problem.metrics import score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

Floats = NDArray[np.float64]

MAX_MEMBERS = 5
PARTS = 5
MAX_STEPS = 12
MAX_LIBRARY = 15
"""Only the best few are looked at: more would be chance's to choose from."""
MARGIN_ERRORS = 0.0
"""The nested estimate must beat the single best by this many corrected standard errors. More
would keep out ensembles that are better on unseen rows (`benchmarks/ensemble.py`); before one is
shipped it has to win on fresh folds too."""


@dataclass(frozen=True)
class Blend:
    """Weights by rollout, summing to 1, and the cut-off of a binary label metric."""

    weights: tuple[tuple[int, float], ...]
    """(rollout, weight), heaviest first."""
    cutoff: float | None = None
    """Probability from which on a row is called positive; None: the likeliest class."""

    def combine(self, task: Task, predictions: Mapping[int, Prediction]) -> Prediction:
        """The ensemble's prediction from its members' predictions of the same rows."""
        parts = {rollout: soft(task, predictions[rollout]) for rollout, _ in self.weights}
        return hard(task, _mean(self.weights, parts), self.cutoff)


@dataclass(frozen=True)
class EnsembleChoice:
    """A blend, what it is worth beside the single best, and whether it is to be taken."""

    blend: Blend
    score: float
    """On all folds, those that chose it: optimistic."""
    nested_score: float
    """Mean over folds that its weights were not chosen on."""
    nested_single: float
    """The same of the single pipeline that was best on the other folds."""
    comparison: Comparison
    """Of the ensemble with the single best, each chosen on other folds than it is scored on."""
    is_taken: bool


def choose_ensemble(
    task: Task,
    y: NDArray[Any],
    folds: Sequence[Fold],
    library: Mapping[int, OutOfFold],
    *,
    repeat_length: int | None = None,
    max_members: int = MAX_MEMBERS,
) -> EnsembleChoice:
    """Select an ensemble from a library (rollout -> out-of-fold) and guard it.

    Each fold is scored by the blend, and by the single pipeline, that were chosen on the other
    folds: both choices pay for their own optimism. The ensemble is taken only when it beats the
    single one by MARGIN_ERRORS. Of repeated folds (`repeat_length` in one repeat) only the first
    repeat is used for that, since a second one holds the same rows; a single fold is cut up.
    """
    if len(folds) == 1:
        folds, library, repeat_length = *_cut_up(folds[0], library), None
    sheet = _Sheet(task, y, folds, library)
    first = range(repeat_length or len(folds))
    others = [[i for i in first if i != out] for out in first]
    held = [sheet.blend_score(sheet.select(on, max_members), [i]) for i, on in enumerate(others)]
    alone = [sheet.own_score(sheet.ranked(on)[0], [i]) for i, on in enumerate(others)]
    comparison = compare(
        held,
        alone,
        greater_is_better=task.greater_is_better,
        valid_share=mean_valid_share(folds),
    )
    blend = sheet.select(range(len(folds)), max_members)
    is_taken = len(blend.weights) > 1 and comparison.is_better(MARGIN_ERRORS)
    reached = sheet.blend_score(blend, range(len(folds)))
    nested = float(np.mean(held)), float(np.mean(alone))
    return EnsembleChoice(blend, reached, *nested, comparison, is_taken)


def _cut_up(
    fold: Fold, library: Mapping[int, OutOfFold]
) -> tuple[list[Fold], dict[int, OutOfFold]]:
    """One hold-out as PARTS smaller ones, with the predictions that belong to each."""
    places = [np.arange(part, len(fold.valid), PARTS) for part in range(PARTS)]
    cut = {
        rollout: OutOfFold(tuple(said.predictions[0].rows(rows) for rows in places))
        for rollout, said in library.items()
    }
    return [Fold(fold.train, fold.valid[rows]) for rows in places], cut


class _Sheet:
    """Out-of-fold predictions side by side, and the greedy walk over them."""

    def __init__(
        self,
        task: Task,
        y: NDArray[Any],
        folds: Sequence[Fold],
        library: Mapping[int, OutOfFold],
    ) -> None:
        self.task = task
        self.library = library
        self.targets = [y[fold.valid] for fold in folds]
        self.soft = {
            rollout: [soft(task, prediction) for prediction in out_of_fold.predictions]
            for rollout, out_of_fold in library.items()
        }

    def own_score(self, rollout: int, on: Sequence[int]) -> float:
        """A pipeline's mean score by what it said itself."""
        said = self.library[rollout].predictions
        return float(np.mean([score(self.task, self.targets[i], said[i]) for i in on]))

    def ranked(self, on: Sequence[int]) -> list[int]:
        """The library, best first by what each said itself."""
        sign = 1.0 if self.task.greater_is_better else -1.0
        return sorted(self.library, key=lambda rollout: -sign * self.own_score(rollout, on))

    def blend_score(self, blend: Blend, on: Sequence[int]) -> float:
        """A blend's mean score."""
        means = [_mean(blend.weights, {r: self.soft[r][i] for r, _ in blend.weights}) for i in on]
        return self._score(means, on, blend.cutoff)

    def select(self, on: Sequence[int], max_members: int) -> Blend:
        """Start from the best, then add whichever helps most, until none does."""
        sign = 1.0 if self.task.greater_is_better else -1.0
        ranked = self.ranked(on)[:MAX_LIBRARY]
        bag, total = [ranked[0]], [self.soft[ranked[0]][i] for i in on]
        reached = sign * self._best_score(total, on)[0]
        while len(bag) < MAX_STEPS:
            allowed = sorted(set(bag)) if len(set(bag)) >= max_members else ranked
            size = len(bag) + 1
            trials = {r: self._added(total, r, on) for r in allowed}
            gains = {r: sign * self._best_score(_scaled(t, size), on)[0] for r, t in trials.items()}
            chosen = max(allowed, key=lambda r: gains[r])
            if gains[chosen] <= reached:
                break
            bag, total, reached = [*bag, chosen], trials[chosen], gains[chosen]
        cutoff = self._best_score(_scaled(total, len(bag)), on, GRID)[1]
        weights = [(rollout, count / len(bag)) for rollout, count in Counter(bag).most_common()]
        return Blend(tuple(weights), cutoff)

    def _added(self, total: list[Floats], rollout: int, on: Sequence[int]) -> list[Floats]:
        return [t + self.soft[rollout][i] for t, i in zip(total, on, strict=True)]

    def _best_score(
        self, means: list[Floats], on: Sequence[int], grid: Grid = COARSE
    ) -> tuple[float, float | None]:
        """The score of mean predictions, at their best cut-off where there is one."""
        if not uses_cutoff(self.task):
            return self._score(means, on, None), None
        targets = [self.targets[i] for i in on]
        cutoff, reached = best_cutoff(self.task, targets, [m[:, 1] for m in means], grid)
        return reached, cutoff

    def _score(self, means: list[Floats], on: Sequence[int], cutoff: float | None) -> float:
        scores = [
            score(self.task, self.targets[i], hard(self.task, mean, cutoff))
            for mean, i in zip(means, on, strict=True)
        ]
        return float(np.mean(scores))


def _mean(weights: Sequence[tuple[int, float]], parts: Mapping[int, Floats]) -> Floats:
    return np.sum([weight * parts[rollout] for rollout, weight in weights], axis=0)


def _scaled(total: list[Floats], size: int) -> list[Floats]:
    return [part / size for part in total]


def soft(task: Task, prediction: Prediction) -> Floats:
    """What can be averaged: (n,) values, or (n, k) probabilities, one-hot where there are none."""
    if prediction.values is not None:
        return prediction.values
    if prediction.probabilities is not None:
        return prediction.probabilities
    assert prediction.labels is not None
    return np.eye(len(task.classes))[prediction.labels]


def hard(task: Task, mean: Floats, cutoff: float | None) -> Prediction:
    """An averaged prediction; labels by the cut-off, or the likeliest class."""
    if not task.is_classification:
        return Prediction(values=mean)
    labels = mean.argmax(axis=1) if cutoff is None else mean[:, 1] >= cutoff
    return Prediction(labels=labels.astype(np.int64), probabilities=mean)
