from textwrap import dedent

import numpy as np
import pytest

from sela.design.insight import Stage
from sela.experiments.fits import (
    Fit,
    FitRequest,
    MemberCode,
    RefitRequest,
    explore,
    fit_predict,
    predict_with,
    refit,
    smoke,
)
from sela.problem.task import Task
from tests.harness.in_process import InProcessSandbox
from tests.harness.tables import (
    BINARY,
    MULTICLASS,
    REGRESSION,
    TASKS,
    messy_frame,
    messy_target,
    unseen_rows,
)

ROWS = 120
RIDGE = """
    from sklearn.dummy import DummyClassifier, DummyRegressor

    def build(profile):
        return DummyClassifier() if profile.is_classification else DummyRegressor()
"""


async def fit(task: Task, code: dict[Stage, str], *, rows: int = ROWS, questions=None) -> Fit:
    """Fit messy rows in this process and ask for unseen ones."""
    frame = messy_frame(rows)
    request = FitRequest(
        task,
        {stage: dedent(source) for stage, source in code.items()},
        frame,
        messy_target(task, frame),
        (unseen_rows(),) if questions is None else questions,
    )
    return await fit_predict(InProcessSandbox(), request)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
async def test_the_baseline_copes_with_messy_rows(task):
    questions = (messy_frame(ROWS), unseen_rows(), unseen_rows(1))

    done = await fit(task, {}, questions=questions)

    assert done.failure is None
    assert [len(p) for p in done.predictions] == [ROWS, 7, 1]


async def test_a_fold_without_one_of_the_classes_still_answers_in_all_codes(here):
    frame = messy_frame(ROWS)
    target = np.where(messy_target(MULTICLASS, frame) == 1, 2, 0)

    done = await fit_predict(here, FitRequest(MULTICLASS, {}, frame, target, (frame,)))

    assert done.predictions[0].probabilities.shape == (ROWS, 3)
    assert set(done.predictions[0].labels) <= {0, 2}
    assert done.predictions[0].probabilities[:, 1].max() == 0


@pytest.mark.parametrize("stage", ["data_preprocessing", "feature_engineering", "model_training"])
async def test_an_error_is_blamed_on_the_stage_that_raised_it(stage):
    done = await fit(BINARY, {stage: "def build(profile):\n    return 1 / 0"})

    assert (done.failure.outcome, done.failure.stage) == ("error", stage)
    assert "ZeroDivisionError" in done.failure.message
    assert "1 / 0" in done.failure.traceback
    assert "/sela/" not in done.failure.traceback


async def test_an_error_inside_a_wrapped_model_is_blamed_on_the_model():
    model = """
        from sklearn.linear_model import LogisticRegression
        def build(profile):
            return LogisticRegression(C=-1)
    """
    wrapper = """
        from sklearn.calibration import CalibratedClassifierCV
        def build(profile, estimator):
            return CalibratedClassifierCV(estimator)
    """
    numbers = """
        from sklearn.compose import make_column_transformer
        from sklearn.impute import SimpleImputer
        def build(profile):
            return make_column_transformer((SimpleImputer(), ["income"]))
    """

    done = await fit(
        BINARY,
        {"data_preprocessing": numbers, "model_training": model, "model_evaluation": wrapper},
    )

    assert done.failure.stage == "model_training"


async def test_an_error_in_a_wrapper_is_blamed_on_the_wrapper():
    wrapper = """
        from sklearn.calibration import CalibratedClassifierCV
        def build(profile, estimator):
            return CalibratedClassifierCV(estimator, method="nonsense")
    """

    done = await fit(BINARY, {"model_training": RIDGE, "model_evaluation": wrapper})

    assert done.failure.stage == "model_evaluation"


async def test_a_transformer_that_drops_rows_breaks_the_contract():
    code = """
        from sklearn.preprocessing import FunctionTransformer
        def build(profile):
            return FunctionTransformer(lambda X: X.head(3))
    """

    done = await fit(REGRESSION, {"feature_engineering": code})

    assert done.failure.stage == "feature_engineering"
    assert "fit_resample" in done.failure.message


async def test_fit_resample_changes_training_rows_only():
    code = """
        class Head:
            def fit_resample(self, X, y):
                return X.head(40), y[:40]
        def build(profile):
            return Head()
    """
    mean = "from sklearn.dummy import DummyRegressor\ndef build(profile): return DummyRegressor()"
    frame = messy_frame(ROWS)

    done = await fit(
        REGRESSION, {"data_preprocessing": code, "model_training": mean}, questions=(frame,)
    )

    expected = messy_target(REGRESSION, frame)[:40].mean()
    assert done.predictions[0].values == pytest.approx(np.full(ROWS, expected))


