"""The command line, with the scripted engine behind it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandboxes.base import SandboxError
from server.cli import main
from tests.server.scripted_engine import PNG, ScriptedEngine

ROOT = Path(__file__).parents[2]
FIXED_KEYS = [
    "search_id",
    "task",
    "designer",
    "strategy",
    "sandbox_tier",
    "rollouts",
    "failed_rollouts",
    "baseline_score",
    "best_score",
    "test_score",
    "test_interval",
    "gain",
    "optimism_gap",
    "compute_seconds",
    "wall_seconds",
    "cost_usd",
    "export",
]
Sela = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sela(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sela:
    """Runs a command; gives the exit code, stdout and stderr."""
    engine = ScriptedEngine()

    def run(*argv: object) -> tuple[int, str, str]:
        code = main([*map(str, argv), "--home", str(tmp_path / "home")], lambda _: engine)
        return code, *capsys.readouterr()

    return run


def loaded(result: tuple[int, str, str]) -> dict[str, Any]:
    """The one object on stdout of a command that must succeed."""
    code, out, err = result
    assert code == 0, err
    assert out.count("\n") == 1
    return json.loads(out)


def test_run_prints_one_object_with_the_fixed_keys(sela: Sela) -> None:
    data = loaded(sela("run", "/d/a.csv", "--target", "class", "--rollouts", 5, "--json"))
    assert next(iter(data)) == "search_id" and set(FIXED_KEYS) <= set(data)
    assert data["task"] == {
        "kind": "binary",
        "metric": "f1",
        "greater_is_better": True,
        "target": "class",
        "positive": "bad",
    }
    assert data["rollouts"] == 5 and data["failed_rollouts"] == 1
    assert data["test_score"] == pytest.approx(0.54) and data["export"] is None
    assert data["test_interval"] == pytest.approx([0.5, 0.58])


def test_run_tells_a_person_the_result_and_what_comes_next(sela: Sela, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    code, out, err = sela(
        "run", "/d/a.csv", "--target", "class", "--rollouts", 5, "--export", folder
    )
    assert code == 0
    for told in [
        "baseline",
        "no real gain shown",
        "12 rows appear twice",
        "sealed test F1: 0.540",
        "optimism gap",
        f"sela predict {folder} NEW.csv",
        "Try idea number 5",
    ]:
        assert told in out, told
    assert "5/5" in err and "Rollout 5 ended." in err


def test_quiet_runs_say_nothing_on_stderr(sela: Sela) -> None:
    assert sela("run", "/d/a.csv", "--target", "class", "--quiet")[2] == ""


def test_options_of_run_reach_the_engine(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    options = (
        "run /d/a.csv --target class --metric roc_auc --positive bad --rollouts 3 --max-seconds 9 "
        "--max-usd 2 --designer auto --strategy mcts --workers 2 --seed 7 --folds 4 "
        "--test-fraction 0.3 --group g --time t --fold-column f --test-data x.csv --drop a "
        "--drop b --keep * --description words --no-racing --quiet"
    )
    assert main([*options.split(), "--home", str(tmp_path)], lambda _: engine) == 0
    request = engine.scripted["s1"].request
    assert (request.metric, request.positive, request.designer) == ("roc_auc", "bad", "auto")
    assert (request.max_seconds, request.max_usd, request.workers) == (9, 2, 2)
    assert (request.seed, request.folds, request.test_fraction) == (7, 4, 0.3)
    assert (request.group, request.time, request.fold_column) == ("g", "t", "f")
    assert (request.test_data, request.drop, request.keep) == ("x.csv", ("a", "b"), ("*",))
    assert not request.racing


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["run", "/d/missing.csv", "--target", "t"], "There is no file"),
        (["run", "/d/a.csv"], "--target"),
        (["run", "/d/a.csv", "--target", "t", "--rollouts", "0"], "less than 1"),
        (["run", "/d/a.csv", "--target", "t", "--strategy", "x"], "guided"),
        (["run", "/d/a.csv", "--target", "t", "--max-usd", "nan"], "--max-usd"),
        (["tree", "zz"], "No search 'zz'"),
        (["best", "zz"], "No search 'zz'"),
        (["predict", "d", "a.csv", "--output", "a.csv"], "overwrite"),
        (["explode"], "explode"),
        ([], "COMMAND"),
    ],
)
def test_a_wrong_request_is_one_line_and_code_two(sela: Sela, argv: list[str], told: str) -> None:
    code, out, err = sela(*argv)
    assert code == 2 and out == ""
    assert err.startswith("sela: ") and err.count("\n") == 1 and told in err
    code, out, err = sela(*argv, "--json")
    assert code == 2 and told in json.loads(out)["error"]


def test_list_tree_and_best_show_what_run_left(sela: Sela, tmp_path: Path) -> None:
    assert "No searches yet" in sela("list")[1]
    sela("run", "/d/a.csv", "--target", "class", "--rollouts", 3, "--quiet")
    assert "s1  finished  3/3" in sela("list")[1]
    assert loaded(sela("list", "--json"))["searches"][0]["search_id"] == "s1"
    html, png = tmp_path / "t.html", tmp_path / "t.png"
    assert "Try idea number 3" in sela("tree", "s1", "--html", html, "--png", png)[1]
    assert "Tree s1" in html.read_text() and png.read_bytes() == PNG
    assert len(loaded(sela("tree", "s1", "--json"))["nodes"]) == 4
    assert "def build(profile)" in sela("best", "s1")[1]
    assert loaded(sela("best", "s1", "--json"))["test_uses"] == 1


def test_sealed_rows_are_used_again_only_for_a_reason(sela: Sela) -> None:
    sela("run", "/d/a.csv", "--target", "class", "--rollouts", 3, "--quiet")
    assert loaded(sela("best", "s1", "--reopen", "a bug", "--json"))["test_uses"] == 2


def test_an_export_never_replaces_what_it_did_not_write(sela: Sela, tmp_path: Path) -> None:
    run = ("run", "/d/a.csv", "--target", "class", "--rollouts", 2, "--quiet", "--export")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    assert "other files" in sela(*run, tmp_path / "mine", "--overwrite")[2]
    assert sela(*run, tmp_path / "model")[0] == 0
    assert "--overwrite" in sela(*run, tmp_path / "model")[2]
    assert sela(*run, tmp_path / "model", "--overwrite")[0] == 0


def test_predict_says_what_it_wrote(sela: Sela, tmp_path: Path) -> None:
    output = tmp_path / "p.csv"
    data = loaded(sela("predict", "model", "/d/b.csv", "--output", output, "--json"))
    assert data["output"] == str(output) and data["n_rows"] == 1 and output.exists()


def test_a_search_without_any_working_pipeline_is_a_failure_that_says_so(
    sela: Sela, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hopeless(ScriptedEngine):
        def _rollout(self, number: int):  # type: ignore[no-untyped-def]
            return super()._rollout(4)

    argv = ["run", "/d/a.csv", "--target", "class", "--quiet", "--home", str(tmp_path)]
    assert main(argv, lambda _: Hopeless()) == 1
    assert "all 20 rollouts failed" in capsys.readouterr().err


def test_a_sandbox_that_does_not_open_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Unwalled(ScriptedEngine):
        async def run_search(self, search_id: str, **_: object):  # type: ignore[no-untyped-def]
            raise SandboxError("A kernel did not start.")

    argv = ["run", "/d/a.csv", "--target", "class", "--json", "--home", str(tmp_path)]
    assert main(argv, lambda _: Unwalled()) == 1
    assert "sela doctor" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_paused_and_says_how_to_go_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.server.scripted_main", "run", "/d/a.csv"]
    environment = {**os.environ, "SELA_HOME": str(tmp_path)}
    with subprocess.Popen(
        [*command, "--target", "class", "--rollouts", "500"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stderr
        for line in process.stderr:
            if "Rollout 1 ended" in line:
                break
        process.send_signal(number)
        out, err = process.stdout.read(), process.stderr.read()
        assert process.wait(timeout=20) == 130
    assert out == "" and "sela run --resume s2" in err.splitlines()[-1]


def test_a_search_is_resumed_by_its_id(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.scripted_main", "run", "--resume", "s0", "--json"],
        cwd=ROOT,
        env={**os.environ, "SELA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rollouts"] == 8
    assert "a chatty library" in done.stderr
