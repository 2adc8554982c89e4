"""How many injected leaks the audit finds, and how often it cries wolf.

`python -m benchmarks.leaks DATA_FOLDER [--sets credit-g,house-prices,segment] [--seeds 1]`

DATA_FOLDER holds one folder for each data set, with train.csv.gz and meta.json (`target`,
`metric`). Ten leaks are injected one at a time: two of each kind, one easier than the other. A leak
counts as found when the audit raises the alarm on its column, or keeps its rows together.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sela.problem.audit import Audit, audit
from sela.problem.infer import Definition, define_task
from sela.problem.table import read_table
from sela.problem.task import Task


@dataclass(frozen=True)
class Data:
    """Features (n, p), encoded target (n,), task."""

    frame: pd.DataFrame
    y: np.ndarray
    task: Task

    def with_column(self, name: str, values: np.ndarray) -> Data:
        return Data(self.frame.assign(**{name: values}), self.y, self.task)

    def rows(self, index: np.ndarray) -> Data:
        return Data(self.frame.iloc[index].reset_index(drop=True), self.y[index], self.task)


Found = Callable[[Audit], bool]
Injection = Callable[[Data, np.random.Generator], tuple[Data, Found]]


def copied_target(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """3 % of the labels wrong, or noise of a tenth of the target's spread."""
    return data.with_column("v17", _copy(data, rng, 0.03, 0.1)), _alarm("v17")


