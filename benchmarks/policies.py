"""Regret of the search strategies. Run: python -m benchmarks.policies [--tables CACHE]

Regret is the value of the best configuration less the true value of the one with the best score,
in standard deviations of the values: 0 is perfect. On synthetic trees, or with `--tables` on real
scores that `benchmarks.score_tables` has collected.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.score_tables import read_tables
from benchmarks.synthetic_trees import SETTINGS, SyntheticTree
from sela.design.insight import Configuration, Insight
from sela.search.search import Search
from sela.search.strategies import STRATEGIES

CHECKPOINTS = (5, 10, 20, 40)


class World(Protocol):
    """What is searched, and what is true of it; greater is better."""

    insights: Sequence[Insight]

    @property
    def best(self) -> float: ...

    def value(self, configuration: Configuration) -> float: ...

    def score(self, configuration: Configuration) -> float | None: ...


def regrets(world: World, strategy: str, seed: int) -> list[float]:
    """The regret at each checkpoint of one search."""
    search = Search(strategy, seed, True, world.insights)
    best_score, best_value, found = -np.inf, 0.0, []
    for rollout in range(1, CHECKPOINTS[-1] + 1):
        ask = search.ask()
        if ask is not None:
            score = world.score(ask.configuration)
            search.tell(ask.rollout, score, 1.0)
            if score is not None and score > best_score:
                best_score, best_value = score, world.value(ask.configuration)
        if rollout in CHECKPOINTS:
            found.append(world.best - best_value)
    return found


def table(
    worlds: Mapping[str, Callable[[int], World]], strategies: Sequence[str], repeats: int
) -> str:
    """Mean regret with its standard error at 20 rollouts, in Markdown."""
    head = " | ".join(f"N={n}" for n in CHECKPOINTS)
    lines = [f"| world | strategy | {head} | se at 20 |", "|---" * (len(CHECKPOINTS) + 3) + "|"]
    for (name, world), strategy in product(worlds.items(), strategies):
        runs = np.array([regrets(world(seed), strategy, seed) for seed in range(repeats)])
        cells = " | ".join(f"{mean:.2f}" for mean in runs.mean(axis=0))
        error = runs[:, CHECKPOINTS.index(20)].std() / np.sqrt(repeats)
        lines.append(f"| {name} | {strategy} | {cells} | {error:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--settings", nargs="+", default=[s.name for s in SETTINGS])
    parser.add_argument("--tables", type=Path, default=None)
    arguments = parser.parse_args()
    worlds: dict[str, Callable[[int], World]]
    if arguments.tables is None:
        chosen = [s for s in SETTINGS if s.name in arguments.settings]
        worlds = {s.name: lambda seed, s=s: SyntheticTree(s, seed) for s in chosen}
    else:
        read = read_tables(arguments.tables)
        worlds = {name: lambda _, t=t: t for name, t in read.items()}
    start = time.perf_counter()
    print(table(worlds, arguments.strategies, arguments.repeats))
    print(f"\n{arguments.repeats} repeats of each, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
