from dataclasses import replace

import pandas as pd

from sela.design.insight import Configuration
from sela.experiments.diagnose import diagnose
from sela.experiments.experiment import Failure
from sela.experiments.experimenter import Experimenter
from sela.experiments.fits import FitRequest
from sela.experiments.scripted import ScriptedFits
from sela.problem.prediction import Prediction
from tests.experiments.benches import NO_SANDBOX, REGRESSION, bench, honest


async def test_the_column_that_tells_the_label_is_the_important_one():
    used = bench(honest)
    _, answers = await Experimenter(used).run(NO_SANDBOX, Configuration(), {})
    assert answers is not None

    seen = await diagnose(used, NO_SANDBOX, {}, answers)

    assert [one.column for one in seen.importance] == ["hint", "number"]
    assert seen.importance[0].drop > 0.1
    assert seen.importance[1].drop == 0.0
    assert seen.confusion is not None
    assert sum(map(sum, seen.confusion.counts)) == seen.n_rows == 160
    assert len(seen.roc) > 10 and len(seen.calibration) == 10


async def test_a_regression_has_residuals_instead():
    def half(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return Prediction(values=question["hint"].to_numpy() / 2)

    used = bench(half, task=REGRESSION)
    _, answers = await Experimenter(used).run(NO_SANDBOX, Configuration(), {})
    assert answers is not None

    seen = await diagnose(used, NO_SANDBOX, {}, answers)

    assert seen.residuals is not None
    assert seen.confusion is None and seen.roc == ()


async def test_a_fit_that_fails_costs_the_importance_only():
    used = bench(honest)
    _, answers = await Experimenter(used).run(NO_SANDBOX, Configuration(), {})
    assert answers is not None
    failing = ScriptedFits(lambda *_: Failure("timed_out", None, "too long")).fit_predict
    broken = replace(used, fit_predict=failing)

    seen = await diagnose(broken, NO_SANDBOX, {}, answers)

    assert seen.importance == ()
    assert seen.confusion is not None
