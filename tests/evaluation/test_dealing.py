"""Splits keep what belongs together, show every fold every class, and repeat by their seed."""

import time

import numpy as np
import pandas as pd
import pytest

from sela.errors import DataError, RequestError
from sela.evaluation.dealing import deal, fresh_folds, splits_from_bytes, splits_to_bytes
from sela.problem.task import Task

BINARY = Task("binary", "y", "f1", True, ("no", "yes"))
REGRESSION = Task("regression", "y", "rmse", False)


def table(n, *, positives=0.3, seed=0, **columns):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=n), **columns})
    return frame, (rng.permutation(n) < positives * n).astype(np.int64)


def _repeats(splits):
    k = splits.folds_per_repeat
    return [splits.folds[i : i + k] for i in range(0, len(splits.folds), k)]


def assert_partition(splits, n):
    """Sealed and searched rows make the table; each repeat scores each searched row once."""
    assert sorted([*splits.test, *splits.search]) == list(range(n))
    for folds in _repeats(splits):
        assert sorted(np.concatenate([f.valid for f in folds])) == sorted(splits.search)
        for fold in folds:
            assert sorted([*fold.train, *fold.valid]) == sorted(splits.search)


def assert_same(left, right):
    assert np.array_equal(left.test, right.test)
    for a, b in zip(left.folds, right.folds, strict=True):
        assert np.array_equal(a.train, b.train) and np.array_equal(a.valid, b.valid)


@pytest.mark.parametrize(
    ("n", "folds_per_repeat", "total"),
    [(150, 5, 10), (999, 5, 10), (1_000, 5, 5), (2_000, 5, 5), (15_000, 3, 3)],
)
def test_the_number_of_folds_follows_the_number_of_rows(n, folds_per_repeat, total):
    splits = deal(*table(n), BINARY, seed=1)
    assert (splits.folds_per_repeat, len(splits.folds)) == (folds_per_repeat, total)
    assert_partition(splits, n)


def test_a_large_table_has_one_hold_out():
    splits = deal(*table(70_000), BINARY, seed=1)
    (fold,) = splits.folds
    assert len(splits.search) == 56_000
    assert len(fold.valid) == pytest.approx(0.2 * 56_000, abs=2)
    assert len(np.intersect1d(fold.train, fold.valid)) == 0


def test_a_fifth_is_sealed_unless_the_table_is_tiny():
    assert len(deal(*table(1_000), BINARY, seed=1).test) == 200
    tiny = deal(*table(199), BINARY, seed=1)
    assert len(tiny.test) == 0
    assert "too few to spare" in tiny.reason


def test_a_users_own_test_file_leaves_every_row_to_the_search():
    splits = deal(*table(500), BINARY, seed=1, has_test_file=True)
    assert splits.test_is_file and len(splits.search) == 500
    assert "user's own file" in splits.reason


def test_classes_are_in_proportion_in_every_part():
    frame, y = table(1_000, positives=0.06)
    splits = deal(frame, y, BINARY, seed=3)
    assert y[splits.test].sum() == 12
    for folds in _repeats(splits):
        assert all(9 <= y[fold.valid].sum() <= 10 for fold in folds)
        assert all(159 <= len(fold.valid) <= 161 for fold in folds)


def test_a_regressions_range_is_in_proportion_in_every_fold():
    frame, _ = table(500)
    y = np.random.default_rng(0).gamma(1, 10, 500)
    splits = deal(frame, y, REGRESSION, seed=3)
    medians = [np.median(y[fold.valid]) for fold in splits.folds]
    assert max(medians) - min(medians) < 0.15 * y.std()
    assert_partition(splits, 500)


def test_a_class_of_two_rows_does_not_stop_the_deal():
    task = Task("multiclass", "y", "f1_weighted", True, (1, 2, 3))
    y = np.array([0] * 300 + [1] * 298 + [2] * 2)
    assert_partition(deal(pd.DataFrame({"x": range(600)}), y, task, seed=0), 600)


def test_duplicates_stay_on_one_side_of_every_split():
    frame, y = table(900)
    units = np.arange(900) // 3
    splits = deal(frame, y, BINARY, seed=2, units=units)
    assert splits.scheme == "stratified+units"
    assert not set(units[splits.test]) & set(units[splits.search])
    for fold in splits.folds:
        assert not set(units[fold.train]) & set(units[fold.valid])
    assert_partition(splits, 900)
    shares = [y[fold.valid].mean() for fold in splits.folds]
    assert max(shares) - min(shares) < 0.06


def test_an_entity_stays_on_one_side_of_every_split():
    people = np.random.default_rng(5).integers(0, 60, 800).astype(str)
    splits = deal(*table(800, person=people), BINARY, seed=2, group="person")
    assert splits.scheme == "group"
    assert not set(people[splits.test]) & set(people[splits.search])
    for fold in splits.folds:
        assert not set(people[fold.train]) & set(people[fold.valid])
    assert_partition(splits, 800)
    assert 120 <= len(splits.test) <= 200


def test_entities_joined_by_duplicates_stay_together():
    people = np.arange(800) // 4
    units = np.arange(800)
    units[4] = units[0]
    splits = deal(*table(800, person=people), BINARY, seed=2, group="person", units=units)
    assert splits.scheme == "group+units"
    for fold in splits.folds:
        assert (0 in fold.valid) == (4 in fold.valid) or 0 in splits.test


