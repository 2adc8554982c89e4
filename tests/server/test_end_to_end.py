"""The faces on the real engine: a table in, an honest score and predictions out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.server.connect import ERAS, call

ROOT = Path(__file__).parents[2]
# Runs behind the strongest wall that there is; its strength is tested elsewhere.
SELA = [sys.executable, "-m", "server"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """320 rows of a linear target."""
    lines = ["a,b,target"]
    lines += [f"{i % 17},{i * 7 % 23},{3 * (i % 17) - (i * 7 % 23) + i % 3}" for i in range(320)]
    path = tmp_path / "small.csv"
    path.write_text("\n".join(lines))
    return path


def world(tmp_path: Path) -> dict[str, str]:
    """An environment with a data folder of its own and one worker."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SELA_")}
    home = str(tmp_path / "home")
    return {**own, "SELA_HOME": home, "SELA_UNSAFE": "1", "SELA_MAX_WORKERS": "1"}


def sela(tmp_path: Path, *argv: object) -> dict[str, Any]:
    """The one object that a command prints."""
    done = subprocess.run(
        [*SELA, *map(str, argv), "--json"],
        cwd=ROOT,
        env=world(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_run_exports_a_model_that_predicts(data: Path, tmp_path: Path) -> None:
    model, output = tmp_path / "model", tmp_path / "predictions.csv"
    small = ("--target", "target", "--rollouts", 2, "--folds", 2)
    found = sela(tmp_path, "run", data, *small, "--export", model)
    assert found["task"]["kind"] == "regression" and found["rollouts"] == 2
    assert found["test_score"] > 0 and found["is_replayed"]
    assert json.loads((model / "scores.json").read_text())
    done = sela(tmp_path, "predict", model, data, "--output", output)
    assert done["n_rows"] == 320
    assert output.read_text().splitlines()[0] == "prediction"


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
async def test_a_host_gets_from_a_table_to_predictions_over_stdio(
    era: str, data: Path, tmp_path: Path
) -> None:
    parameters = StdioServerParameters(
        command=SELA[0], args=[*SELA[1:], "serve"], env=world(tmp_path), cwd=ROOT
    )
    async with Client(parameters, mode=era) as client:
        request = {"dataset": str(data), "target": "target", "rollouts": 2, "folds": 2}
        key = {"search_id": (await call(client, "start_search", **request))["search_id"]}
        state = ""
        while state != "finished":
            state = (await call(client, "step_search", **key, rollouts=2))["state"]
        assert "baseline" in (await call(client, "get_tree", **key))["text"]
        is_final = False
        while not is_final:
            best = await call(client, "get_best_pipeline", **key, finalize=True)
            is_final = best["is_final"]
        assert best["test_interval"][0] < best["test_score"] < best["test_interval"][1]
        output = str(tmp_path / "p.csv")
        done = await call(client, "predict", **key, dataset=str(data), output_path=output)
        assert done["rows"] == 320


@pytest.mark.slow
def test_a_killed_run_goes_on_and_counts_nothing_twice(data: Path, tmp_path: Path) -> None:
    command = [*SELA, "run", str(data), "--target", "target", "--rollouts", "4", "--folds", "2"]
    with subprocess.Popen(
        command, cwd=ROOT, env=world(tmp_path), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if "2/4" in line:
                break
        process.send_signal(signal.SIGKILL)
    (search,) = sela(tmp_path, "list")["searches"]
    assert search["rollouts"] >= 2
    found = sela(tmp_path, "run", "--resume", search["search_id"])
    assert found["rollouts"] == 4 and found["test_score"] is not None
    tree = sela(tmp_path, "tree", search["search_id"])
    assert tree["nodes"][0]["visits"] == 4
