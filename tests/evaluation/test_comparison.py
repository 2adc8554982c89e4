import math

import numpy as np
import pytest

from sela.evaluation.comparison import compare, corrected_standard_error, mean_valid_share
from sela.evaluation.splits import Fold


def test_the_corrected_error_is_that_of_nadeau_and_bengio():
    values = [0.1, 0.2, 0.3, 0.4, 0.5]

    error = corrected_standard_error(values, valid_share=0.25)

    assert error == pytest.approx(math.sqrt(0.025 * (1 / 5 + 0.25)))


def test_one_fold_tells_nothing_of_the_spread():
    comparison = compare([0.9], [0.1], greater_is_better=True, valid_share=0.25)

    assert comparison.standard_error == math.inf
    assert not comparison.is_better()
    assert comparison.is_equal()


def test_differences_are_signed_so_that_positive_is_better_for_a_loss():
    comparison = compare([1.0, 1.1, 0.9], [2.0, 2.1, 2.0], greater_is_better=False, valid_share=0.5)

    assert comparison.difference == pytest.approx(1.0333, abs=1e-3)
    assert comparison.is_better()
    assert not comparison.is_clearly_worse()


def test_a_raced_out_candidate_is_compared_on_the_folds_it_had():
    comparison = compare([0.5, 0.5], [0.6, 0.7, 0.1], greater_is_better=True, valid_share=0.25)

    assert comparison.folds == 2
    assert comparison.difference == pytest.approx(-0.15)


def test_the_same_scores_are_neither_better_nor_worse():
    comparison = compare([0.5, 0.6], [0.5, 0.6], greater_is_better=True, valid_share=0.25)

    assert comparison.is_equal()


def test_without_a_shared_fold_there_is_no_comparison():
    with pytest.raises(ValueError, match="shared fold"):
        compare([], [0.5], greater_is_better=True, valid_share=0.25)


def test_the_valid_share_is_the_mean_over_the_folds():
    folds = [Fold(np.arange(80), np.arange(20)), Fold(np.arange(60), np.arange(30))]

    assert mean_valid_share(folds) == pytest.approx((0.25 + 0.5) / 2)