async def test_a_plain_class_without_scikit_learn_is_a_transformer():
    code = """
        class Double:
            def fit(self, X, y):
                return self
            def transform(self, X):
                return X.select_dtypes("number") * 2
        def build(profile):
            return Double()
    """

    assert (await fit(BINARY, {"data_preprocessing": code})).failure is None


async def test_a_missing_column_is_named():
    frame = messy_frame(5).drop(columns=["income", "city"])

    done = await fit(BINARY, {}, questions=(frame,))

    assert "income, city" in done.failure.message


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("[float('nan')] * len(X)", "missing or infinite"),
        ("[1.0] * (len(X) + 1)", "shape"),
        ("[1e400] * len(X)", "missing or infinite"),
    ],
)
async def test_unusable_predictions_are_told_as_such(answer, reason):
    code = f"""
        class Model:
            def fit(self, X, y):
                return self
            def predict(self, X):
                return {answer}
        def build(profile):
            return Model()
    """

    done = await fit(REGRESSION, {"model_training": code})

    assert done.outcome == "bad_predictions"
    assert reason in done.failure.message


WILD = """
    import numpy as np
    from sklearn.dummy import DummyRegressor

    class Wild(DummyRegressor):
        def predict(self, X):
            return np.where(np.arange(len(X)) % 2, 1e9, -1e9)

    def build(profile):
        return Wild()
"""


async def test_a_regression_says_nothing_far_beyond_what_it_was_fitted_on(here):
    frame = messy_frame(ROWS)
    target = messy_target(REGRESSION, frame)
    request = FitRequest(REGRESSION, {"model_training": dedent(WILD)}, frame, target, (frame,))

    values = (await fit_predict(here, request)).predictions[0].values

    half = (target.max() - target.min()) / 2
    assert values is not None
    assert (values.min(), values.max()) == (target.min() - half, target.max() + half)


async def test_what_the_code_prints_is_the_log(here):
    code = "print('hello')\n" + dedent(RIDGE)

    done = await fit(BINARY, {"model_training": code})

    assert done.log == "hello\n"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
async def test_a_refitted_model_predicts_as_it_did_when_it_was_fitted(here, task):
    frame, new = messy_frame(ROWS), unseen_rows()
    request = RefitRequest(
        task,
        (MemberCode({}), MemberCode({"model_training": dedent(RIDGE)}, 2.0)),
        frame,
        messy_target(task, frame),
        (new,),
        cutoff=0.3 if task.kind == "binary" else None,
    )

    model = await refit(here, request)
    again = await predict_with(here, model.model, (new,), task)

    assert model.failure is None
    for part in ("labels", "probabilities", "values"):
        before, after = getattr(model.predictions[0], part), getattr(again.predictions[0], part)
        assert before is after is None or np.array_equal(before, after)


async def test_a_blend_cuts_the_averaged_probability(here):
    frame = messy_frame(ROWS)
    members = (MemberCode({}, 3.0), MemberCode({"model_training": dedent(RIDGE)}, 1.0))
    request = RefitRequest(BINARY, members, frame, messy_target(BINARY, frame), (frame,), 0.2)

    said = (await refit(here, request)).predictions[0]

    assert np.array_equal(said.labels, said.probabilities[:, 1] >= 0.2)


async def test_a_smoke_test_passes_good_code_and_names_bad_code(here):
    frame = messy_frame(400)
    target = messy_target(BINARY, frame)

    good = await smoke(here, {"model_training": dedent(RIDGE)}, BINARY, frame, target)
    bad = await smoke(here, {"eda": "def explore(a, b): return 3"}, BINARY, frame, target)

    assert good is None
    assert bad.stage == "eda"


async def test_findings_come_back_as_short_sentences(here):
    code = """
        def explore(train, target):
            return {"mean_income": train["income"].mean().round(-9), "label": target.mode()[0],
                    "long": "x" * 9999} | {f"n{i}": i for i in range(50)}
    """
    frame = messy_frame(ROWS)

    found = await explore(here, dedent(code), BINARY, frame, messy_target(BINARY, frame))

    assert found.findings[:2] == ("mean income: 0.0", "label: no")
    assert len(found.findings) <= 12
    assert max(map(len, found.findings)) <= 240
