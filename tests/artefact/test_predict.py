from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sela.artefact.export import export
from sela.artefact.predict import Predicted, predict, predict_file, predict_rows, write_predictions
from sela.errors import DataError, RequestError
from sela.experiments.fits import MemberCode
from tests.artefact.conftest import make_fitted
from tests.artefact.in_process import InProcessProvider
from tests.harness.tables import BINARY, REGRESSION, unseen_rows


async def exported(tmp_path: Path, provider: InProcessProvider, task=BINARY) -> Path:
    fitted = await make_fitted(task, MemberCode({}))
    await export(provider, tmp_path / "model", fitted.package, fitted.rows, fitted.expected)
    return tmp_path / "model"


async def test_predictions_are_the_original_labels_with_a_probability_for_each(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)

    done = await predict(provider, folder, unseen_rows())

    assert list(done.table.columns) == ["prediction", "probability_no", "probability_yes"]
    assert set(done.table["prediction"]) <= {"no", "yes"}
    assert np.allclose(done.table[["probability_no", "probability_yes"]].sum(axis=1), 1)
    assert any("colour: 2 categories not seen" in note for note in done.notes)


async def test_a_file_becomes_a_csv_of_as_many_rows(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider, REGRESSION)
    unseen_rows().to_parquet(tmp_path / "new.parquet")

    answer = await predict_file(provider, folder, str(tmp_path / "new.parquet"), tmp_path / "p.csv")

    table = pd.read_csv(tmp_path / "p.csv")
    assert (answer.n_rows, answer.columns) == (7, ("prediction",))
    assert table["prediction"].notna().all() and len(table) == 7


async def test_a_large_table_is_predicted_in_parts_that_come_back_in_order(
    provider: InProcessProvider,
) -> None:
    package = (await make_fitted(REGRESSION, MemberCode({}))).package
    model, task, columns = package.model, package.content.task, package.columns

    whole = await predict_rows(provider, model, unseen_rows(), task, columns)
    parts = await predict_rows(provider, model, unseen_rows(), task, columns, rows_at_once=3)

    assert parts.table.equals(whole.table) and len(parts.table) == 7


async def test_a_changed_model_file_is_told(tmp_path: Path, provider: InProcessProvider) -> None:
    folder = await exported(tmp_path, provider)
    other = await make_fitted(BINARY, MemberCode({"feature_engineering": OTHER}))
    (folder / "pipeline.joblib").write_bytes(other.package.model)

    done = await predict(provider, folder, unseen_rows())

    assert "SHA-256 differs" in done.notes[0]


async def test_a_missing_column_is_named_before_anything_runs(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)
    leases = provider.leases

    with pytest.raises(DataError, match="'income'"):
        await predict(provider, folder, unseen_rows().drop(columns="income"))

    assert provider.leases == leases


async def test_a_folder_that_is_no_export_and_one_without_its_model_are_told(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    with pytest.raises(DataError, match="not an exported pipeline"):
        await predict(provider, tmp_path, unseen_rows())
    folder = await exported(tmp_path, provider)
    (folder / "pipeline.joblib").unlink()
    with pytest.raises(DataError, match=r"no pipeline\.joblib"):
        await predict(provider, folder, unseen_rows())


async def test_a_model_that_does_not_load_is_an_error_not_a_crash(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)
    (folder / "pipeline.joblib").write_bytes(b"rubbish")

    with pytest.raises(DataError, match="could not predict"):
        await predict(provider, folder, unseen_rows())


def test_output_into_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = Predicted(pd.DataFrame({"prediction": [1]}), ())

    with pytest.raises(RequestError, match="does not exist"):
        write_predictions(done, tmp_path / "no" / "p.csv")


def test_writing_leaves_one_readable_file(tmp_path: Path) -> None:
    write_predictions(Predicted(pd.DataFrame({"prediction": [1]}), ()), tmp_path / "p.csv")

    assert [p.name for p in tmp_path.iterdir()] == ["p.csv"]
    assert (tmp_path / "p.csv").stat().st_mode & 0o444 == 0o444


OTHER = """
from sklearn.preprocessing import FunctionTransformer


def build(profile):
    return FunctionTransformer()
"""
