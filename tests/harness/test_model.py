import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np

from sela.experiments.fits import MemberCode, RefitRequest, refit
from tests.harness.tables import BINARY, messy_frame, messy_target, unseen_rows

OWN_CLASS = """
    from sklearn.base import BaseEstimator, TransformerMixin

    FACTOR = 2

    class Own(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self
        def transform(self, X):
            return X.assign(more=X["rooms"] * FACTOR)

    def build(profile):
        return Own()
"""
LOAD = """
    import sys
    sys.modules["sela"] = None
    import joblib, pandas
    model = joblib.load(sys.argv[1])
    rows = pandas.read_parquet(sys.argv[2])
    print(model.predict(rows).tolist(), model.predict_proba(rows).shape, model.classes_.tolist())
    model.fit(rows, ["no", "yes"] * 3 + ["no"])
"""


async def test_the_model_loads_and_refits_where_sela_is_not(here, tmp_path: Path):
    frame, new = messy_frame(100), unseen_rows()
    code = MemberCode({"feature_engineering": dedent(OWN_CLASS)})
    fitted = await refit(
        here, RefitRequest(BINARY, (code,), frame, messy_target(BINARY, frame), (new,))
    )
    (tmp_path / "model.joblib").write_bytes(fitted.model)
    new.to_parquet(tmp_path / "rows.parquet")

    done = subprocess.run(
        [sys.executable, "-c", dedent(LOAD), tmp_path / "model.joblib", tmp_path / "rows.parquet"],
        capture_output=True,
        text=True,
        timeout=120,
    )

    labels = np.array(BINARY.classes)[fitted.predictions[0].labels].tolist()
    assert done.stdout.strip() == f"{labels} (7, 2) ['no', 'yes']", done.stderr
    assert done.returncode == 0, done.stderr
