"""The task is inferred and told, or refused with what to do."""

import numpy as np
import pandas as pd
import pytest

from sela.errors import DataError, RequestError
from sela.problem.infer import define_task
from sela.problem.table import read_table


def table(target, **others):
    n = len(target)
    return read_table(pd.DataFrame({"x": np.arange(n) * 0.5, **others, "y": target}))


def cycle(*values, n=60):
    return [values[i % len(values)] for i in range(n)]


def test_labels_make_a_binary_task_with_the_positive_label_last():
    definition = define_task(table(cycle("good", "good", "bad")), "y")
    assert definition.task.kind == "binary" and definition.task.metric == "roc_auc"
    assert definition.task.classes == ("good", "bad") and definition.task.positive == "bad"
    assert definition.y.tolist()[:3] == [0, 0, 1]
    assert any("Positive label: 'bad'" in note for note in definition.notes)


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (("no", "yes", "yes"), "yes"),
        ((True, True, False), True),
        ((0, 1, 1), 1),
        (("a", "b", "b"), "a"),
        ((2, 1, 1), 1),
        (("ok", "fraud"), "fraud"),
    ],
)
def test_the_positive_label_is_found_by_name_or_rarity(values, positive):
    assert define_task(table(cycle(*values)), "y").task.positive == positive


@pytest.mark.parametrize("given", ["0", "0.0", " 0 "])
def test_a_given_positive_label_is_taken_whatever_its_spelling(given):
    target = [*cycle(0.0, 1.0, 1.0), None]
    assert define_task(table(target), "y", positive=given).task.classes == (1, 0)


def test_an_unknown_positive_label_is_refused_with_the_labels():
    with pytest.raises(RequestError, match="Labels: bad, good"):
        define_task(table(cycle("good", "bad")), "y", positive="ugly")
    with pytest.raises(RequestError, match="needs two classes"):
        define_task(table(cycle("a", "b", "c")), "y", positive="a")


@pytest.mark.parametrize(
    ("target", "kind", "metric"),
    [
        (cycle(3, 4, 5), "multiclass", "accuracy"),
        (cycle(*range(1, 16), n=300), "multiclass", "accuracy"),
        (cycle(0.5, 1.5, 2.5), "regression", "rmse"),
        (list(range(60)), "regression", "rmse"),
        (list(np.linspace(0, 1, 60)), "regression", "rmse"),
        (cycle("a", "b", "c"), "multiclass", "accuracy"),
        (["a"] * 90 + ["b"] * 60 + ["c"] * 12, "multiclass", "f1_macro"),
    ],
)
def test_kind_and_metric_follow_from_the_target(target, kind, metric):
    task = define_task(table(target), "y").task
    assert (task.kind, task.metric) == (kind, metric)


def test_a_metric_for_numbers_makes_whole_numbers_a_regression():
    definition = define_task(table(cycle(3, 4, 5)), "y", "mae")
    assert definition.task.kind == "regression" and not definition.task.greater_is_better
    assert definition.y.dtype == float


def test_a_metric_for_classes_makes_many_whole_numbers_classes():
    target = cycle(*range(30), n=600)
    assert define_task(table(target), "y", "f1_weighted").task.kind == "multiclass"


@pytest.mark.parametrize(
    ("target", "metric", "message"),
    [
        (cycle("a", "b", "c"), "f1", "does not judge a multiclass task"),
        (cycle("a", "b"), "rmse", "does not judge a binary task"),
        (list(range(60)), "accuracy", "holds 60 different numbers"),
        (list(range(-5, 55)), "rmsle", "zero or more"),
        (cycle("a", "b"), "auc", "Did you mean 'roc_auc'"),
    ],
)
def test_a_metric_that_does_not_suit_is_refused(target, metric, message):
    with pytest.raises(RequestError, match=message):
        define_task(table(target), "y", metric)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ([None] * 60, "missing in every row"),
        ([3] * 60, "always '3'"),
        (cycle("a", "b", n=8), "too few for 5 folds"),
        (["a"] * 57 + ["b"] * 3, "Class 'b' has 3 rows, too few for 5 folds"),
        ([f"text {i}" for i in range(60)], "60 different texts"),
        ([f"2024-01-{1 + i % 28:02d}" for i in range(60)], "holds dates"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(target, message):
    with pytest.raises(DataError, match=message):
        define_task(table(target), "y")


def test_an_unknown_target_is_answered_with_the_nearest_columns():
    frame = table(cycle("a", "b")).rename(columns={"y": "Survived"})
    with pytest.raises(DataError, match=r"Did you mean 'Survived'.*Columns: x, Survived"):
        define_task(frame, "survive")


def test_a_table_of_the_target_alone_is_refused():
    with pytest.raises(DataError, match="only column"):
        define_task(table(cycle("a", "b"))[["y"]], "y")


def test_rows_without_a_target_are_left_out_and_counted():
    target = cycle("a", "b")
    target[3] = target[10] = None
    frame = table(target)
    definition = define_task(frame, "y")
    assert len(definition.y) == len(definition.rows) == 58
    assert definition.keep(frame).shape == (58, 1)
    assert "2 of 60 rows have no 'y'" in definition.notes[0]


def test_a_rare_class_among_many_is_a_warning():
    definition = define_task(table(["a"] * 40 + ["b"] * 40 + ["c"] * 2), "y")
    assert "Class 'c' has only 2 rows" in definition.warnings[0]
