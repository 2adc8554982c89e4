import numpy as np
import pytest

from sela.evaluation.bootstrap import gain_interval, score_interval
from sela.problem.prediction import Prediction
from sela.problem.task import Task

ACCURACY = Task("binary", "y", "accuracy", True, (0, 1))
AUC = Task("binary", "y", "roc_auc", True, (0, 1))
RMSE = Task("regression", "y", "rmse", False)


def labels(values: np.ndarray) -> Prediction:
    return Prediction(labels=values.astype(np.int64))


def test_the_interval_of_an_accuracy_has_the_binomial_width():
    y = np.tile([0, 1], 200)
    said = y.copy()
    said[:80] = 1 - said[:80]

    interval = score_interval(ACCURACY, y, labels(said), np.random.default_rng(0))

    reach = 1.645 * np.sqrt(0.8 * 0.2 / 400)
    assert interval.level == 0.9
    assert interval.low == pytest.approx(0.8 - reach, abs=0.01)
    assert interval.high == pytest.approx(0.8 + reach, abs=0.01)


def test_the_gain_over_itself_is_exactly_nothing():
    rng = np.random.default_rng(1)
    y = rng.normal(size=100)
    said = Prediction(values=y + 0.3)

    interval = gain_interval(RMSE, y, said, said, rng)

    assert (interval.low, interval.high) == (0.0, 0.0)


def test_a_gain_is_positive_when_a_loss_falls():
    rng = np.random.default_rng(2)
    y = rng.normal(size=200)
    good, poor = Prediction(values=y + 0.1), Prediction(values=np.zeros(200))

    assert gain_interval(RMSE, y, good, poor, rng).low > 0


def test_pairing_makes_the_interval_of_a_gain_narrower_than_that_of_a_score():
    rng = np.random.default_rng(3)
    y = rng.normal(size=200)
    noise = rng.normal(size=200)
    ours, theirs = Prediction(values=y + noise), Prediction(values=y + 1.1 * noise)

    score = score_interval(RMSE, y, ours, rng)
    gain = gain_interval(RMSE, y, ours, theirs, rng)

    assert gain.high - gain.low < (score.high - score.low) / 3


def test_rows_that_say_the_same_are_drawn_together():
    rng = np.random.default_rng(9)
    errors = rng.normal(size=40)
    y = np.zeros(400)
    said, groups = Prediction(values=np.repeat(errors, 10)), np.repeat(np.arange(40), 10)

    of_rows = score_interval(RMSE, y, said, rng)
    of_groups = score_interval(RMSE, y, said, rng, groups)
    of_patients = score_interval(RMSE, y[:40], Prediction(values=errors), rng)

    assert of_groups.high - of_groups.low > 2 * (of_rows.high - of_rows.low)
    assert of_groups.low == pytest.approx(of_patients.low, rel=0.05)
    assert of_groups.high == pytest.approx(of_patients.high, rel=0.05)


def test_resamples_without_a_rare_class_are_left_out():
    y = np.array([1] + [0] * 99)
    positive = np.linspace(1, 0, 100)
    said = Prediction(probabilities=np.column_stack([1 - positive, positive]))

    interval = score_interval(AUC, y, said, np.random.default_rng(4))

    assert interval.low == interval.high == 1.0


def test_a_heavy_tail_stretches_the_interval_towards_it():
    rng = np.random.default_rng(7)
    y = rng.standard_t(2.5, size=60)
    said = Prediction(values=np.zeros(60))

    interval = score_interval(RMSE, y, said, rng)

    reached = float(np.sqrt(np.mean(y**2)))
    assert interval.high - reached > reached - interval.low


def test_the_same_seed_gives_the_same_interval():
    y = np.random.default_rng(5).normal(size=50)
    said = Prediction(values=np.zeros(50))

    first = score_interval(RMSE, y, said, np.random.default_rng(6))

    assert first == score_interval(RMSE, y, said, np.random.default_rng(6))