def test_fewer_groups_than_folds_give_fewer_folds_or_an_error():
    sites = np.arange(600) % 3
    splits = deal(*table(600, site=sites), BINARY, seed=2, group="site")
    assert splits.folds_per_repeat == 3 and len(splits.test) == 0
    with pytest.raises(DataError, match="5 group folds cannot be dealt"):
        deal(*table(600, site=sites), BINARY, seed=2, group="site", folds=5)
    with pytest.raises(DataError, match="one value"):
        deal(*table(600, site=1), BINARY, seed=2, group="site")


def test_time_goes_forward_and_a_moment_is_never_cut():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        np.random.default_rng(0).integers(0, 90, 900), unit="D"
    )
    frame, y = table(900, day=days)
    splits = deal(frame, y, BINARY, seed=2, time="day")
    day = frame["day"]
    assert splits.scheme == "time" and splits.folds_per_repeat == 5
    assert day[splits.search].max() < day[splits.test].min()
    for fold in splits.folds:
        assert day[fold.train].max() < day[fold.valid].min()
    assert len(splits.folds[0].train) > 0.3 * len(splits.search)
    assert 0.15 < len(splits.test) / 900 < 0.25


def test_rows_without_a_moment_are_only_fitted_on():
    frame, y = table(900, step=np.arange(900.0))
    frame.loc[[5, 700], "step"] = np.nan
    splits = deal(frame, y, BINARY, seed=2, time="step")
    assert {5, 700} <= set(splits.search)
    assert all({5, 700} <= set(fold.train) for fold in splits.folds)


def test_a_text_column_gives_no_order():
    with pytest.raises(DataError, match="neither dates nor numbers"):
        deal(*table(900, day="monday"), BINARY, seed=2, time="day")


def test_a_users_folds_are_kept_and_one_is_sealed():
    frame, y = table(1_000, fold=np.arange(1_000) % 5)
    splits = deal(frame, y, BINARY, seed=2, fold_column="fold")
    assert splits.scheme == "user" and splits.folds_per_repeat == 4
    assert frame["fold"][splits.test].nunique() == 1
    for fold in splits.folds:
        assert frame["fold"][fold.valid].nunique() == 1
    assert_partition(splits, 1_000)


def test_a_users_fold_column_may_name_test_rows_and_rows_only_fitted_on():
    names = np.array(["a", "b", "-1", "test"])[np.arange(800) % 4]
    splits = deal(*table(800, part=names), BINARY, seed=2, fold_column="part")
    assert set(names[splits.test]) == {"test"}
    assert [set(names[f.valid]) for f in splits.folds] == [{"a"}, {"b"}]
    assert all("-1" in set(names[f.train]) for f in splits.folds)


def test_an_identifier_is_no_fold_column():
    with pytest.raises(DataError, match="names 900 folds"):
        deal(*table(900, row=range(900)), BINARY, seed=2, fold_column="row")


@pytest.mark.parametrize(
    "options",
    [{}, {"units": np.arange(600) // 2}, {"group": "g"}, {"time": "t"}, {"fold_column": "f"}],
)
def test_the_same_seed_deals_the_same(options):
    frame, y = table(600, g=np.arange(600) // 7, t=np.arange(600), f=np.arange(600) % 6)
    assert_same(
        deal(frame, y, BINARY, seed=9, **options), deal(frame, y, BINARY, seed=9, **options)
    )


def test_another_seed_deals_otherwise_and_the_sealed_rows_do_not_depend_on_the_folds():
    data = table(600)
    nine, ten = deal(*data, BINARY, seed=9), deal(*data, BINARY, seed=10)
    assert not np.array_equal(nine.test, ten.test)
    assert np.array_equal(nine.test, deal(*data, BINARY, seed=9, folds=3).test)


@pytest.mark.parametrize("options", [{}, {"group": "g"}, {"time": "t"}])
def test_fresh_folds_are_new_and_leave_the_sealed_rows_alone(options):
    frame, y = table(600, g=np.arange(600) // 7, t=np.arange(600))
    splits = deal(frame, y, BINARY, seed=9, **options)
    fresh = fresh_folds(splits, frame, y, BINARY, seed=9, **options)
    assert len(fresh) == splits.folds_per_repeat
    for fold in fresh:
        assert not set(splits.test) & {*fold.train, *fold.valid}
        assert all(not np.array_equal(fold.valid, old.valid) for old in splits.folds)


def test_splits_survive_being_packed():
    splits = deal(*table(300), BINARY, seed=4)
    again = splits_from_bytes(splits_to_bytes(splits))
    assert_same(splits, again)
    assert (again.scheme, again.reason, again.seed) == (splits.scheme, splits.reason, 4)


@pytest.mark.parametrize(
    "options", [{"folds": 0}, {"folds": 99}, {"test_fraction": 0.9}, {"group": "x", "time": "x"}]
)
def test_impossible_wishes_are_refused(options):
    with pytest.raises(RequestError):
        deal(*table(300), BINARY, seed=4, **options)


def test_an_unknown_column_is_answered_with_the_nearest():
    with pytest.raises(DataError, match="Did you mean 'person'"):
        deal(*table(300, person=1), BINARY, seed=4, group="persons")


def test_a_class_too_rare_for_the_folds_wished_for_is_refused():
    frame, y = table(300, positives=0.01)
    with pytest.raises(DataError, match="only one class"):
        deal(frame, y, BINARY, seed=4, folds=5)
    assert deal(frame, y, BINARY, seed=4).folds_per_repeat <= 3


def test_many_duplicates_are_dealt_fast():
    frame, y = table(20_000)
    started = time.process_time()
    deal(frame, y, BINARY, seed=4, units=np.arange(20_000) // 2)
    assert time.process_time() - started < 5
