"""Sela on a folder of data sets, beside what other systems reached on the same parts.

    python -m benchmarks DATA_FOLDER [--sets a,b] [--seconds 60] [--workers 2] [--json FILE]

Each set is a folder with train, dev and test parts (`*.csv.gz`) and a `meta.json` (target, metric,
pos_label). A search sees train and dev; its exported pipeline then predicts the test part through
the command line, as a user would. `baselines.json` in the folder is shown beside it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sela.experiments.bench import constant_prediction
from sela.live.own_test import encode
from sela.problem.infer import define_task
from sela.problem.metrics import score
from sela.problem.prediction import Prediction

SELA = [sys.executable, "-m", "server"]
RIVALS = ("lgbm", "lgbm_thr", "flaml60", "ag_medium_120")


@dataclass(frozen=True)
class Row:
    """One data set: scores on its test part, in the metric's own unit."""

    dataset: str
    metric: str
    constant: float
    sela: float | None
    own_estimate: float | None
    rollouts: int
    failed: int
    wall_seconds: float
    error: str = ""


def main() -> None:
    """Run every set and print a table as it grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default="")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    names = (
        args.sets.split(",") if args.sets else sorted(p.parent.name for p in _metas(args.folder))
    )
    rivals = _rivals(args.folder)
    print(f"| set | metric | constant | sela | its own estimate | {' | '.join(RIVALS)} | run |")
    print(f"|---|---|---|---|---|{'---|' * len(RIVALS)}---|", flush=True)
    rows = [_show(_run(args.folder / name, args.seconds, args.workers), rivals) for name in names]
    if args.json:
        args.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def _run(folder: Path, seconds: float, workers: int) -> Row:
    meta = json.loads((folder / "meta.json").read_text())
    parts = {p: pd.read_csv(folder / f"{p}.csv.gz") for p in ("train", "dev", "test")}
    seen = pd.concat([parts["train"], parts["dev"]], ignore_index=True)
    constant, judge = _judge(meta, seen, parts["test"])
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        seen.to_csv(home / "seen.csv", index=False)
        parts["test"].drop(columns=[meta["target"]]).to_csv(home / "test.csv", index=False)
        wishes = ["--target", meta["target"], "--metric", meta["metric"]]
        if meta.get("pos_label") is not None:
            wishes += ["--positive", str(meta["pos_label"])]
        told = _sela(
            home, "run", "seen.csv", *wishes, "--rollouts", "500", "--max-seconds", str(seconds),
            "--workers", str(workers), "--export", "out", "--json",
        )  # fmt: skip
        if "error" not in told:
            told |= _sela(home, "predict", "out", "test.csv", "--output", "p.csv", "--json")
        wall = time.monotonic() - started
        ours = None if "error" in told else judge(pd.read_csv(home / "p.csv"))
    return Row(
        folder.name,
        meta["metric"],
        constant,
        ours,
        told.get("test_score"),
        told.get("rollouts", 0),
        told.get("failed_rollouts", 0),
        wall,
        str(told.get("error", "")),
    )


def _judge(meta: dict[str, Any], seen: pd.DataFrame, test: pd.DataFrame):
    """The constant's score, and a function that scores a table of predictions."""
    positive = meta.get("pos_label")
    definition = define_task(
        seen, meta["target"], meta["metric"], None if positive is None else str(positive)
    )
    task = definition.task
    truth = encode(task, test[meta["target"]])
    truth = truth.astype(np.int64) if task.is_classification else truth
    constant = score(task, truth, constant_prediction(task, definition.y, len(truth)))

    def judge(table: pd.DataFrame) -> float:
        said = encode(task, table["prediction"])
        if not task.is_classification:
            return score(task, truth, Prediction(values=said))
        return score(task, truth, Prediction(labels=said.astype(np.int64)))

    return constant, judge


def _sela(home: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [*SELA, *arguments, "--home", str(home / "home")],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"error": (done.stderr or done.stdout).strip()[-300:]}


def _show(row: Row, rivals: dict[tuple[str, str], float]) -> Row:
    others = [rivals.get((row.dataset, method)) for method in RIVALS]
    told = " | ".join("-" if v is None else f"{v:.4g}" for v in others)
    ours = row.error if row.sela is None else f"{row.sela:.4g}"
    own = "-" if row.own_estimate is None else f"{row.own_estimate:.4g}"
    run = f"{row.rollouts} rollouts ({row.failed} failed), {row.wall_seconds:.0f} s"
    print(
        f"| {row.dataset} | {row.metric} | {row.constant:.4g} | {ours} | {own} | {told} | {run} |",
        flush=True,
    )
    return row


def _metas(folder: Path) -> list[Path]:
    return list(folder.glob("*/meta.json"))


def _rivals(folder: Path) -> dict[tuple[str, str], float]:
    path = folder / "baselines.json"
    if not path.exists():
        return {}
    return {(r["dataset"], r["method"]): r["score"] for r in json.loads(path.read_text())}


if __name__ == "__main__":
    main()
