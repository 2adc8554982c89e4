from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sandboxes.base import Sandbox
from sela.design.insight import Configuration, Stage
from sela.evaluation.dealing import deal, fresh_folds
from sela.evaluation.splits import Splits
from sela.experiments.bench import Bench, best_constant
from sela.experiments.experiment import Verdict
from sela.experiments.experimenter import Experimenter
from sela.experiments.finalists import Candidate
from sela.experiments.finalize import Finale, Finished, SealedPart, finalize
from sela.problem.task import Task
from tests.harness.in_process import InProcessSandbox

REGRESSION = Task("regression", "y", "rmse", False)
RIDGE = """
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

def build(profile):
    return make_pipeline(PolynomialFeatures(2), Ridge(1.0))
"""
MEAN = """
from sklearn.dummy import DummyRegressor

def build(profile):
    return DummyRegressor()
"""
UNFIT = """
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

class Fragile(Ridge):
    def fit(self, X, y):
        if len(X) > 250:
            raise ValueError("too many rows")
        return super().fit(X, y)

def build(profile):
    return make_pipeline(PolynomialFeatures(2), Fragile())
"""

TRANSDUCTIVE = """
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

class Shifted(Ridge):
    def predict(self, X):
        said = super().predict(X)
        return said - said.mean() + 1.0

def build(profile):
    return make_pipeline(PolynomialFeatures(2), Shifted())
"""


TRANSDUCTIVE_AT_LAST = TRANSDUCTIVE.replace(
    "        return said -", "        return said if self.n_ <= 250 else said -"
).replace(
    "    def predict",
    "    def fit(self, X, y):\n        self.n_ = len(X)\n        return super().fit(X, y)\n\n"
    "    def predict",
)


class OneSandbox:
    """A provider whose only sandbox is this process."""

    tier = "none"

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Sandbox]:
        yield InProcessSandbox()

    async def close(self) -> None: ...


def noisy_square(n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["a", "b", "c"])
    return frame, (frame["a"] ** 2 + frame["b"] + rng.normal(0, 0.3, n_rows)).to_numpy()


async def finished(
    models: Sequence[str | None],
    n_rows: int = 360,
    test: SealedPart | None = None,
    *,
    forget_controls: bool = False,
) -> tuple[Finished, list[str]]:
    """Try the models (None: the default), finalize, and give the order of events too."""
    frame, y = noisy_square(n_rows)
    splits: Splits = deal(frame, y, REGRESSION, seed=0, folds=3)
    bench = Bench(REGRESSION, frame, y, splits, timeout_seconds=60)
    candidates: list[Candidate] = []
    for number, model in enumerate([None, *models], start=1):
        code: dict[Stage, str] = {} if model is None else {"model_training": model}
        choice = Configuration((None, None, None, model and f"mt{number}", None))
        experiment, answers = await Experimenter(bench).run(InProcessSandbox(), choice, code)
        if forget_controls:
            experiment = replace(experiment, verdict=Verdict.SCORED, controls=())
        candidates.append(Candidate(number, experiment, answers))
    events: list[str] = []

    async def use_test() -> int:
        events.append("used")
        return 1

    fresh = fresh_folds(splits, frame, y, REGRESSION, seed=7)
    rows = bench.splits.test
    own = SealedPart(bench.rows(rows), bench.y[rows]) if len(rows) else None
    finale = Finale(bench, OneSandbox(), candidates, candidates[0], fresh[:3], test or own)
    return await finalize(finale, use_test, progress=events.append), events


async def test_the_best_pipeline_is_shipped_with_its_sealed_score_and_gain():
    done, _ = await finished([RIDGE, MEAN])

    estimate = done.estimate
    assert [member.rollout for member in estimate.members] == [2]
    assert estimate.test_score is not None and 0.2 < estimate.test_score < 0.5
    assert estimate.test_interval is not None
    assert estimate.test_interval.low < estimate.test_score < estimate.test_interval.high
    assert estimate.is_real_gain
    assert "better than the default baseline" in estimate.statement
    assert len(done.model) > 100
    assert estimate.latency_ms_per_row is not None
    assert 60 <= estimate.n_test <= 80


async def test_the_use_of_the_sealed_rows_is_recorded_once_and_before_the_score():
    done, events = await finished([RIDGE])

    assert events.count("used") == 1
    assert done.estimate.test_uses == 1
    assert events.index("used") > events.index(
        "Fitting the chosen model on every row of the search."
    )


async def test_a_search_that_found_nothing_says_so():
    done, _ = await finished([MEAN])

    assert [member.rollout for member in done.estimate.members] == [1]
    assert done.estimate.gain == 0
    assert not done.estimate.is_real_gain
    assert "No real gain" in done.estimate.statement


async def test_a_pipeline_that_cannot_be_fitted_on_all_rows_is_replaced_and_the_reason_told():
    done, _ = await finished([UNFIT])

    assert [member.rollout for member in done.estimate.members] == [1]
    assert "fitted on all rows, cannot be shipped" in done.estimate.choice_reason
    assert "too many rows" in done.estimate.choice_reason


async def test_who_looks_at_the_other_rows_only_when_fitted_on_all_is_not_shipped():
    done, _ = await finished([TRANSDUCTIVE_AT_LAST])

    assert [member.rollout for member in done.estimate.members] == [1]
    assert "when they are asked without the others" in done.estimate.choice_reason


async def test_a_candidate_that_never_led_is_controlled_before_it_is_shipped():
    done, _ = await finished([TRANSDUCTIVE], forget_controls=True)

    assert [member.rollout for member in done.estimate.members] == [1]
    assert "Rollout 2 was refused by a control. halved_batch" in done.estimate.choice_reason


async def test_a_tiny_table_gets_its_estimate_from_fresh_folds():
    done, events = await finished([RIDGE], n_rows=150)

    estimate = done.estimate
    assert "used" not in events
    assert estimate.test_score is None and estimate.n_test == 0
    assert estimate.test_interval is not None
    assert estimate.test_interval.low < estimate.reevaluated_score < estimate.test_interval.high
    assert estimate.gain is not None and estimate.gain > 0
    assert "too small for sealed rows" in estimate.statement


async def test_a_file_of_the_users_own_replaces_the_sealed_part():
    frame, y = noisy_square(500)

    done, _ = await finished([RIDGE], test=SealedPart(frame.iloc[400:], y[400:]))

    assert done.estimate.n_test == 100
    assert done.test_prediction is not None and len(done.test_prediction) == 100


async def test_finalists_are_told_with_both_their_scores():
    done, _ = await finished([RIDGE, MEAN])

    assert {rollout for rollout, _, _ in done.estimate.candidates} <= {1, 2, 3}
    assert done.estimate.candidates[0][0] == 2


@pytest.mark.parametrize(("metric", "expected"), [("f1", 1), ("accuracy", 0)])
def test_the_best_constant_is_the_one_that_the_metric_likes(metric: str, expected: int):
    task = Task("binary", "y", metric, True, ("no", "yes"))

    said = best_constant(task, np.array([0, 0, 0, 1]), 2)

    assert said.labels is not None
    assert said.labels.tolist() == [expected] * 2
