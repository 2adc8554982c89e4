"""Near-duplicates, and the pool that refuses them."""

from __future__ import annotations

import pytest

from sela.design.insight import Insight, Stage
from sela.design.pool import admit, next_id
from sela.design.similarity import says_the_same

COLUMNS = ("age", "fare", "income", "city")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Add the ratio of income to age", "Create a feature: income divided by age"),
        ("Impute missing age with the median", "Fill missing values of age using the median."),
        ("Train a LightGBM classifier", "use lightgbm classifier"),
        ("Standardize the numeric columns", "Standardise numeric features"),
        ("Log-transform income", "log transform of income"),
    ],
)
def test_the_same_idea_in_other_words_is_a_near_duplicate(first: str, second: str) -> None:
    assert says_the_same(first, second, COLUMNS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Bin age into 5 quantiles and one-hot encode",
            "Bin fare into 5 quantiles and one-hot encode",
        ),
        ("Train LightGBM with 31 leaves", "Train LightGBM with 127 leaves"),
        ("Add the ratio of income to age", "Add the ratio of fare to age"),
        ("Target-encode city with smoothing", "Count-encode city"),
        ("Train a random forest", "Train extremely randomised trees"),
    ],
)
def test_another_column_number_or_method_is_another_idea(first: str, second: str) -> None:
    assert not says_the_same(first, second, COLUMNS)


def insight(text: str, stage: Stage = "feature_engineering", id: str = "") -> Insight:
    return Insight(id, stage, text, "host")


def test_the_pool_numbers_what_it_admits_and_says_why_it_refuses() -> None:
    pool = [insight("Add the ratio of income to age", id="fe3")]
    admitted = admit(
        [
            insight("Income divided by age"),
            insight("Log of fare"),
            insight("Logarithm of fare"),
            insight("Income divided by age", "eda"),
        ],
        pool,
        names=COLUMNS,
    )
    assert [(i.id, i.text) for i in admitted.insights] == [
        ("fe4", "Log of fare"),
        ("eda1", "Income divided by age"),
    ]
    assert [r.split(" says ")[1][:15] for r in admitted.refusals] == [
        "the same as fe3",
        "the same as fe4",
    ]


def test_the_pool_takes_no_more_than_its_limit_and_keeps_ids_that_are_free() -> None:
    given = [insight("Log of fare", id="fe-log"), insight("Square of age", id="fe-sq")]
    assert [i.id for i in admit(given, (), limit=1).insights] == ["fe-log"]
    assert [i.id for i in admit(given, [insight("x y z", id="fe-log")]).insights] == [
        "fe1",
        "fe-sq",
    ]


def test_ids_count_up_within_their_stage() -> None:
    assert next_id("model_training", ["mt1", "mt9", "fe12", "mt-hgb"]) == "mt10"
