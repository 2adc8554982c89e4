import numpy as np
import pandas as pd

from sela.live.problem import pack, prepare, unpack
from sela.live.request import SearchRequest


def table(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    day = pd.date_range("2024-01-01", periods=n)
    x = rng.normal(size=n)
    return pd.DataFrame({"day": day, "x": x, "y": x + rng.normal(size=n)})


def test_an_interval_draws_stretches_of_time_where_folds_go_forward():
    problem = prepare(SearchRequest("t.csv", "y", time="day"), table())

    groups = unpack(pack(problem)).test_groups
    assert groups is not None
    assert np.array_equal(groups, np.arange(100) // 10)


def test_rows_stand_alone_where_nothing_binds_them():
    assert prepare(SearchRequest("t.csv", "y", time="none"), table()).test_groups is None
