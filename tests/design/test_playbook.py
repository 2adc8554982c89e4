from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from sela.design.playbook.library import PLAYS
from sela.design.stages import check_source
from sela.experiments.fits import FitRequest, explore, fit_predict
from sela.harness.frames import Intake
from sela.harness.profile import Profile, profile_frame
from sela.problem.task import Task
from tests.harness.in_process import InProcessSandbox
from tests.harness.tables import TASKS, messy_frame, messy_target, unseen_rows

EDA = [play for play in PLAYS if play.stage == "eda"]
MODELLING = [play for play in PLAYS if play.stage != "eda"]
ROWS = 120
QUICK_MODEL = """
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

def build(profile):
    Tree = DecisionTreeClassifier if profile.is_classification else DecisionTreeRegressor
    return make_pipeline(OneHotEncoder(handle_unknown="ignore"), Tree(max_depth=3))
"""


FRAME = messy_frame(ROWS)


@cache
def profile(task: Task) -> Profile:
    clean = Intake().fit(FRAME).transform(FRAME)
    return profile_frame(clean, messy_target(task, FRAME), kind=task.kind, metric=task.metric)


def cases() -> Iterator[Any]:
    """Every play with a classification and a regression, where it applies; the rest is slow."""
    for number, play in enumerate(MODELLING):
        tasks = [task for task in TASKS if play.priority(profile(task)) > 0]
        spare = TASKS[number % 2] if len(tasks) == 3 else None
        for task in tasks:
            marks = pytest.mark.slow if task is spare else ()
            yield pytest.param(play, task, id=f"{play.id}-{task.kind}", marks=marks)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.id)
def test_a_play_passes_the_static_check(play):
    check_source(play.stage, play.code)


@pytest.mark.parametrize(("play", "task"), cases())
async def test_a_play_fits_and_predicts_messy_rows(play, task):
    request = FitRequest(
        task,
        {"model_training": QUICK_MODEL, play.stage: play.code},
        FRAME,
        messy_target(task, FRAME),
        (unseen_rows(), unseen_rows(1)),
    )

    fit = await fit_predict(InProcessSandbox(), request)

    assert fit.failure is None


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
@pytest.mark.parametrize("play", EDA, ids=lambda play: play.id)
async def test_an_exploring_play_finds_something_in_messy_rows(play, task):
    target = messy_target(task, FRAME)

    explored = await explore(InProcessSandbox(), play.code, task, FRAME, target)

    assert explored.failure is None
    assert explored.findings