def noisy_copy(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """8 % of the labels wrong, or noise of a quarter of the target's spread."""
    return data.with_column("v17", _copy(data, rng, 0.08, 0.25)), _alarm("v17")


def future_by_name(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """A column that is filled later, by its name, with half of the target's spread as noise."""
    values = _numeric(data, rng) + rng.normal(0, 0.5, len(data.y))
    return data.with_column("final_balance", values), _alarm("final_balance")


def future_by_gaps(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """A column that is mostly filled for the later outcome and mostly empty for the others."""
    limit = data.y.max() if data.task.is_classification else np.median(data.y)
    is_high = data.y >= limit
    filled = is_high ^ (rng.random(len(data.y)) < 0.02)
    values = np.where(filled, rng.gamma(2, 30, len(data.y)).round(1), np.nan)
    return data.with_column("days_to_closure", values), _alarm("days_to_closure")


def sorted_identifier(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """Numbered from 1 in the order of the labels; the rows themselves are shuffled."""
    return data.with_column("nr", 1 + _ranks(data, rng, 0.0)), _alarm("nr")


def coded_identifier(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """A text code whose number follows the labels, loosely."""
    codes = np.array([f"C-{rank:06d}" for rank in 100_000 + 7 * _ranks(data, rng, 0.2)])
    return data.with_column("record", codes), _alarm("record")


def duplicated_rows(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """A tenth of the rows twice."""
    twice, pairs = _duplicated(data, rng)
    return twice, _together(pairs)


def renumbered_duplicates(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """A tenth of the rows twice, each with a number of its own."""
    twice, pairs = _duplicated(data, rng)
    return twice.with_column("row_id", rng.permutation(len(twice.y))), _together(pairs)


def repeated_entity(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """Each row five times with jitter and the same target, as one patient's visits."""
    source = rng.permutation(len(data.y))[: min(len(data.y), 400)]
    rows = rng.permutation(np.repeat(source, 5))
    visits = data.rows(rows)
    frame = visits.frame.copy()
    for name in frame.select_dtypes("number").columns:
        spread = float(frame[name].std()) or 1.0
        frame[name] = frame[name].astype(float) + rng.normal(0, 0.05 * spread, len(frame))
    visits = Data(frame.copy(), visits.y, visits.task)
    return visits.with_column("patient", rng.permutation(len(data.y))[rows]), _grouped("patient")


def silent_entity(data: Data, rng: np.random.Generator) -> tuple[Data, Found]:
    """Neighbours in the target share an entity of about eight rows; its name says nothing."""
    entity = _ranks(data, rng, 0.05) // 8
    names = np.array([f"k{code}" for code in rng.permutation(100_000)])[entity]
    return data.with_column("ref", names), _grouped("ref")


INJECTIONS: tuple[Injection, ...] = (
    copied_target, noisy_copy, future_by_name, future_by_gaps, sorted_identifier, coded_identifier,
    duplicated_rows, renumbered_duplicates, repeated_entity, silent_entity,
)  # fmt: skip


def _copy(data: Data, rng: np.random.Generator, flips: float, noise: float) -> np.ndarray:
    if not data.task.is_classification:
        return data.y + rng.normal(0, noise * data.y.std(), len(data.y))
    other = (data.y + rng.integers(1, len(data.task.classes), len(data.y))) % len(data.task.classes)
    return np.where(rng.random(len(data.y)) < flips, other, data.y)


def _numeric(data: Data, rng: np.random.Generator) -> np.ndarray:
    """The target on a scale of its own, standardised; classes in a shuffled order."""
    order = rng.permutation(len(data.task.classes)) if data.task.kind == "multiclass" else None
    values = (data.y if order is None else order[data.y]).astype(float)
    return (values - values.mean()) / values.std()


def _ranks(data: Data, rng: np.random.Generator, disorder: float) -> np.ndarray:
    values = (
        _numeric(data, rng) + rng.normal(0, disorder, len(data.y)) + 1e-9 * rng.random(len(data.y))
    )
    ranks = np.empty(len(data.y), dtype=np.int64)
    ranks[np.argsort(values)] = np.arange(len(data.y))
    return ranks


def _duplicated(data: Data, rng: np.random.Generator) -> tuple[Data, list[tuple[int, int]]]:
    again = rng.permutation(len(data.y))[: len(data.y) // 10]
    order = rng.permutation(len(data.y) + len(again))
    index = np.concatenate([np.arange(len(data.y)), again])[order]
    place = np.argsort(order)
    pairs = [(int(place[row]), int(place[len(data.y) + i])) for i, row in enumerate(again)]
    return data.rows(index), pairs


def _alarm(column: str) -> Found:
    return lambda a: any(f.severity == "alarm" and column in f.columns for f in a.findings)


def _grouped(column: str) -> Found:
    return lambda a: a.suggested_group == column


def _together(pairs: list[tuple[int, int]]) -> Found:
    def found(a: Audit) -> bool:
        told = any(f.kind == "duplicates" for f in a.findings)
        return told and a.units is not None and all(a.units[i] == a.units[j] for i, j in pairs)

    return found


def load(folder: Path) -> Data:
    """One data set of DATA_FOLDER."""
    meta = json.loads((folder / "meta.json").read_text())
    frame = read_table(folder / "train.csv.gz")
    task: Definition = define_task(frame, meta["target"], meta["metric"].replace(" ", "_"))
    return Data(task.keep(frame), task.y, task.task)


def find_leaks(data: Data, seed: int) -> dict[str, bool]:
    """Inject each leak alone, and tell whether it was found."""
    found: dict[str, bool] = {}
    for number, inject in enumerate(INJECTIONS):
        leaky, is_found = inject(data, np.random.default_rng((seed, number)))
        found[inject.__name__] = is_found(audit(leaky.frame, leaky.y, leaky.task, seed=seed))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default="credit-g,house-prices,segment")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    folders = sorted(p.parent for p in options.folder.glob("*/meta.json"))
    chosen = [f for f in folders if options.sets == "all" or f.name in options.sets.split(",")]
    print("| set | seed | " + " | ".join(i.__name__ for i in INJECTIONS) + " | found |")
    print("|---" * (len(INJECTIONS) + 3) + "|")
    total = 0
    for folder in chosen:
        for seed in range(options.seeds):
            found = find_leaks(load(folder), seed)
            total += sum(found.values())
            marks = " | ".join("found" if f else "MISSED" for f in found.values())
            print(
                f"| {folder.name} | {seed} | {marks} | {sum(found.values())}/{len(found)} |",
                flush=True,
            )
    print(f"\nFound {total} of {len(chosen) * options.seeds * len(INJECTIONS)} injected leaks.\n")
    false_alarms(folders)


def false_alarms(folders: list[Path]) -> None:
    """Alarms on the sets as they are, and what an audit costs."""
    print("| set | rows | columns | alarms | warnings | seconds |\n|---|---|---|---|---|---|")
    alarms = 0
    for folder in folders:
        data, started = load(folder), time.process_time()
        outcome = audit(data.frame, data.y, data.task)
        seconds = time.process_time() - started
        raised = [
            f"{f.kind} {', '.join(f.columns)}" for f in outcome.findings if f.severity == "alarm"
        ]
        warned = [f.kind for f in outcome.findings if f.severity == "warning"]
        alarms += len(raised)
        shape = f"{data.frame.shape[0]} | {data.frame.shape[1]}"
        told = f"{raised or '-'} | {', '.join(warned) or '-'}"
        print(f"| {folder.name} | {shape} | {told} | {seconds:.2f} |", flush=True)
    print(f"\n{alarms} false alarms on {len(folders)} sets.")


if __name__ == "__main__":
    main()
