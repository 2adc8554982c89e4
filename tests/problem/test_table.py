"""Intake reads what people have, and says what to do when it cannot."""

import gzip
import time

import numpy as np
import pandas as pd
import pytest

from sela.errors import DataError
from sela.problem.table import read_table


def written(folder, text, name="data.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, separator):
    lines = ["a,b,c", '1,"x, y; z|w",2', "3,plain,4"]
    text = "\n".join(line.replace(",", separator) for line in lines)
    frame = read_table(written(tmp_path, text.replace(f"x{separator} y", "x y")))
    assert list(frame.columns) == ["a", "b", "c"]
    assert frame["c"].tolist() == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found(tmp_path, encoding):
    frame = read_table(written(tmp_path, "name,n\nMüller,1\nSão,2\n", encoding=encoding))
    assert list(frame.columns) == ["name", "n"]
    assert frame["name"].tolist() == ["Müller", "São"]


def test_gzip_and_parquet_hold_the_same_table(tmp_path):
    text = "a,b\n1,x\n2,y\n"
    plain = read_table(written(tmp_path, text))
    packed = read_table(written(tmp_path, gzip.compress(text.encode()), "data.csv.gz"))
    plain.to_parquet(tmp_path / "data.parquet")
    pd.testing.assert_frame_equal(plain, packed)
    pd.testing.assert_frame_equal(plain, read_table(tmp_path / "data.parquet"))


def test_a_data_frame_is_passed_through_with_numbered_rows_and_named_columns():
    source = pd.DataFrame({1: [1, 2], "b": ["x", None]}, index=[7, 9])
    frame = read_table(source)
    assert list(frame.columns) == ["1", "b"]
    assert list(frame.index) == [0, 1]
    assert list(source.columns) == [1, "b"]


def test_a_missing_file_is_answered_with_the_nearest_names(tmp_path):
    written(tmp_path, "a,b\n1,2\n", "churn.csv")
    with pytest.raises(DataError, match=r"In that folder: churn\.csv"):
        read_table(tmp_path / "chrun.csv")
    with pytest.raises(DataError, match=r"folder .* does not exist"):
        read_table(tmp_path / "nowhere" / "churn.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"a,b\n", "has no rows"),
        (b"\x00\x01\x02junk" * 50, "binary file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary file"),
        (b"PK\x03\x04....", "Excel"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
        (b"PAR1broken", "damaged Parquet"),
        (b'{"a": 1}\n{"a": 2}\n', "not a table"),
        (b"<html><body>no</body></html>", "not a table"),
        (b"Dear sir,\nI write to you\nabout a table, or two, or three.\nYours\n", "not a table"),
        (b"some words only\nand more of them\n", "not a table"),
        (b"a,b,a\n1,2,3\n", "more than one column named 'a'"),
    ],
)
def test_what_is_not_a_table_is_refused_with_a_reason(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_table(written(tmp_path, content))


def test_a_ragged_line_is_named(tmp_path):
    text = "a,b\n" + "1,2\n" * 30 + "1,2,3,4\n" + "5,6\n" * 5
    with pytest.raises(DataError, match="line 32"):
        read_table(written(tmp_path, text))


def test_rows_with_a_field_more_than_the_header_are_refused(tmp_path):
    with pytest.raises(DataError, match="do not agree"):
        read_table(written(tmp_path, "a,b\n1,2,3\n4,5,6\n7,8,9\n"))


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-31", "2024-02-01", "2023-12-24"],
        ["2024-01-31 10:00:05", "2024-02-01 11:00:00", "2023-12-24 00:00:00"],
        ["2024-01-31T10:00:05Z", "2024-02-01T11:00:00+02:00", "2023-12-24T00:00:00.5Z"],
        ["31.01.2024", "01.02.2024", "24.12.2023"],
        ["01/31/2024", "02/01/2024", "12/24/2023"],
        ["31/01/2024", "01/02/2024", "24/12/2023"],
        ["Jan 31, 2024", "Feb 1, 2024", "Dec 24, 2023"],
        ["31-Jan-2024", "01-Feb-2024", "24-Dec-2023"],
    ],
)
def test_dates_of_one_format_become_datetimes(tmp_path, dates):
    frame = read_table(pd.DataFrame({"when": dates, "n": range(3)}))
    assert frame["when"].dt.normalize().tolist() == [
        pd.Timestamp("2024-01-31"),
        pd.Timestamp("2024-02-01"),
        pd.Timestamp("2023-12-24"),
    ]


