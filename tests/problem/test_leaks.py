"""The claim of the audit, on data that ships with scikit-learn: 9 of 10 leaks, no false alarm."""

import numpy as np
import pytest
import sklearn.datasets

from benchmarks.leaks import Data, find_leaks
from sela.problem.audit import audit
from sela.problem.infer import define_task
from sela.problem.table import read_table

SETS = ("load_breast_cancer", "load_diabetes", "load_digits")


def bundled(name):
    frame = read_table(getattr(sklearn.datasets, name)(as_frame=True).frame)
    definition = define_task(frame, "target")
    return Data(definition.keep(frame), definition.y, definition.task)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_nine_of_ten_leaks_are_found(name):
    found = find_leaks(bundled(name), seed=0)
    assert sum(found.values()) >= 9, found


@pytest.mark.parametrize("name", SETS)
def test_bundled_sets_raise_no_alarm(name):
    data = bundled(name)
    outcome = audit(data.frame, data.y, data.task)
    assert not [f for f in outcome.findings if f.severity == "alarm"]
    assert all(np.unique(data.frame[c]).size == 1 for c in outcome.dropped)
