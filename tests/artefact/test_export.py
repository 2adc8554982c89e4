import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from sela.artefact.export import export
from sela.artefact.folder import refuse_foreign
from sela.artefact.manifest import read_manifest
from sela.artefact.replay import difference
from sela.errors import DataError, RequestError, SelaError
from sela.experiments.fits import MemberCode
from sela.problem.prediction import Prediction
from tests.artefact.conftest import RIDGE, SUMS, Fitted, make_fitted
from tests.artefact.in_process import InProcessProvider
from tests.harness.tables import BINARY, REGRESSION, unseen_rows

WITHOUT_SELA = """
import json, sys
sys.modules.update(dict.fromkeys(("sela", "sandboxes", "server")))
sys.path.insert(0, sys.argv[1])
import pipeline
for arguments in json.loads(sys.argv[2]):
    try:
        pipeline.main(arguments)
    except pipeline.DataError as error:
        print(error, file=sys.stderr)
"""


def run_alone(folder: Path, *commands: list[Path | str]) -> subprocess.CompletedProcess[str]:
    """Run commands of the folder's pipeline.py where sela cannot be imported."""
    told = json.dumps([[str(argument) for argument in command] for command in commands])
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_SELA, str(folder), told],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_the_folder_has_every_file_and_was_replayed(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    fitted = await make_fitted(BINARY, MemberCode({"feature_engineering": SUMS}))
    folder = tmp_path / "out"

    done = await export(
        provider, folder, fitted.package, fitted.rows, fitted.expected, training=fitted.training
    )

    names = {p.name for p in folder.iterdir()}
    assert names == {
        "pipeline.py", "stages", "runtime", "notebook.ipynb", "pipeline.joblib", "report.html",
        "card.md", "requirements.txt", "scores.json",
    }  # fmt: skip
    assert done.replay.is_same and done.replay.same_after_refit_from_code
    assert provider.leases == 2, "the model and the code each in a sandbox of their own"
    assert (folder / "stages/feature_engineering.py").read_text() == SUMS
    told = json.loads((folder / "scores.json").read_text())
    assert told["replay"]["same_after_refit_from_code"] is True
    assert told["final"]["test_score"] == 0.7926
    assert [p.name for p in tmp_path.iterdir()] == ["out"], "nothing beside it is left"


@pytest.mark.parametrize("kind", ["blend", "regression"])
async def test_the_folder_works_without_sela(
    tmp_path: Path, provider: InProcessProvider, kind: str
) -> None:
    if kind == "blend":
        members = (MemberCode({"feature_engineering": SUMS}, 0.7), MemberCode({}, 0.3))
        fitted = await make_fitted(BINARY, *members)
    else:
        fitted = await make_fitted(REGRESSION, MemberCode({"model_training": RIDGE}))
    folder, new, out = tmp_path / "model", tmp_path / "new.csv", tmp_path / "out.csv"
    await export(provider, folder, fitted.package, fitted.rows, fitted.expected)
    unseen_rows().to_csv(new, index=False)
    fitted.table.to_csv(tmp_path / "train.csv", index=False)

    unseen_rows().drop(columns="city").to_csv(tmp_path / "short.csv", index=False)

    done = run_alone(
        folder,
        ["--predict", new, out],
        [tmp_path / "train.csv"],
        ["--predict", tmp_path / "short.csv", tmp_path / "none.csv"],
    )

    assert done.returncode == 0, done.stderr
    assert "1 extra column was left out (extra)" in done.stderr
    assert "The table lacks the column 'city'" in done.stderr
    table = pd.read_csv(out)
    assert len(table) == len(unseen_rows())
    assert list(table.columns) == (
        ["prediction", "probability_no", "probability_yes"] if kind == "blend" else ["prediction"]
    )
    again = joblib.load(folder / "refitted.joblib").outputs(fitted.rows)
    assert difference(fitted.expected, Prediction(**again)) < 1e-9


async def test_hostile_names_stand_in_the_script_as_literals_only(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    fitted = await make_fitted(BINARY, MemberCode({}))
    name = '"""\nimport os; os.abort()\n# \\'
    task = replace(BINARY, target=name, classes=('")', "@TITLE@"))
    search = replace(fitted.package.content.search, dataset="/x/`y`.csv", search_id='"""')
    content = replace(fitted.package.content, task=task, search=search)
    package = replace(fitted.package, content=content)

    await export(provider, tmp_path / "out", package, fitted.rows, fitted.expected)

    script = tmp_path / "out" / "pipeline.py"
    values: dict[str, object] = {"__file__": str(script), "__name__": "pipeline"}
    sys.path.insert(0, str(script.parent))
    try:
        exec(compile(script.read_text(), str(script), "exec"), values)
    finally:
        sys.path.pop(0)
        for module in [m for m in sys.modules if m.split(".")[0] == "runtime"]:
            del sys.modules[module]
    assert values["TARGET"] == name and values["CLASSES"] == task.classes


async def test_an_export_that_does_not_say_the_same_is_not_kept(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    fitted = await make_fitted(REGRESSION, MemberCode({}))
    other = Prediction(values=fitted.expected.values + 1e-3)  # type: ignore[operator]

    with pytest.raises(SelaError, match=r"not accepted: .* differ"):
        await export(provider, tmp_path / "out", fitted.package, fitted.rows, other)

    assert list(tmp_path.iterdir()) == []


async def test_a_model_that_cannot_be_loaded_is_not_kept(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    fitted = await make_fitted(REGRESSION, MemberCode({}))
    broken = replace(fitted.package, model=b"not a pickle")

    with pytest.raises(SelaError, match="cannot be loaded"):
        await export(provider, tmp_path / "out", broken, fitted.rows, fitted.expected)

    assert list(tmp_path.iterdir()) == []


async def test_code_that_fits_otherwise_is_kept_and_told(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    fitted = await make_fitted(BINARY, MemberCode({}))
    other = replace(fitted.package, members=(MemberCode({"feature_engineering": "1 / 0"}),))

    done = await export(
        provider, tmp_path / "out", other, fitted.rows, fitted.expected, training=fitted.training
    )

    assert done.replay.is_same and done.replay.same_after_refit_from_code is False
    assert "cannot be fitted anew" in done.replay.message


async def test_an_older_export_is_replaced_and_foreign_files_are_not(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)
    first = (folder / "scores.json").stat().st_ino

    assert await exported(tmp_path, provider) == folder
    assert (folder / "scores.json").stat().st_ino != first

    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(RequestError, match=r"thesis\.tex"):
        await exported(tmp_path, provider)
    assert (folder / "thesis.tex").read_text() == "years of work"


def test_a_folder_of_other_things_a_file_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    for path in ("a", "a/b.txt", "link"):
        with pytest.raises(RequestError):
            refuse_foreign(tmp_path / path)
    (tmp_path / "empty").mkdir()
    refuse_foreign(tmp_path / "empty")
    refuse_foreign(tmp_path / "absent")


async def test_requirements_pin_what_is_imported_and_nothing_else(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)

    lines = (folder / "requirements.txt").read_text().splitlines()[1:]

    names = {line.split("==")[0] for line in lines}
    assert {"scikit-learn", "pandas", "numpy", "joblib", "cloudpickle"} <= names
    assert not names & {"sela-mcp", "mcp", "sqlalchemy", "matplotlib", "lightgbm"}
    assert all(line.count("==") == 1 for line in lines)


async def test_the_notebook_is_valid_and_its_code_runs(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    import nbformat

    fitted = await make_fitted(BINARY, MemberCode({"feature_engineering": SUMS}))
    data = tmp_path / "train.csv"
    fitted.table.to_csv(data, index=False)
    content = fitted.package.content
    content = replace(content, search=replace(content.search, dataset=str(data)))
    folder = tmp_path / "out"
    package = replace(fitted.package, content=content)
    await export(provider, folder, package, fitted.rows, fitted.expected)

    book = nbformat.read(folder / "notebook.ipynb", as_version=4)
    nbformat.validate(book)
    code = "\n".join(c.source for c in book.cells if c.cell_type == "code")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert "precision" in done.stdout
    assert SUMS.strip() in "\n".join(c.source for c in book.cells if c.cell_type == "markdown")


async def test_a_damaged_manifest_says_to_export_again(
    tmp_path: Path, provider: InProcessProvider
) -> None:
    folder = await exported(tmp_path, provider)
    for damage in ("{", "[]", '{"format": "other"}'):
        (folder / "scores.json").write_text(damage)
        with pytest.raises(DataError, match=r"damaged|format"):
            read_manifest(folder)


def test_a_difference_is_relative_for_large_values_and_infinite_for_other_labels() -> None:
    big = Prediction(values=np.array([1e12]))
    assert difference(big, Prediction(values=np.array([1e12 + 1]))) == pytest.approx(1e-12)
    ones, zeros = Prediction(labels=np.ones(2, int)), Prediction(labels=np.zeros(2, int))
    assert difference(ones, zeros) == float("inf")
    assert difference(ones, ones) == 0.0


async def exported(tmp_path: Path, provider: InProcessProvider) -> Path:
    fitted: Fitted = await make_fitted(BINARY, MemberCode({}))
    folder = tmp_path / "model"
    await export(provider, folder, fitted.package, fitted.rows, fitted.expected)
    return folder
