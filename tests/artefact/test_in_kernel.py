from pathlib import Path

import pytest

import sela.harness
from sandboxes.opening import open_pool
from sela.artefact.export import export
from sela.artefact.predict import predict
from sela.errors import DataError
from sela.experiments.fits import MemberCode
from tests.artefact.conftest import SUMS, make_fitted
from tests.harness.tables import BINARY, unseen_rows
from tests.sandboxes.walls import ALL

HARNESS = Path(next(iter(sela.harness.__path__)))


@pytest.mark.slow
async def test_an_export_is_replayed_and_predicts_behind_the_strongest_wall(tmp_path: Path) -> None:
    members = (MemberCode({"feature_engineering": SUMS}, 0.5), MemberCode({}, 0.5))
    fitted = await make_fitted(BINARY, *members)
    wall = next(iter(ALL.values()))
    pool = open_pool(wall, tmp_path / "scratch", packages={"sela.harness": HARNESS})
    try:
        done = await export(
            pool,
            tmp_path / "out",
            fitted.package,
            fitted.rows,
            fitted.expected,
            training=fitted.training,
        )
        predicted = await predict(pool, tmp_path / "out", unseen_rows())
        (tmp_path / "out" / "pipeline.joblib").write_bytes(b"cposix\nabort\n(tR.")
        with pytest.raises(DataError, match="could not predict"):
            await predict(pool, tmp_path / "out", unseen_rows())
    finally:
        await pool.close()

    assert done.replay.is_same and done.replay.same_after_refit_from_code, done.replay.message
    assert len(predicted.table) == len(unseen_rows())
