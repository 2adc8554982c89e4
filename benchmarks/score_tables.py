"""Tables of real scores for `benchmarks.policies`: every configuration of a part of the playbook.

`python -m benchmarks.score_tables DATA_FOLDER CACHE [--sets a,b] [--rows 400]`

For each configuration the mean score of the folds (what a search sees) and the score on the rows
that are left over (what it is worth). Goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
import warnings
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from benchmarks.in_process import InProcessSandbox
from benchmarks.recording import later_rows
from benchmarks.small_searches import (
    Table,
    bench_of,
    code_of,
    insights_of,
    load,
    problem_of,
)
from sela.design.insight import MODEL_STAGES, Configuration, Insight, Stage
from sela.evaluation.racing import NEVER
from sela.experiments.experimenter import Experimenter
from sela.live.problem import Problem
from sela.problem.metrics import score
from sela.store.codec import from_json, to_json

SETS = ("credit-g", "boston", "concrete-strength", "titanic")
WIDTHS: Mapping[Stage, int] = {
    "data_preprocessing": 3,
    "feature_engineering": 3,
    "model_training": 5,
    "model_evaluation": 1,
}
"""The most promising insights of each stage that are in a table."""
FOLDS = 3


async def pool_of(problem: Problem) -> tuple[Insight, ...]:
    """The insights of a table, the most promising of each stage."""
    found: list[Insight] = []
    insights = await insights_of(problem)
    for stage in MODEL_STAGES:
        ranked = sorted((i for i in insights if i.stage == stage), key=lambda i: -i.prior)
        found.extend(ranked[: WIDTHS[stage]])
    return tuple(found)


def configurations(pool: tuple[Insight, ...]) -> Iterator[Configuration]:
    """All of them."""
    choices = [(None, *(i.id for i in pool if i.stage == stage)) for stage in MODEL_STAGES]
    for key in product(*choices):
        yield Configuration((None, *key))


async def fill(table: Table, path: Path, seed: int) -> None:
    """Score what is not in the file yet: a line of JSON for each configuration."""
    problem = problem_of(table, seed, folds=FOLDS)
    pool = await pool_of(problem)
    by_id = {insight.id: insight for insight in pool}
    later, later_y, _ = later_rows(problem, table)
    told = {
        "greater_is_better": problem.task.greater_is_better,
        "insights": [to_json(insight) for insight in pool],
    }
    path.with_suffix(".pool.json").write_text(json.dumps(told))
    done = {tuple(json.loads(line)["key"]) for line in _lines(path)}
    bench = bench_of(problem, seed)
    experimenter = Experimenter(bench, NEVER)
    with path.open("a") as file:
        for configuration in configurations(pool):
            if configuration.model_key in done:
                continue
            code = code_of(configuration, by_id)
            experiment, _ = await experimenter.run(InProcessSandbox(), configuration, code)
            fit = await bench.fit(InProcessSandbox(), code, bench.splits.search, [later])
            worth = score(problem.task, later_y, fit.predictions[0]) if fit.predictions else None
            row = {"key": configuration.model_key, "seen": experiment.score, "worth": worth}
            file.write(json.dumps(row) + "\n")
            file.flush()


class ScoreTable:
    """A table that is read back. Values are in standard deviations, greater is better."""

    def __init__(self, path: Path) -> None:
        told = json.loads(path.with_suffix(".pool.json").read_text())
        rows = [json.loads(line) for line in _lines(path)]
        known = [row["worth"] for row in rows if row["worth"] is not None]
        sign = 1.0 if told["greater_is_better"] else -1.0
        self.insights = tuple(from_json(Insight, insight) for insight in told["insights"])
        self._scores = {tuple(row["key"]): _signed(row["seen"], sign) for row in rows}
        spread = statistics.pstdev(known)
        self._values = {
            tuple(row["key"]): sign * row["worth"] / spread
            for row in rows
            if row["worth"] is not None
        }

    @property
    def is_complete(self) -> bool:
        """Whether every configuration was scored."""
        return len(self._scores) == len(list(configurations(self.insights)))

    @property
    def best(self) -> float:
        """The value of the best configuration."""
        return max(self._values.values())

    def value(self, configuration: Configuration) -> float:
        """On the rows that the search did not see."""
        return self._values[configuration.model_key]

    def score(self, configuration: Configuration) -> float | None:
        """What the search was told; None for a failure."""
        failed = configuration.model_key not in self._values
        return None if failed else self._scores[configuration.model_key]


def read_tables(cache: Path) -> dict[str, ScoreTable]:
    """The complete tables of a folder, by name."""
    found = {path.stem: ScoreTable(path) for path in sorted(cache.glob("*.jsonl"))}
    return {name: table for name, table in found.items() if table.is_complete}


def _signed(value: float | None, sign: float) -> float | None:
    return None if value is None else sign * value


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--rows", type=int, default=400)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    for name in arguments.sets.split(","):
        started = time.perf_counter()
        table = load(arguments.folder, name, rows=arguments.rows, seed=0)
        await fill(table, arguments.cache / f"{name}.jsonl", seed=0)
        print(name, f"{time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
