import pytest

from sela.design.playbook.library import PLAYS
from sela.design.stages import check_source
from sela.experiments.fits import FitRequest, explore, fit_predict
from sela.harness.frames import Intake
from sela.harness.profile import profile_frame
from tests.harness.in_process import InProcessSandbox
from tests.harness.tables import TASKS, messy_frame, messy_target, unseen_rows

EDA = [play for play in PLAYS if play.stage == "eda"]
MODELLING = [play for play in PLAYS if play.stage != "eda"]
ROWS = 160
QUICK_MODEL = """
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

def build(profile):
    Tree = DecisionTreeClassifier if profile.is_classification else DecisionTreeRegressor
    return make_pipeline(OneHotEncoder(handle_unknown="ignore"), Tree(max_depth=3))
"""


def profiles(task):
    frame = messy_frame(ROWS)
    clean = Intake().fit(frame).transform(frame)
    return profile_frame(clean, messy_target(task, frame), kind=task.kind, metric=task.metric)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.id)
def test_a_play_passes_the_static_check(play):
    check_source(play.stage, play.code)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
@pytest.mark.parametrize("play", MODELLING, ids=lambda play: play.id)
async def test_a_play_fits_and_predicts_messy_rows(play, task):
    if play.priority(profiles(task)) == 0:
        pytest.skip("does not apply")
    frame = messy_frame(ROWS)
    request = FitRequest(
        task,
        {"model_training": QUICK_MODEL, play.stage: play.code},
        frame,
        messy_target(task, frame),
        (unseen_rows(), unseen_rows(1)),
    )

    fit = await fit_predict(InProcessSandbox(), request)

    assert fit.failure is None


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
@pytest.mark.parametrize("play", EDA, ids=lambda play: play.id)
async def test_an_exploring_play_finds_something_in_messy_rows(play, task):
    frame = messy_frame(ROWS)

    explored = await explore(InProcessSandbox(), play.code, task, frame, messy_target(task, frame))

    assert explored.failure is None
    assert explored.findings
