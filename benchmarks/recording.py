"""Searches recorded once without racing, so that racing, ensembles and choices can be replayed.

`python -m benchmarks.recording DATA_FOLDER CACHE [--seeds 0,1,2] [--rollouts 16] [--sets a,b]
[--rows 1500] [--folds 5] [--quick]`

DATA_FOLDER holds a folder for each data set, with train, dev and test .csv.gz and meta.json. Each
search gets 40 % of a set, `--rows` at most; on the others, 3,000 rows at most, every candidate
is scored too after a fit on all the search's rows. Without `--folds`, folds are dealt as a search
would: twice five below 1,000 rows. Goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.in_process import InProcessSandbox
from benchmarks.small_searches import SETS, Table, bench_of, load, problem_of, searched
from sela.evaluation.out_of_fold import OutOfFold
from sela.evaluation.racing import NEVER
from sela.experiments.experiment import Experiment
from sela.experiments.finalists import Candidate
from sela.live.problem import Problem
from sela.problem.metrics import score
from sela.problem.prediction import Prediction
from sela.store.codec import from_json, to_json

SHARE = 0.4
MAX_UNSEEN = 3_000


@dataclass(frozen=True)
class Recording:
    """One search, and what its candidates say of the sealed and of many unseen rows."""

    name: str
    seed: int
    problem: Problem
    candidates: tuple[Candidate, ...]
    """Failed ones included."""
    later: dict[int, Prediction]
    """By rollout: predictions of the sealed rows, then of the unseen ones."""
    later_y: np.ndarray
    n_sealed: int


def table_of(folder: Path, name: str, seed: int, rows: int) -> Table:
    """The part that is searched on, at most `rows`, and the other."""
    whole = load(folder, name, rows=10**9, seed=seed)
    return load(folder, name, rows=min(rows, int(SHARE * len(whole.frame))), seed=seed)


def later_rows(problem: Problem, table: Table) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Features and encoded targets of the sealed rows and of the unseen ones after them."""
    unseen = table.unseen.iloc[:MAX_UNSEEN]
    y = unseen[table.target].to_numpy()
    if problem.task.is_classification:
        codes = {str(label): code for code, label in enumerate(problem.task.classes)}
        y = np.array([codes.get(str(label), -1) for label in y])
    known = y >= 0 if problem.task.is_classification else np.isfinite(y)
    sealed, sealed_y = problem.sealed
    frame = pd.concat([sealed, unseen.loc[known, list(sealed.columns)]], ignore_index=True)
    return frame, np.concatenate([sealed_y, y[known]]), len(sealed)


async def record(
    folder: Path,
    cache: Path,
    name: str,
    seed: int,
    *,
    rollouts: int,
    rows: int,
    folds: int | None,
    is_quick: bool,
) -> None:
    """Run one search and write it down."""
    table = table_of(folder, name, seed, rows)
    problem = problem_of(table, seed, folds=folds)
    candidates = await searched(
        problem, rollouts=rollouts, seed=seed, rule=NEVER, is_quick=is_quick
    )
    frame, _, _ = later_rows(problem, table)
    bench, target = bench_of(problem, seed), cache / f"{name}-{seed}"
    target.mkdir(parents=True, exist_ok=True)
    for candidate in candidates:
        if candidate.out_of_fold is None:
            continue
        fit = await bench.fit(InProcessSandbox(), candidate.code, bench.splits.search, [frame])
        if fit.failure is None:
            (target / f"oof-{candidate.rollout}.npz").write_bytes(candidate.out_of_fold.to_bytes())
            later = OutOfFold((fit.predictions[0],)).to_bytes()
            (target / f"later-{candidate.rollout}.npz").write_bytes(later)
    experiments = [to_json(candidate.experiment) for candidate in candidates]
    told = {"rows": rows, "folds": folds, "experiments": experiments}
    (target / "experiments.json").write_text(json.dumps(told))


def recorded(folder: Path, cache: Path, name: str, seed: int) -> Recording:
    """Read a search back."""
    source = cache / f"{name}-{seed}"
    written = json.loads((source / "experiments.json").read_text())
    table = table_of(folder, name, seed, written["rows"])
    problem = problem_of(table, seed, folds=written["folds"])
    _, later_y, n_sealed = later_rows(problem, table)
    candidates: list[Candidate] = []
    later: dict[int, Prediction] = {}
    for number, told in enumerate(written["experiments"], start=1):
        answers = source / f"oof-{number}.npz"
        out_of_fold = OutOfFold.from_bytes(answers.read_bytes()) if answers.exists() else None
        candidates.append(Candidate(number, from_json(Experiment, told), out_of_fold))
        if out_of_fold is not None:
            data = (source / f"later-{number}.npz").read_bytes()
            later[number] = OutOfFold.from_bytes(data).predictions[0]
    return Recording(name, seed, problem, tuple(candidates), later, later_y, n_sealed)


def all_recorded(folder: Path, cache: Path) -> list[Recording]:
    """Every search that was written down, but those whose rows would be dealt otherwise today."""
    found = sorted(path.parent.name for path in cache.glob("*/experiments.json"))
    pairs = [name.rsplit("-", 1) for name in found]
    read = [recorded(folder, cache, name, int(seed)) for name, seed in pairs]
    for recording in read:
        if not _is_dealt_alike(recording):
            print(f"{recording.name} seed {recording.seed}: dealt otherwise today; left out")
    return [recording for recording in read if _is_dealt_alike(recording)]


def _is_dealt_alike(recording: Recording) -> bool:
    """Whether the baseline's answers still get the scores that were written beside them."""
    problem, baseline = recording.problem, recording.candidates[0]
    if baseline.out_of_fold is None or len(recording.later[1]) != len(recording.later_y):
        return False
    folds, said = problem.splits.folds, baseline.out_of_fold.predictions
    if [len(fold.valid) for fold in folds] != [len(prediction) for prediction in said]:
        return False
    pairs = zip(folds, said, strict=True)
    again = [score(problem.task, problem.target[fold.valid], part) for fold, part in pairs]
    return bool(np.allclose(again, baseline.experiment.fold_scores))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--rollouts", type=int, default=16)
    parser.add_argument("--rows", type=int, default=1_500)
    parser.add_argument("--folds", type=int)
    parser.add_argument("--quick", action="store_true", help="leave out slower insights")
    parser.add_argument("--sets", default=",".join(SETS))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    for seed in map(int, arguments.seeds.split(",")):
        for name in arguments.sets.split(","):
            if (arguments.cache / f"{name}-{seed}" / "experiments.json").exists():
                continue
            started = time.perf_counter()
            await record(
                arguments.folder,
                arguments.cache,
                name,
                seed,
                rollouts=arguments.rollouts,
                rows=arguments.rows,
                folds=arguments.folds,
                is_quick=arguments.quick,
            )
            print(name, seed, f"{time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
