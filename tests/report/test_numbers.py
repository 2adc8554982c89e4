import math

import pytest

from sela.evaluation.estimate import Interval
from sela.problem.task import Task
from sela.report import numbers


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (0.78423, "roc_auc", "0.784"),
        (-0.0312, "mcc", "−0.031"),
        (54.6789, "rmse", "54.68"),
        (0.61234, "rmse", "0.6123"),
        (23451.2, "rmse", "23,451"),
        (0.48213, "log_loss", "0.4821"),
        (0.000123456, "mae", "0.0001235"),
        (0.0, "mae", "0.000"),
        (None, "f1", "–"),
        (math.nan, "f1", "–"),
        (1234.5, "my_scorer", "1,234"),
    ],
)
def test_a_score_has_the_digits_of_its_metric(value: float | None, metric: str, text: str) -> None:
    assert numbers.score(value, metric) == text


def test_a_gain_is_signed_and_has_the_digits_of_the_score_it_belongs_to() -> None:
    assert numbers.gain(0.0237, "roc_auc") == "+0.024"
    assert numbers.gain(-0.5, "rmse", like=23451.0) == "0"
    assert numbers.gain(-12.4, "rmse", like=23451.0) == "−12"
    assert numbers.gain(0.00001, "f1") == "0.000"


def test_an_interval_names_its_bounds_and_its_level() -> None:
    bounds = Interval(-0.004, 0.0481)
    assert numbers.interval(bounds, "f1") == "−0.004 to 0.048"
    assert numbers.gain_interval(bounds, "f1") == "−0.004 to +0.048"
    assert numbers.level(bounds) == "90 % interval"
    assert numbers.interval(None, "f1") == ""


def test_only_errors_in_the_target_scale_have_its_unit() -> None:
    assert numbers.unit(Task("regression", "price", "mae", False)) == "in units of price"
    assert numbers.unit(Task("regression", "price", "rmsle", False)) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.84, "0.8 s"),
        (59.4, "59 s"),
        (59.7, "1 min 00 s"),
        (192, "3 min 12 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_an_unknown_cost_is_not_called_nothing() -> None:
    assert numbers.dollars(None) == "an unknown amount"
    assert numbers.dollars(0.0) == "nothing"
    assert numbers.dollars(0.084) == "$0.08"
    assert numbers.dollars(0.0004) == "$0.0004"


def test_small_shares_keep_a_digit() -> None:
    assert [numbers.share(s) for s in (0.0, 0.004, 0.126, 1.0)] == ["0 %", "0.4 %", "13 %", "100 %"]
