from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sela.artefact.package import Package
from sela.artefact.replay import Training
from sela.artefact.schema import schema_of
from sela.experiments.fits import MemberCode, RefitRequest, refit
from sela.problem.prediction import Prediction
from sela.problem.task import Task
from tests.artefact.in_process import InProcessProvider, ShippingSandbox
from tests.harness.tables import messy_frame, messy_target
from tests.report.example import finished_content

SUMS = '''"""Adds what two columns are together."""
from sklearn.preprocessing import FunctionTransformer


def add(X):
    return X.assign(total=X["rooms"] + X["age"])


def build(profile):
    return FunctionTransformer(add)
'''
RIDGE = '''"""Linear regression that copes with gaps."""
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def build(profile):
    impute = SimpleImputer(keep_empty_features=True)
    return make_pipeline(NumbersOnly(), impute, StandardScaler(), Ridge())


from sklearn.base import BaseEstimator, TransformerMixin


class NumbersOnly(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.select_dtypes("number")
'''


@dataclass(frozen=True)
class Fitted:
    """A package, the rows it was fitted on, and what it says of the first fifty."""

    package: Package
    frame: pd.DataFrame
    target: NDArray
    rows: pd.DataFrame
    expected: Prediction

    @property
    def training(self) -> Training:
        return Training(self.frame, self.target)

    @property
    def table(self) -> pd.DataFrame:
        """The rows with their target in its own labels."""
        task = self.package.content.task
        values = [task.classes[code] for code in self.target] if task.classes else self.target
        return self.frame.assign(**{task.target: values})


KNOWN: dict[str, Fitted] = {}


async def make_fitted(task: Task, *members: MemberCode) -> Fitted:
    """Fit once for each task and members; a test changes nothing of it."""
    key = repr((task, members))
    if key not in KNOWN:
        KNOWN[key] = await _fit(task, *members)
    return KNOWN[key]


async def _fit(task: Task, *members: MemberCode) -> Fitted:
    frame = messy_frame(160)
    target = messy_target(task, frame)
    rows = frame.iloc[:50]
    done = await refit(ShippingSandbox(), RefitRequest(task, members, frame, target, (rows,)))
    assert done.model is not None, done.failure
    content = replace(finished_content(), task=task)
    package = Package(content, done.model, members, schema_of(frame))
    return Fitted(package, frame, np.asarray(target), rows, done.predictions[0])


@pytest.fixture
def provider() -> InProcessProvider:
    return InProcessProvider()
