"""A trial: one configuration while it is being tried, fold by fold. It ends as an Experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.design.insight import Configuration, Stage
from sela.errors import SelaError
from sela.evaluation.out_of_fold import OutOfFold
from sela.experiments.asking import FoldAnswers
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult, Experiment, Failure, Verdict
from sela.experiments.fits import Fit
from sela.problem.metrics import score
from sela.problem.prediction import Prediction

LOG_CHARACTERS = 8_000


@dataclass
class Trial:
    """What is known so far; the one mutable thing of an experiment."""

    configuration: Configuration
    code: Mapping[Stage, str]
    n_folds: int
    scores: list[float] = field(default_factory=list[float])
    predictions: list[Prediction] = field(default_factory=list[Prediction])
    failure: Failure | None = None
    controls: list[ControlResult] = field(default_factory=list[ControlResult])
    seconds: float = 0.0
    control_seconds: float = 0.0
    fits: int = 0
    log: str = ""

    def add(self, bench: Bench, y: NDArray[Any], answers: FoldAnswers) -> None:
        """Take a fold's fit in: its score, or why it has none."""
        fit = answers.fit
        self.seconds += fit.seconds + answers.wasted_seconds
        self.control_seconds += answers.wasted_seconds
        self.fits += 1
        self.log = (self.log or fit.log)[:LOG_CHARACTERS]
        if fit.failure is not None:
            self.failure = fit.failure
            return
        try:
            self.scores.append(score(bench.task, y, fit.predictions[0]))
        except SelaError as error:
            self.failure = Failure("bad_predictions", None, str(error))
            return
        self.predictions.append(fit.predictions[0])

    def add_control(self, fit: Fit) -> None:
        """Count a fit that was made for a control only."""
        self.seconds += fit.seconds
        self.control_seconds += fit.seconds
        self.fits += 1

    def add_control_seconds(self, seconds: float) -> None:
        """Count what asking a kept model took."""
        self.seconds += seconds
        self.control_seconds += seconds

    @property
    def fit_seconds(self) -> float:
        """What a fold's fit and its answers took, on average."""
        return (self.seconds - self.control_seconds) / max(len(self.scores), 1)

    def end(self, verdict: Verdict) -> tuple[Experiment, OutOfFold | None]:
        """The frozen record, and the out-of-fold predictions when every fold was scored."""
        is_whole = self.failure is None and len(self.scores) == self.n_folds
        experiment = Experiment(
            configuration=self.configuration,
            verdict=verdict,
            fold_scores=tuple(self.scores),
            score=float(np.mean(self.scores)) if self.failure is None else None,
            failure=self.failure,
            controls=tuple(self.controls),
            compute_seconds=self.seconds,
            control_seconds=self.control_seconds,
            fits=self.fits,
            fits_saved=self.n_folds - len(self.scores) if verdict is Verdict.RACED_OUT else 0,
            log=self.log,
            code=dict(self.code),
        )
        return experiment, OutOfFold(tuple(self.predictions)) if is_whole else None
