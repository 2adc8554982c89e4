"""The profile of a table says what a person would look for first, in a few lines."""

import numpy as np
import pandas as pd

from sela.problem.infer import define_task
from sela.problem.profile import describe, profile_table
from sela.problem.table import read_table


def profiled(frame, target):
    definition = define_task(frame, target)
    return profile_table(definition.keep(frame), definition.y, definition.task)


def mixed_table(n=200):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "row_id": np.arange(n),
            "amount": rng.lognormal(0, 2, n),
            "city": rng.choice([f"city {i}" for i in range(40)], n),
            "seen": pd.date_range("2024-01-01", periods=n).strftime("%Y-%m-%d"),
            "comment": [f"a long remark about order number {i} and its parcel" for i in range(n)],
            "unit": "kg",
            "gap": np.where(rng.random(n) < 0.3, np.nan, 1.5 * rng.integers(0, 9, n)),
            "churn": np.where(np.arange(n) % 10 == 0, "yes", "no"),
        }
    )
    return read_table(frame)


def test_every_kind_of_column_is_named():
    text = describe(profiled(mixed_table(), "churn"))
    for part in (
        "200 rows, 7 columns",
        "the rarest 10.0% of the rows (9.0 to 1)",
        "; gap ",
        "High cardinality: city (40)",
        "Skewed: amount",
        "Dates: seen",
        "Text: comment",
        "Identifier-like: row_id",
        "Constant: unit",
    ):
        assert part in text


def test_duplicates_are_counted_whatever_number_the_rows_bear():
    frame = mixed_table(100)
    twice = pd.concat([frame, frame.iloc[:5]], ignore_index=True)
    twice["row_id"] = np.arange(105)
    assert profiled(twice, "churn").duplicates == 10


def test_a_regression_is_described_by_its_range():
    frame = mixed_table()
    text = describe(profiled(frame, "amount"))
    assert "Target 'amount'" in text and "judged by rmse" in text


def test_a_wide_table_stays_short():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.lognormal(0, 3, (60, 300))).add_prefix("c")
    frame["y"] = rng.normal(size=60)
    assert len(describe(profiled(frame, "y"))) < 1_000
