import numpy as np
import pandas as pd
import pytest

from sela.evaluation.comparison import Comparison
from sela.evaluation.controls import (
    against_chance,
    is_jump,
    is_perfect,
    mirrored,
    moved_share,
    noise_rows,
)
from sela.problem.prediction import Prediction
from sela.problem.task import Task

AUC = Task("binary", "y", "roc_auc", True, ("no", "yes"))
RMSE = Task("regression", "y", "rmse", False)


def positives(certainty: np.ndarray) -> Prediction:
    return Prediction(None, np.column_stack([1 - certainty, certainty]))


def test_predictions_that_know_the_labels_are_far_from_chance():
    y = np.tile([0, 1], 100)

    chance = against_chance(AUC, y, positives(y * 0.8 + 0.1), np.random.default_rng(0))

    assert chance.score == 1.0
    assert chance.z > 10


def test_predictions_that_know_nothing_are_at_chance():
    rng = np.random.default_rng(1)

    chance = against_chance(AUC, np.tile([0, 1], 100), positives(rng.random(200)), rng)

    assert abs(chance.z) < 3


def test_the_same_prediction_for_every_row_is_exactly_at_chance():
    y = np.random.default_rng(2).normal(size=50)
    constant = Prediction(values=np.full(50, 3.0))

    assert against_chance(RMSE, y, constant, np.random.default_rng(3)).z == 0.0


def test_a_smaller_loss_is_better_than_chance():
    y = np.random.default_rng(4).normal(size=50)

    assert against_chance(RMSE, y, Prediction(values=y), np.random.default_rng(5)).z > 3


def test_mirroring_turns_every_class_into_another_and_values_round():
    assert mirrored(AUC, np.array([0, 1, 1])).tolist() == [1, 0, 0]
    assert mirrored(RMSE, np.array([1.0, 2.0, 5.0])).tolist() == [5.0, 4.0, 1.0]


def test_rounding_moves_no_prediction_but_another_answer_does():
    before = Prediction(values=np.array([1.0, 2.0, 3.0, 4.0]))
    rounded = Prediction(values=before.values + 1e-9)  # type: ignore[operator]
    other = Prediction(values=np.array([1.0, 2.0, 3.0, 4.1]))

    assert moved_share(before, rounded, spread=1.0) == 0.0
    assert moved_share(before, other, spread=1.0) == 0.25


def test_noise_rows_keep_each_column_but_not_the_rows():
    frame = pd.DataFrame({"a": np.arange(50), "b": np.arange(50)})

    noise = noise_rows(frame, np.random.default_rng(6))

    assert sorted(noise["a"]) == sorted(frame["a"])
    assert (noise["a"] != noise["b"]).any()
    assert noise.dtypes.equals(frame.dtypes)


@pytest.mark.parametrize(("difference", "error", "jumped"), [(0.3, 0.04, True), (0.1, 0.04, False)])
def test_a_jump_is_more_than_six_standard_errors(difference: float, error: float, jumped: bool):
    assert is_jump(Comparison(difference, error, 5)) is jumped


def test_without_a_best_nothing_is_a_jump():
    assert not is_jump(None)


def test_a_perfect_score_is_the_metrics_best():
    assert is_perfect(AUC, 1.0)
    assert is_perfect(RMSE, 0.0)
    assert not is_perfect(AUC, 0.99)
