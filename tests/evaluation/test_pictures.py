import numpy as np
import pytest

from sela.evaluation import pictures
from sela.problem.prediction import Prediction
from sela.problem.task import Task

F1 = Task("binary", "y", "f1", True, ("no", "yes"))
AUC = Task("binary", "y", "roc_auc", True, ("no", "yes"))
RMSE = Task("regression", "y", "rmse", False)


def said(positive: list[float]) -> Prediction:
    both = np.column_stack([1 - np.array(positive), positive])
    return Prediction(both.argmax(axis=1), both)


def test_the_confusion_has_true_classes_down():
    matrix = pictures.confusion(F1, np.array([0, 0, 1]), said([0.1, 0.9, 0.9]))

    assert matrix is not None
    assert matrix.classes == ("no", "yes")
    assert matrix.counts == ((1, 1), (0, 1))


def test_a_perfect_ranking_has_a_square_roc():
    points = pictures.roc(AUC, np.array([0, 0, 1, 1]), said([0.1, 0.2, 0.8, 0.9]))

    assert points == ((0.0, 0.0), (0.0, 0.5), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0))


def test_precision_falls_to_the_share_of_positives():
    points = pictures.precision_recall(AUC, np.array([0, 0, 1, 1]), said([0.1, 0.2, 0.8, 0.9]))

    assert points[0] == (0.5, 1.0)
    assert points[-1] == (1.0, 0.5)


def test_a_curve_keeps_at_most_two_hundred_points():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 5000)

    points = pictures.roc(AUC, y, said(rng.random(5000).tolist()))

    assert len(points) <= 200
    assert points[0] == (0.0, 0.0) and points[-1] == (1.0, 1.0)


def test_the_bins_of_a_calibration_hold_every_row():
    rng = np.random.default_rng(1)
    positive = rng.random(1000)
    y = (rng.random(1000) < positive).astype(int)

    bins = pictures.calibration(AUC, y, said(positive.tolist()))

    assert sum(one.n for one in bins) == 1000
    assert all(abs(one.mean_predicted - one.share_positive) < 0.2 for one in bins)


def test_a_threshold_curve_is_drawn_for_label_metrics_only():
    y, predicted = np.array([0, 0, 1, 1]), said([0.1, 0.2, 0.4, 0.9])

    curve = pictures.threshold_curve(F1, y, predicted)

    assert curve is not None
    assert 0.2 < curve.best <= 0.4
    assert pictures.threshold_curve(AUC, y, predicted) is None


def test_residuals_are_actual_minus_predicted():
    y = np.linspace(0, 1, 1001)
    seen = pictures.residuals(y, Prediction(values=y - 0.5), np.random.default_rng(0))

    assert seen is not None
    assert len(seen.pairs) == 500
    assert dict(seen.quantiles)[0.5] == pytest.approx(0.5)
    assert pictures.residuals(y, said([0.5]), np.random.default_rng(0)) is None
