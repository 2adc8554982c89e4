"""A scripted fit: a product double that answers for a sandbox, so that no test needs a kernel."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from sandboxes.base import Sandbox
from sela.experiments.bench import FitPredict
from sela.experiments.experiment import Failure
from sela.experiments.fits import Fit, FitRequest
from sela.problem.prediction import Prediction

Answer = Callable[[FitRequest, pd.DataFrame], Prediction | Failure]
"""What a pipeline would say of one question after the fit that the request describes."""


def scripted_fits(answer: Answer, *, seconds: float = 1.0) -> FitPredict:
    """A `fit_predict` that asks a function instead of a sandbox; each fit takes `seconds`."""

    async def fit_predict(sandbox: Sandbox, request: FitRequest) -> Fit:
        said = [answer(request, question) for question in request.questions]
        failures = [part for part in said if isinstance(part, Failure)]
        predictions = tuple(part for part in said if isinstance(part, Prediction))
        if failures:
            return Fit(failures[0].outcome, (), seconds, seconds, "", failures[0])
        return Fit("ok", predictions, seconds, seconds, "scripted")

    return fit_predict
