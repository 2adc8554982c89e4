"""New rows get the columns and types a model was fitted on, or an error that names what lacks."""

import pandas as pd
import pytest

from sela.errors import DataError
from sela.problem.align import align
from sela.problem.table import read_table

REFERENCE = read_table(
    pd.DataFrame(
        {
            "count": [1, 2, 3],
            "size": [0.5, 1.5, 2.5],
            "code": ["7", "x", "9"],
            "is_new": [True, False, True],
            "day": ["2024-01-01", "2024-01-02", "2024-01-03"],
        }
    )
)


def test_order_and_extra_columns_do_not_matter():
    aligned = align(REFERENCE[["day", "is_new", "code", "size", "count"]].assign(z=1), REFERENCE)
    pd.testing.assert_frame_equal(aligned.frame, REFERENCE)
    assert aligned.notes == ("Left out 1 columns the model does not know: z.",)


def test_a_missing_column_is_named_with_its_nearest():
    with pytest.raises(DataError, match=r"Missing column 'size'.* Did you mean 'Size'"):
        align(REFERENCE.rename(columns={"size": "Size"}), REFERENCE)


def test_types_are_those_of_the_reference():
    other = read_table(
        pd.DataFrame(
            {
                "count": [4.0, None],
                "size": [1, 2],
                "code": [7.0, None],
                "is_new": ["true", "false"],
                "day": ["2024-02-01", "2024-02-02"],
            }
        )
    )
    frame = align(other, REFERENCE).frame
    assert frame["count"].dtype == frame["size"].dtype == "float64"
    assert frame["code"].tolist()[0] == "7" and frame["code"].isna().tolist() == [False, True]
    assert frame["is_new"].tolist() == [True, False]
    assert frame["day"].dtype == REFERENCE["day"].dtype


def test_values_that_do_not_fit_are_missing_and_told():
    odd = REFERENCE.assign(size=["big", "1.5", "2"], day=["soon", "2024-01-02", "2024-01-03"])
    aligned = align(odd, REFERENCE)
    assert aligned.frame["size"].isna().tolist() == [True, False, False]
    assert aligned.frame["day"].isna().tolist() == [True, False, False]
    assert "1 values of 'size' do not fit" in aligned.notes[0]


def test_unseen_categories_and_gaps_pass():
    frame = REFERENCE.assign(code=["new", None, "x"], size=[None, 1.0, 2.0])
    assert align(frame, REFERENCE).frame["code"].tolist()[0] == "new"
