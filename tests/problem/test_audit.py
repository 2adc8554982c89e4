"""The audit finds what makes scores too good, says so with numbers, and spares honest data."""

import numpy as np
import pandas as pd
import pytest

from sela.problem.audit import audit
from sela.problem.task import Task

BINARY = Task("binary", "sick", "f1", True, ("no", "yes"))
REGRESSION = Task("regression", "price", "rmse", False)


def honest(n=600, seed=0):
    """Features that hang together, as those of the world do, and a target with noise."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "size": size,
            "weight": size + rng.normal(0, 0.5, n),
            "height": size - rng.normal(0, 0.7, n),
            "age": rng.normal(size=n),
            "colour": rng.choice(["red", "green", "blue"], n),
        }
    )
    price = size + 0.5 * frame["age"].to_numpy() + rng.normal(0, 1.0, n)
    return frame, price, (price > 0.7).astype(np.int64), rng


def kinds(outcome, severity="alarm"):
    return {f.kind: f for f in outcome.findings if f.severity == severity}


def test_honest_data_raises_no_alarm_and_loses_no_column():
    frame, price, sick, _ = honest()
    for y, task in ((sick, BINARY), (price, REGRESSION)):
        outcome = audit(frame, y, task)
        assert not kinds(outcome) and not outcome.dropped
        assert outcome.units is None and outcome.suggested_group is None


@pytest.mark.parametrize("noise", [0.02, 0.08])
def test_a_copy_of_the_labels_is_a_proxy(noise):
    frame, _, sick, rng = honest()
    frame["flag"] = np.where(rng.random(len(sick)) < noise, 1 - sick, sick)
    outcome = audit(frame, sick, BINARY)
    finding = kinds(outcome)["target_proxy"]
    assert finding.columns == ("flag",) and outcome.dropped == ("flag",)
    assert "alone reaches AUC 0." in finding.evidence and finding.overrule == "--keep flag"


def test_two_copies_beside_each_other_are_both_proxies():
    frame, _, sick, rng = honest()
    for name in ("one", "two"):
        frame[name] = np.where(rng.random(len(sick)) < 0.05, 1 - sick, sick)
    assert set(audit(frame, sick, BINARY).dropped) == {"one", "two"}


def test_a_copy_with_many_missing_values_is_a_proxy():
    frame, price, _, rng = honest()
    quote = 3 * price + rng.normal(0, 0.1 * price.std(), len(price))
    frame["quote"] = np.where(rng.random(len(price)) < 0.35, np.nan, quote)
    assert audit(frame, price, REGRESSION).dropped == ("quote",)


def test_a_category_with_an_effect_of_its_own_is_neither_proxy_nor_group():
    frame, price, _, rng = honest()
    city = rng.integers(0, 30, len(price))
    frame["city"] = [f"c{code}" for code in city]
    outcome = audit(frame, price + 2 * price.std() * rng.normal(size=30)[city], REGRESSION)
    assert outcome.dropped == () and outcome.suggested_group is None
    assert "group" in kinds(outcome, "warning")


def test_a_season_makes_no_proxy_of_the_date():
    frame, _, _, rng = honest(1400)
    frame["date"] = pd.date_range("2020-01-01", periods=len(frame))
    season = np.cos(2 * np.pi * frame["date"].dt.day_of_year / 365.25)
    warm = (1.6 * season + 0.3 * frame["size"] + rng.normal(0, 0.9, len(frame)) > 0).astype(int)
    outcome = audit(frame, warm.to_numpy(), BINARY)
    assert outcome.dropped == () and "target_proxy" not in kinds(outcome)


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_a_copy_of_a_number_is_a_proxy(noise):
    frame, price, _, rng = honest()
    frame["quote"] = 3 * price + rng.normal(0, 3 * noise * price.std(), len(price))
    assert audit(frame, price, REGRESSION).dropped == ("quote",)


def test_a_strong_feature_of_the_world_is_no_proxy():
    frame, price, _, rng = honest()
    price = frame["size"].to_numpy() + rng.normal(0, 0.2, len(price))
    frame["girth"] = frame["size"] + rng.normal(0, 0.1, len(price))
    assert not audit(frame, price, REGRESSION).dropped


def test_a_column_that_dwarfs_others_which_tell_nothing_is_kept_with_an_alarm():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=600), "noise": rng.normal(size=600)})
    outcome = audit(frame, frame["x"].to_numpy() + rng.normal(0, 0.1, 600), REGRESSION)
    assert kinds(outcome)["target_proxy"].columns == ("x",) and not outcome.dropped


def test_what_the_user_keeps_is_kept_and_still_told():
    frame, _, sick, _ = honest()
    frame["flag"] = sick
    for keep in (["flag"], ["*"]):
        outcome = audit(frame, sick, BINARY, keep=keep)
        assert not outcome.dropped
        assert kinds(outcome)["target_proxy"].action.startswith("Kept")


def test_a_strong_column_named_for_what_comes_after_is_from_the_future():
    frame, _, sick, rng = honest()
    frame["days_until_discharge"] = np.where(sick, rng.gamma(2, 5, len(sick)), np.nan)
    frame.loc[rng.random(len(sick)) < 0.15, "days_until_discharge"] = np.nan
    outcome = audit(frame, sick, BINARY)
    assert outcome.dropped == ("days_until_discharge",)


def test_a_weak_column_named_for_what_comes_after_is_only_a_warning():
    frame, _, sick, rng = honest()
    frame["final_grade"] = sick + rng.normal(0, 1.2, len(sick))
    outcome = audit(frame, sick, BINARY)
    assert kinds(outcome, "warning")["future"].columns == ("final_grade",)
    assert not outcome.dropped


def test_something_is_always_left_to_learn_from():
    outcome = audit(pd.DataFrame({"nr": np.arange(300)}), np.arange(300.0), REGRESSION)
    assert not outcome.dropped and "identifier" in kinds(outcome)


def test_a_year_is_no_identifier():
    frame, price, _, _ = honest()
    frame["year"] = np.arange(1400, 2000)
    assert not audit(frame, price, REGRESSION).dropped


@pytest.mark.parametrize("role", ["group", "time"])
def test_a_column_with_a_role_is_neither_identifier_nor_proxy(role):
    frame, _, sick, _ = honest()
    frame["visit"] = np.argsort(np.argsort(sick, kind="stable"), kind="stable")
    assert not audit(frame, sick, BINARY, **{role: "visit"}).dropped


def test_an_identifier_is_left_out_with_a_note():
    frame, _, sick, rng = honest()
    frame["customer_id"] = rng.permutation(50_000)[: len(sick)]
    outcome = audit(frame, sick, BINARY)
    assert kinds(outcome, "note")["identifier"].columns == ("customer_id",)
    assert outcome.dropped == ("customer_id",)


@pytest.mark.parametrize("code", [lambda n: n, lambda n: [f"A-{i:05d}" for i in n]])
def test_an_identifier_numbered_by_the_label_is_an_alarm(code):
    frame, _, sick, _ = honest()
    frame["nr"] = code(np.argsort(np.argsort(sick, kind="stable"), kind="stable"))
    assert kinds(audit(frame, sick, BINARY))["identifier"].columns == ("nr",)


def test_constants_are_left_out_but_a_value_with_gaps_is_not():
    frame, _, sick, rng = honest()
    frame["unit"], frame["empty"] = "kg", np.nan
    frame["tick"] = np.where(rng.random(len(sick)) < 0.5, "x", None)
    outcome = audit(frame, sick, BINARY)
    assert outcome.dropped == ("unit", "empty")


def test_copies_are_kept_together_whatever_number_they_bear():
    frame, _, sick, rng = honest()
    again = rng.permutation(600)[:60]
    rows = np.concatenate([np.arange(600), again])
    frame, sick = frame.iloc[rows].reset_index(drop=True), sick[rows]
    frame["row_id"] = rng.permutation(len(rows))
    outcome = audit(frame, sick, BINARY)
    assert all(outcome.units[600 + i] == outcome.units[row] for i, row in enumerate(again))
    assert "120 of 660 rows" in kinds(outcome, "warning")["duplicates"].evidence
    assert audit(frame, sick, BINARY, keep=["duplicates"]).units is None


def test_rows_alike_for_want_of_columns_are_no_copies():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 600), "b": rng.integers(0, 3, 600)})
    outcome = audit(frame, rng.integers(0, 2, 600), BINARY)
    assert outcome.units is None


def test_repeated_measurements_are_no_copies_but_noise():
    frame, _, _, rng = honest(400)
    rows = np.repeat(np.arange(400), 2)
    outcome = audit(frame.iloc[rows].reset_index(drop=True), rng.normal(size=800), REGRESSION)
    assert outcome.units is None
    assert "repeated measurements" in kinds(outcome, "warning")["duplicates"].action
    assert "of 800 rows" in kinds(outcome, "warning")["label_noise"].evidence


def test_contradicting_labels_bound_what_can_be_reached():
    frame, _, sick, _ = honest(500)
    rows = np.concatenate([np.arange(500), np.arange(50)])
    labels = np.concatenate([sick, 1 - sick[:50]])
    outcome = audit(frame.iloc[rows].reset_index(drop=True), labels, BINARY)
    assert "more than 90.9% of these rows" in kinds(outcome, "warning")["label_noise"].evidence


def visits(n=200, times=5):
    frame, _, sick, rng = honest(n)
    rows = rng.permutation(np.repeat(np.arange(n), times))
    frame = frame.iloc[rows].reset_index(drop=True)
    for name in ("size", "weight", "height", "age"):
        frame[name] += rng.normal(0, 0.05, len(frame))
    return frame.assign(patient=rng.permutation(10_000)[rows]), sick[rows]


def test_an_entity_that_random_folds_know_is_kept_together():
    frame, sick = visits()
    outcome = audit(frame, sick, BINARY)
    assert outcome.suggested_group == "patient"
    assert kinds(outcome)["group"].overrule == "--group none"


@pytest.mark.parametrize("given", ["patient", "none"])
def test_the_users_word_on_groups_stands(given):
    frame, sick = visits()
    assert audit(frame, sick, BINARY, group=given).suggested_group is None


def test_forward_folds_exclude_groups_and_the_audit_says_so():
    frame, sick = visits()
    frame["day"] = np.arange(len(frame))
    outcome = audit(frame, sick, BINARY, time="day")
    assert outcome.suggested_group is None
    assert "forward in time by 'day'" in kinds(outcome, "warning")["group"].action


def test_an_entity_without_effect_is_a_note():
    frame, _, sick, rng = honest()
    frame["branch"] = rng.integers(0, 100, len(sick))
    outcome = audit(frame, sick, BINARY)
    assert outcome.suggested_group is None
    assert kinds(outcome, "note")["group"].overrule == "--group branch keeps its rows together"


def dated(n=600):
    """A rule that turns round with time."""
    frame, _, _, rng = honest(n)
    when = rng.permutation(n)
    frame["day"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(when, unit="D")
    sign = np.where(when < 0.6 * n, 1, -1)
    return frame, (sign * frame["size"].to_numpy() + rng.normal(0, 0.5, n) > 0).astype(np.int64)


def test_a_rule_that_changes_with_time_asks_for_forward_folds():
    frame, y = dated()
    outcome = audit(frame, y, BINARY)
    assert outcome.suggested_time == "day"
    assert "on the latest by 'day'" in kinds(outcome)["time"].evidence
    assert audit(frame, y, BINARY, time="none").suggested_time is None


def test_periods_of_a_single_class_forbid_forward_folds():
    frame, y = dated()
    y[frame["day"] < frame["day"].quantile(0.4)] = 0
    outcome = audit(frame, y, BINARY)
    assert outcome.suggested_time is None
    assert "single class" in kinds(outcome, "warning")["time"].action


def test_a_date_without_drift_is_a_note():
    frame, _, sick, rng = honest()
    frame["day"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.permutation(600), unit="D")
    outcome = audit(frame, sick, BINARY)
    assert outcome.suggested_time is None
    assert kinds(outcome, "note")["time"].overrule == "--time day goes forward in time"


def test_drift_along_the_rows_is_a_warning_unless_the_file_is_sorted_by_the_target():
    frame, y = dated()
    in_order = np.argsort(frame["day"].to_numpy())
    undated = frame.drop(columns="day")
    outcome = audit(undated.iloc[in_order].reset_index(drop=True), y[in_order], BINARY)
    assert "time" in kinds(outcome, "warning")
    by_label = np.argsort(y, kind="stable")
    outcome = audit(undated.iloc[by_label].reset_index(drop=True), y[by_label], BINARY)
    assert "time" not in kinds(outcome, "warning")


def test_a_test_file_that_differs_is_told_with_its_columns():
    frame, _, sick, _ = honest()
    other, *_ = honest(seed=1)
    assert "drift" not in kinds(audit(frame, sick, BINARY, test_frame=other), "warning")
    shifted = other.assign(age=other["age"] + 4)
    finding = kinds(audit(frame, sick, BINARY, test_frame=shifted))["drift"]
    assert finding.columns == ("age",)


def test_rows_of_the_test_file_that_are_in_the_data_are_counted():
    frame, _, sick, _ = honest()
    outcome = audit(frame, sick, BINARY, test_frame=frame.iloc[:100])
    assert "100 of 100 rows of the test file" in kinds(outcome, "warning")["duplicates"].evidence


def test_the_same_table_is_audited_the_same():
    frame, _, sick, rng = honest(300)
    frame["flag"] = np.where(rng.random(len(sick)) < 0.05, 1 - sick, sick)
    assert audit(frame, sick, BINARY).findings == audit(frame, sick, BINARY).findings