def test_a_few_bad_dates_become_missing_but_many_leave_the_column_text():
    good = [f"2024-01-{day:02d}" for day in range(1, 31)]
    few = read_table(pd.DataFrame({"when": [*good, "unknown"], "n": 1}))
    many = read_table(pd.DataFrame({"when": [*good, *["unknown", "later", "soon"]], "n": 1}))
    assert few["when"].isna().sum() == 1
    assert many["when"].dtype == "str"


@pytest.mark.parametrize(
    "texts",
    [["A/5 21171", "PC 17599", "113803"], ["1-2", "3-4", "5-6"], ["10 kg", "12 kg", "9 kg"]],
)
def test_codes_and_units_stay_text(texts):
    assert read_table(pd.DataFrame({"a": texts, "n": range(3)}))["a"].tolist() == texts


def test_clean_thousands_and_decimal_commas_become_numbers(tmp_path):
    english = read_table(written(tmp_path, 'a,b\n"1,234.5",x\n"12,345",y\n950,z\n'))
    assert english["a"].tolist() == [1234.5, 12345.0, 950.0]
    german = read_table(written(tmp_path, "a;b\n1.234,5;x\n0,25;y\n"))
    assert german["a"].tolist() == [1234.5, 0.25]


def test_booleans_stay_and_booleans_with_gaps_become_text(tmp_path):
    frame = read_table(written(tmp_path, "a,b\nTrue,True\nFalse,\n"))
    assert frame["a"].dtype == bool
    assert frame["b"].dtype == "str" and frame["b"].isna().sum() == 1


def test_question_marks_and_infinities_are_missing(tmp_path):
    frame = read_table(written(tmp_path, "a,b\n1,inf\n?,2.5\n3,-inf\n"))
    assert frame["a"].isna().sum() == 1 and frame["b"].isna().sum() == 2


def test_exotic_types_become_plain(tmp_path):
    frame = read_table(
        pd.DataFrame(
            {
                "category": pd.Categorical(["x", None, "y"]),
                "nullable": pd.array([1, None, 3], dtype="Int64"),
                "zoned": pd.to_datetime(["2024-01-01"] * 3, utc=True),
                "duration": pd.to_timedelta([1, 2, 3], unit="min"),
                "mixed": ["a", 1, None],
                "nested": [[1], [2], [3]],
                "empty": [None, None, None],
            }
        )
    )
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert kinds["category"] == kinds["mixed"] == kinds["nested"] == "str"
    assert kinds["nullable"] == kinds["duration"] == kinds["empty"] == "float64"
    assert kinds["zoned"].startswith("datetime64[") and "UTC" not in kinds["zoned"]
    assert frame["category"].isna().sum() == 1


def test_trailing_separators_leave_no_column(tmp_path):
    assert list(read_table(written(tmp_path, "a,b,\n1,2,\n3,4,\n"))) == ["a", "b"]


def test_a_large_table_is_read_fast(tmp_path):
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(10_000, 45)).round(4)).add_prefix("n")
    for i in range(5):
        wide[f"t{i}"] = rng.choice(["alpha", "beta", "gamma"], 10_000)
    wide.to_csv(tmp_path / "wide.csv", index=False)
    started = time.process_time()
    read_table(tmp_path / "wide.csv")
    assert time.process_time() - started < 5
