"""Metrics agree with scikit-learn, refuse what has no value, and take a user's own file."""

import numpy as np
import pytest
import sklearn.metrics as reference

from sela.errors import RequestError
from sela.problem.metrics import UndefinedScoreError, metric, metric_names, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task


def task_of(kind, name, k=2):
    classes = () if kind == "regression" else tuple(f"c{i}" for i in range(k))
    return Task(kind, "t", name, metric(name).greater_is_better, classes)


def sample(k, *, n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    chances = rng.dirichlet(np.ones(k), n).round(2) + 0.01
    return y, chances / chances.sum(axis=1, keepdims=True)


LABEL_REFERENCES = {
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "f1_macro": lambda y, p: reference.f1_score(y, p, average="macro"),
    "f1_weighted": lambda y, p: reference.f1_score(y, p, average="weighted"),
    "mcc": reference.matthews_corrcoef,
    "qwk": lambda y, p: reference.cohen_kappa_score(y, p, weights="quadratic"),
}


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("name", LABEL_REFERENCES)
def test_label_metrics_agree_with_scikit_learn(name, k):
    y, chances = sample(k)
    labels = chances.argmax(axis=1)
    kind = "binary" if k == 2 else "multiclass"
    ours = score(task_of(kind, name, k), y, Prediction(labels=labels))
    assert ours == pytest.approx(LABEL_REFERENCES[name](y, labels))


def test_f1_is_about_the_positive_class():
    y, chances = sample(2)
    labels = chances.argmax(axis=1)
    ours = score(task_of("binary", "f1"), y, Prediction(labels=labels))
    assert ours == pytest.approx(reference.f1_score(y, labels))


def test_binary_probability_metrics_agree_with_scikit_learn():
    y, chances = sample(2)
    prediction = Prediction(probabilities=chances)
    for name, expected in {
        "roc_auc": reference.roc_auc_score(y, chances[:, 1]),
        "average_precision": reference.average_precision_score(y, chances[:, 1]),
        "log_loss": reference.log_loss(y, chances),
    }.items():
        assert score(task_of("binary", name), y, prediction) == pytest.approx(expected)


def test_multiclass_probability_metrics_agree_with_scikit_learn():
    y, chances = sample(4)
    prediction = Prediction(probabilities=chances)
    for name, expected in {
        "roc_auc": reference.roc_auc_score(y, chances, multi_class="ovr"),
        "average_precision": reference.average_precision_score(np.eye(4)[y], chances),
        "log_loss": reference.log_loss(y, chances),
    }.items():
        assert score(task_of("multiclass", name, 4), y, prediction) == pytest.approx(expected)


def test_regression_metrics_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    y = rng.gamma(2, 3, 100)
    values = y + rng.normal(0, 0.1, 100).clip(-y, None)
    for name, expected in {
        "rmse": reference.root_mean_squared_error(y, values),
        "mae": reference.mean_absolute_error(y, values),
        "r2": reference.r2_score(y, values),
        "rmsle": reference.root_mean_squared_log_error(y, values),
    }.items():
        ours = score(task_of("regression", name), y, Prediction(values=values))
        assert ours == pytest.approx(expected)


def test_a_class_absent_from_the_fold_is_left_out_of_the_mean_area():
    y, chances = sample(3)
    present = y < 2
    ours = score(
        task_of("multiclass", "roc_auc", 3), y[present], Prediction(probabilities=chances[present])
    )
    halves = [reference.roc_auc_score(y[present] == c, chances[present, c]) for c in (0, 1)]
    assert ours == pytest.approx(np.mean(halves))


def test_a_certain_mistake_has_a_finite_log_loss():
    prediction = Prediction(probabilities=np.array([[1.0, 0.0]]))
    assert score(task_of("binary", "log_loss"), np.array([1]), prediction) > 30


def test_negative_predictions_count_as_zero_in_rmsle():
    prediction = Prediction(values=np.array([-5.0]))
    assert score(task_of("regression", "rmsle"), np.array([0.0]), prediction) == 0


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "f1", "mcc", "qwk"])
def test_a_fold_without_positives_has_no_score(name):
    y, chances = np.zeros(5, dtype=int), np.full((5, 2), 0.5)
    prediction = Prediction(labels=np.ones(5, dtype=int), probabilities=chances)
    with pytest.raises(UndefinedScoreError, match=name):
        score(task_of("binary", name), y, prediction)


def test_an_unknown_metric_is_answered_with_the_nearest_names():
    with pytest.raises(RequestError, match="Did you mean 'roc_auc'"):
        metric("roc_auk")


def test_a_metric_without_what_it_reads_is_refused():
    with pytest.raises(RequestError, match="log_loss reads probabilities"):
        score(task_of("binary", "log_loss"), np.array([0, 1]), Prediction(labels=np.array([0, 1])))


def test_metrics_are_listed_by_kind():
    assert "f1" in metric_names("binary") and "f1" not in metric_names("multiclass")
    assert metric_names("regression") == ["rmse", "rmsle", "mae", "r2"]


def test_a_users_own_scorer_sees_the_original_labels(tmp_path):
    file = tmp_path / "cost.py"
    file.write_text(
        "def cost(truth, said):\n    return float(((truth == 'c1') & (said == 'c0')).mean() * 5)\n"
        "cost.greater_is_better = False\n"
    )
    name = f"{file}:cost"
    assert metric(name).greater_is_better is False
    y, labels = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
    assert score(task_of("binary", name), y, Prediction(labels=labels)) == pytest.approx(1.25)


def test_a_users_own_scorer_may_ask_for_the_positives_probability(tmp_path):
    file = tmp_path / "brier.py"
    file.write_text(
        "def score(y, p):\n    return ((y - p) ** 2).mean()\n"
        "score.greater_is_better = False\nscore.needs = 'probabilities'\n"
    )
    y, chances = sample(2)
    ours = score(task_of("binary", str(file)), y, Prediction(probabilities=chances))
    assert ours == pytest.approx(reference.brier_score_loss(y, chances[:, 1]))


def test_a_scorer_that_raises_leaves_the_score_undefined(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def score(y, p):\n    raise ValueError('one class')\n")
    with pytest.raises(UndefinedScoreError, match="one class"):
        score(task_of("regression", str(file)), np.ones(3), Prediction(values=np.ones(3)))


def test_a_file_with_several_functions_wants_a_name(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def a(y, p): return 1.0\ndef b(y, p): return 2.0\n")
    with pytest.raises(RequestError, match="Functions there: a, b"):
        metric(str(file))
    assert metric(f"{file}:b").compute(None, None) == 2.0


def test_a_metric_file_is_named_by_its_absolute_path(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text("def score(y, p): return 1.0\n")
    monkeypatch.chdir(tmp_path)
    assert metric("own.py:score").name == f"{(tmp_path / 'own.py').resolve()}:score"


def test_a_missing_or_broken_metric_file_is_told(tmp_path):
    with pytest.raises(RequestError, match="No metric file"):
        metric(str(tmp_path / "none.py"))
    (tmp_path / "broken.py").write_text("import nonsense_module")
    with pytest.raises(RequestError, match="ModuleNotFoundError"):
        metric(str(tmp_path / "broken.py"))


@pytest.mark.parametrize("spelled", ["F1 weighted", "f1-weighted", " f1_weighted "])
def test_a_metric_is_known_however_it_is_spelled(spelled: str):
    assert metric(spelled).name == "f1_weighted"
