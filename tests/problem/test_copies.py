import numpy as np
import pandas as pd
import pytest

from sela.problem.audit.copies import copy_ids, exact_ids


def table(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            **{f"x{i}": rng.normal(size=n) for i in range(6)},
            "count": rng.integers(0, 40, n),
            "kind": rng.choice(["Oak", "Elm", "Ash"], n),
        }
    )


def twice(frame: pd.DataFrame, n: int = 60) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[:n]], ignore_index=True)


def found(frame: pd.DataFrame, n: int = 60) -> float:
    """The share of the copies that are known as such."""
    ids = copy_ids(frame)
    return float(np.mean(ids[:n] == ids[-n:]))


def test_rows_that_are_no_copies_stand_alone():
    assert len(set(copy_ids(table()))) == 300


def test_equal_rows_are_equal_whatever_the_spelling_and_the_type():
    frame = twice(table())
    frame["kind"] = frame["kind"].where(frame.index < 300, frame["kind"].str.upper() + " ")
    frame["count"] = frame["count"].astype(float)

    assert len(set(exact_ids(frame))) == 300


@pytest.mark.parametrize("kind", ["number", "moment"])
def test_a_column_that_is_never_the_same_hides_no_copies(kind: str):
    frame = twice(table())
    rng = np.random.default_rng(1)
    seen = rng.choice(10**9, len(frame), replace=False)
    frame["seen"] = seen if kind == "number" else pd.to_datetime(seen, unit="s")

    assert len(set(exact_ids(frame))) == len(frame)
    assert found(frame) == 1.0


@pytest.mark.parametrize("noise", [1e-9, 1e-3, 1e-2])
def test_a_little_noise_hides_no_copies(noise: float):
    frame = twice(table())
    rng = np.random.default_rng(2)
    for name in frame.columns[:6]:
        frame.loc[300:, name] += rng.normal(0, noise, 60)

    assert found(frame) > 0.95


def test_coarse_rows_that_are_often_alike_are_no_copies():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({f"answer{i}": rng.integers(0, 3, 400) for i in range(6)})

    assert np.array_equal(np.bincount(copy_ids(frame)), np.bincount(exact_ids(frame)))


def test_a_table_without_columns_or_rows_has_ids():
    assert len(copy_ids(pd.DataFrame(index=range(3)))) == 3
    assert len(copy_ids(table(1))) == 1
