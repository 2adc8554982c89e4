import numpy as np
import pandas as pd
import pytest

from sela.artefact.schema import InputColumn, conform, schema_of
from sela.errors import DataError
from tests.harness.tables import messy_frame, unseen_rows

COLUMNS = (
    InputColumn("age", "number"),
    InputColumn("member", "boolean"),
    InputColumn("since", "date"),
    InputColumn("colour", "text", ("blue", "red")),
)


def table(**changes: object) -> pd.DataFrame:
    columns = {"age": [30, 40], "member": [True, False], "since": ["2020-01-02", "2021-03-04"],
               "colour": ["red", "blue"]}  # fmt: skip
    return pd.DataFrame({**columns, **changes})


def test_a_schema_names_kinds_levels_and_gaps() -> None:
    schema = {column.name: column for column in schema_of(messy_frame(200))}

    assert [schema[n].kind for n in ("income", "member", "since", "colour", "note")] == [
        "number", "boolean", "date", "text", "text"
    ]  # fmt: skip
    assert schema["colour"].levels == ("blue", "green", "red") and schema["colour"].has_missing
    assert schema["note"].levels == (), "too many to keep"
    assert not schema["rooms"].has_missing


def test_columns_come_back_in_the_fitted_order_whatever_order_they_had() -> None:
    conformed = conform(table()[["colour", "since", "member", "age"]], COLUMNS)

    assert list(conformed.frame.columns) == ["age", "member", "since", "colour"]
    assert conformed.notes == ()


def test_extra_columns_are_left_out_and_named() -> None:
    conformed = conform(table(id=[1, 2], y=["a", "b"]), COLUMNS, target="y")

    assert conformed.notes == (
        "The target 'y' was not looked at and 1 extra column was left out (id).",
    )


def test_a_missing_column_is_an_error_that_names_it_and_the_nearest() -> None:
    with pytest.raises(DataError, match=r"lacks the column 'colour'.*Did you mean 'Color'"):
        conform(table().rename(columns={"colour": "Color"}), COLUMNS)


def test_unseen_categories_and_new_gaps_pass_with_a_note() -> None:
    conformed = conform(table(colour=["violet", "red"], age=[np.nan, 3.0]), COLUMNS)

    assert "age: 1 missing value, none when it was fitted." in conformed.notes
    assert "colour: 1 category not seen when it was fitted (violet)." in conformed.notes
    assert conformed.frame["colour"].tolist() == ["violet", "red"]


def test_numbers_as_text_are_read_and_a_few_bad_ones_count_as_missing() -> None:
    frame = pd.DataFrame({"age": ["1", "2.5", "?!", None]})

    conformed = conform(frame, COLUMNS[:1])

    assert conformed.frame["age"].tolist()[:2] == [1.0, 2.5]
    assert conformed.frame["age"].isna().sum() == 2
    assert "age: 1 value such as '?!' could not be read as number" in conformed.notes[0]


@pytest.mark.parametrize(
    ("column", "values", "what"),
    [
        ("age", ["old", "young"], "numbers"),
        ("since", ["yesterday", "soon"], "dates"),
        ("member", ["perhaps", "never"], "true or false"),
        ("age", [pd.Timestamp(2020, 1, 1)] * 2, "numbers"),
    ],
)
def test_a_column_of_another_kind_is_a_clear_error(column: str, values: list, what: str) -> None:
    with pytest.raises(DataError, match=f"'{column}'.*{what}"):
        conform(table(**{column: values}), COLUMNS)


@pytest.mark.parametrize("values", [["True", "False"], [1, 0], ["yes", "no"], [1.0, 0.0]])
def test_booleans_are_read_however_they_are_written(values: list) -> None:
    assert conform(table(member=values), COLUMNS).frame["member"].astype(float).tolist() == [1, 0]


def test_a_boolean_with_gaps_keeps_them() -> None:
    read = conform(table(member=["True", None]), COLUMNS).frame["member"]

    assert read.tolist()[0] == 1.0 and np.isnan(read.tolist()[1])


def test_dates_are_read_from_text_in_any_common_form() -> None:
    read = conform(table(since=["02.01.2020", "04.03.2021"]), COLUMNS).frame["since"]

    assert read.tolist() == [pd.Timestamp(2020, 1, 2), pd.Timestamp(2021, 3, 4)]


def test_a_category_read_as_a_whole_float_is_the_one_it_was() -> None:
    conformed = conform(
        pd.DataFrame({"zip": [1.0, 2.0]}), (InputColumn("zip", "text", ("1", "x")),)
    )

    assert conformed.notes == ("zip: 1 category not seen when it was fitted (2).",)


def test_an_empty_column_is_fine_for_every_kind() -> None:
    frame = pd.DataFrame({c.name: [np.nan, np.nan] for c in COLUMNS})

    assert conform(frame, COLUMNS).frame.isna().all().all()


def test_the_index_of_a_table_does_not_matter() -> None:
    frame = unseen_rows().set_index(pd.Index(range(40, 47)))

    conformed = conform(frame, schema_of(messy_frame(50)))

    assert conformed.frame.index.tolist() == list(range(7))
    assert conformed.frame["since"].notna().any()
