"""Whatever rows, strata and units there are, parts are whole, and as even as units allow."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sela.evaluation.dealing.divide import divide


@st.composite
def tables(draw):
    n = draw(st.integers(4, 120))
    strata = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    units = draw(st.lists(st.integers(0, n), min_size=n, max_size=n))
    dense = np.unique(units, return_inverse=True)[1]
    return np.array(strata), dense, draw(st.integers(0, 5))


@settings(max_examples=50, deadline=None)
@given(tables(), st.integers(2, 5))
def test_every_row_gets_a_part_and_units_stay_whole(table, parts):
    strata, units, seed = table
    dealt = divide(strata, units, (1 / parts,) * parts, np.random.default_rng(seed))
    assert dealt.min() >= 0 and dealt.max() < parts
    for unit in np.unique(units):
        assert len(np.unique(dealt[units == unit])) == 1


@settings(max_examples=50, deadline=None)
@given(tables(), st.sampled_from([(0.5, 0.5), (0.2, 0.8), (1 / 3, 1 / 3, 1 / 3)]))
def test_strata_of_single_rows_are_off_their_share_by_less_than_a_row(table, shares):
    strata, _, seed = table
    alone = np.arange(len(strata))
    dealt = divide(strata, alone, shares, np.random.default_rng(seed))
    for stratum in np.unique(strata):
        rows = strata == stratum
        for part, share in enumerate(shares):
            assert abs((dealt[rows] == part).sum() - share * rows.sum()) < 1
