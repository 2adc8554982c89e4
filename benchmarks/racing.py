"""How many fits racing saves, and whether the winner stays the same.

`python -m benchmarks.racing DATA_FOLDER CACHE [--orders 20] [--sweep]`

Replays the searches that `benchmarks.recording` wrote into CACHE: in the order in which the search
tried its candidates, and in random orders. A paired trial is one order, with and without racing;
its winner is the candidate with the best mean over all folds among those not stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.recording import Recording, all_recorded
from sela.evaluation.racing import RacingRule, is_lost


@dataclass(frozen=True)
class Race:
    """What became of one order of candidates."""

    fits: int
    fits_without: int
    is_same_winner: bool
    loss: float
    """How much worse the raced winner is, in standard deviations of the candidates' scores."""


def race(scores: Sequence[Sequence[float]], *, greater_is_better: bool, rule: RacingRule) -> Race:
    """Race candidates in this order; the first is the baseline and is never stopped."""
    sign = 1.0 if greater_is_better else -1.0
    means = [sign * float(np.mean(candidate)) for candidate in scores]
    best, fits, whole = 0, len(scores[0]), [scores[0]]
    for number, candidate in enumerate(scores[1:], start=1):
        count = 1
        while count < len(candidate) and not is_lost(
            candidate[:count],
            scores[best],
            greater_is_better=greater_is_better,
            others=whole,
            rule=rule,
        ):
            count += 1
        fits += count
        if count < len(candidate):
            continue
        whole.append(candidate)
        best = number if means[number] > means[best] else best
    spread = float(np.std(means)) or 1.0
    loss = max(means) - means[best]
    return Race(fits, sum(map(len, scores)), loss <= 1e-12, loss / spread)


def orders_of(recording: Recording, count: int) -> list[list[Sequence[float]]]:
    """Fold scores of a search's candidates, in the search's order and in random ones."""
    whole = [
        c.experiment.fold_scores
        for c in recording.candidates
        if c.experiment.is_eligible and c.out_of_fold is not None
    ]
    rng = np.random.default_rng(recording.seed)
    shuffled = [
        [whole[0], *(whole[i] for i in 1 + rng.permutation(len(whole) - 1))] for _ in range(count)
    ]
    return [whole, *shuffled]


def study(
    recordings: Sequence[Recording], count: int, rule: RacingRule
) -> tuple[list[Race], list[Race]]:
    """Races in the searches' own order, and in random orders."""
    own: list[Race] = []
    random: list[Race] = []
    for recording in recordings:
        task = recording.problem.task
        races = [
            race(
                order,
                greater_is_better=task.greater_is_better,
                rule=rule,
            )
            for order in orders_of(recording, count)
        ]
        own.append(races[0])
        random += races[1:]
    return own, random


def told(name: str, races: Sequence[Race]) -> str:
    """One line of the table."""
    saved = 1 - sum(r.fits for r in races) / sum(r.fits_without for r in races)
    same = np.mean([r.is_same_winner for r in races])
    loss = np.mean([r.loss for r in races])
    return (
        f"{name:<28} {len(races):>5} trials  fits saved {saved:6.1%}  same winner {same:6.1%}  "
        f"mean loss {loss:.4f} sd"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--sweep", action="store_true", help="try other rules too")
    arguments = parser.parse_args()
    recordings = all_recorded(arguments.folder, arguments.cache)
    rules = [RacingRule()]
    if arguments.sweep:
        rules += [
            RacingRule(chance=chance, prior_share=share)
            for chance in (0.05, 0.08, 0.1, 0.12, 0.15, 0.2)
            for share in (0.25, 0.5, 1.0)
        ]
    for rule in rules:
        print(rule)
        own, random = study(recordings, arguments.orders, rule)
        print(told("  in the search's order", own))
        print(told("  in random orders", random))


if __name__ == "__main__":
    main()
