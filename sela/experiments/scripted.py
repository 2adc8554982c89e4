"""A scripted fit: a product double that answers for a sandbox, so that no test needs a kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from sandboxes.base import Sandbox
from sela.experiments.experiment import Failure
from sela.experiments.fits import Fit, FitRequest
from sela.problem.prediction import Prediction
from sela.problem.task import Task

Answer = Callable[[FitRequest, pd.DataFrame], Prediction | Failure]
"""What a pipeline would say of one question after the fit that the request describes."""


@dataclass
class ScriptedFits:
    """Asks a function instead of a sandbox; each fit takes `seconds`, asking takes none."""

    answer: Answer
    seconds: float = 1.0
    _kept: list[FitRequest] = field(default_factory=list[FitRequest])

    async def fit_predict(self, sandbox: Sandbox, request: FitRequest) -> Fit:
        fit = self._said(request, request.questions, self.seconds)
        if not request.keep_model:
            return fit
        self._kept.append(request)
        return replace(fit, model=str(len(self._kept) - 1).encode())

    async def predict_with(
        self, sandbox: Sandbox, model: bytes, frames: tuple[pd.DataFrame, ...], task: Task
    ) -> Fit:
        asked = replace(self._kept[int(model)], questions=frames)
        return self._said(asked, frames, 0.0)

    def _said(self, request: FitRequest, frames: Sequence[pd.DataFrame], seconds: float) -> Fit:
        said = [self.answer(request, frame) for frame in frames]
        failures = [part for part in said if isinstance(part, Failure)]
        predictions = tuple(part for part in said if isinstance(part, Prediction))
        if failures:
            return Fit(failures[0].outcome, (), seconds, seconds, "", failures[0])
        return Fit("ok", predictions, seconds, seconds, "scripted")
