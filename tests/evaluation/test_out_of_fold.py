import numpy as np
import pytest

from sela.evaluation.out_of_fold import OutOfFold
from sela.problem.prediction import Prediction


def test_class_predictions_survive_packing():
    before = OutOfFold(
        (
            Prediction(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])),
            Prediction(np.array([1]), np.array([[0.4, 0.6]])),
        )
    )

    after = OutOfFold.from_bytes(before.to_bytes())

    assert [len(p) for p in after.predictions] == [2, 1]
    assert after.predictions[0].labels is not None
    assert after.predictions[0].labels.tolist() == [0, 1]
    assert after.predictions[1].probabilities is not None
    assert after.predictions[1].probabilities.tolist() == [[0.4, 0.6]]


def test_values_survive_packing():
    before = OutOfFold(
        (Prediction(values=np.array([1.5, 2.5])), Prediction(values=np.array([3.0])))
    )

    after = OutOfFold.from_bytes(before.to_bytes())

    assert [p.values.tolist() for p in after.predictions if p.values is not None] == [
        [1.5, 2.5],
        [3.0],
    ]
    assert after.predictions[0].labels is None


def test_what_is_not_an_archive_is_refused():
    with pytest.raises(ValueError):
        OutOfFold.from_bytes(b"\x80\x04K\x01.")
