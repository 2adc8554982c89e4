"""The effects: what each tried insight did to the score, measured over all experiments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sela.design.designer import Effect
from sela.design.insight import MODEL_STAGES
from sela.evaluation.comparison import paired_differences
from sela.experiments.experiment import Experiment

SHRINKAGE = 0.5
"""Ridge penalty, in trials: an insight seen once keeps two thirds of the gain it showed."""


def effects(experiments: Sequence[Experiment], *, greater_is_better: bool) -> tuple[Effect, ...]:
    """The effect of every insight that was scored at least once, best first.

    Each experiment's gain over the baseline, on the folds that both have, is taken as the sum of
    its insights' effects: an additive ridge regression without intercept. EDA changes no
    prediction and has no effect. Empty without a scored baseline.
    """
    scored = [e for e in experiments if e.score is not None and e.fold_scores]
    baseline = next((e for e in scored if e.configuration.is_baseline), None)
    tried = [e for e in scored if not e.configuration.is_baseline]
    if baseline is None or not tried:
        return ()
    names = sorted({name for e in tried for name in _insights(e)})
    design = np.array([[name in _insights(e) for name in names] for e in tried], dtype=float)
    gains = np.array(
        [
            np.mean(
                paired_differences(
                    e.fold_scores, baseline.fold_scores, greater_is_better=greater_is_better
                )
            )
            for e in tried
        ]
    )
    penalty = SHRINKAGE * np.eye(len(names))
    weights = np.linalg.solve(design.T @ design + penalty, design.T @ gains)
    measured = [
        Effect(name, float(weight), int(trials))
        for name, weight, trials in zip(names, weights, design.sum(axis=0), strict=True)
    ]
    return tuple(sorted(measured, key=lambda effect: -effect.gain))


def _insights(experiment: Experiment) -> set[str]:
    chosen = (experiment.configuration.of(stage) for stage in MODEL_STAGES)
    return {name for name in chosen if name is not None}
