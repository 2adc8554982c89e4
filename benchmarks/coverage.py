"""Whether the final number holds: its interval and its optimism, against a large unseen part.

`python -m benchmarks.coverage DATA_FOLDER CACHE`

Replays the searches that `benchmarks.recording` wrote into CACHE. The model is the ensemble if it
passes its guard, else the best by search score; it is scored on the sealed rows, with an
interval. The truth is its score on the unseen rows, at least five times as many. For contrast,
the same sealed rows used as a hold-out: the candidate with the best score on them reports it.
Optimism is told in standard errors, so that metrics can be pooled: those of a score on as many of
the unseen rows. The sealed rows' own error is small whenever they are easy, which would make what
is optimistic by chance look more so.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.recording import Recording, all_recorded
from sela.evaluation.bootstrap import LEVEL, gain_interval, score_interval
from sela.evaluation.ensemble import choose_ensemble
from sela.problem.metrics import score
from sela.problem.prediction import Prediction

DRAWS = 200


@dataclass(frozen=True)
class Number:
    """One reported number against the truth."""

    reported: float
    truth: float
    covers: bool
    gain_covers: bool
    optimism: float
    """Positive when the number was too good, in standard errors of a score on so many rows."""


def final_number(recording: Recording) -> Number:
    """The number as `finalize` makes it."""
    return _number(recording, _chosen(recording))


def best_hold_out(recording: Recording) -> Number:
    """The number of whoever looks best on the sealed rows."""
    task, rows = recording.problem.task, np.arange(recording.n_sealed)
    sign = 1.0 if task.greater_is_better else -1.0
    best = max(
        recording.later.values(),
        key=lambda said: sign * score(task, recording.later_y[rows], said.rows(rows)),
    )
    return _number(recording, best)


def _chosen(recording: Recording) -> Prediction:
    problem, task = recording.problem, recording.problem.task
    sign = 1.0 if task.greater_is_better else -1.0
    library = {
        c.rollout: c.out_of_fold
        for c in recording.candidates
        if c.out_of_fold is not None and c.experiment.is_eligible
    }
    scores = {c.rollout: sign * (c.experiment.score or 0) for c in recording.candidates}
    single = max(library, key=lambda rollout: scores[rollout])
    choice = choose_ensemble(task, problem.target, problem.splits.folds, library)
    return (
        choice.blend.combine(task, recording.later) if choice.is_taken else recording.later[single]
    )


def _number(recording: Recording, said: Prediction) -> Number:
    task, y = recording.problem.task, recording.later_y
    sign = 1.0 if task.greater_is_better else -1.0
    sealed, unseen = np.arange(recording.n_sealed), np.arange(recording.n_sealed, len(y))
    rng, baseline = np.random.default_rng(recording.seed), recording.later[1]
    interval = score_interval(task, y[sealed], said.rows(sealed), rng)
    gains = gain_interval(task, y[sealed], said.rows(sealed), baseline.rows(sealed), rng)
    reported = score(task, y[sealed], said.rows(sealed))
    truth = score(task, y[unseen], said.rows(unseen))
    gain = sign * (truth - score(task, y[unseen], baseline.rows(unseen)))
    draws = [rng.choice(unseen, size=len(sealed)) for _ in range(DRAWS)]
    error = float(np.std([score(task, y[rows], said.rows(rows)) for rows in draws]))
    return Number(
        reported,
        truth,
        interval.low <= truth <= interval.high,
        gains.low <= gain <= gains.high,
        sign * (reported - truth) / error if error > 0 else 0.0,
    )


def told(name: str, numbers: Sequence[Number]) -> str:
    """Coverage and mean optimism, each with its standard error."""
    n = len(numbers)
    share = np.mean([number.covers for number in numbers])
    gains = np.mean([number.gain_covers for number in numbers])
    optimism = np.array([number.optimism for number in numbers])
    error = optimism.std(ddof=1) / np.sqrt(n)
    return (
        f"{name:<22} n = {n}: {LEVEL:.0%} interval covers {share:.1%}, that of the gain "
        f"{gains:.1%}; mean optimism {optimism.mean():+.2f} ± {error:.2f} "
        "standard errors"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    arguments = parser.parse_args()
    recordings = [r for r in all_recorded(arguments.folder, arguments.cache) if r.n_sealed]
    finals = [final_number(recording) for recording in recordings]
    for recording, number in zip(recordings, finals, strict=True):
        print(
            f"{recording.name:<36} seed {recording.seed}  reported {number.reported:.4f}  truth "
            f"{number.truth:.4f}  {'covered' if number.covers else 'MISSED'}"
        )
    print(told("final number", finals))
    print(told("best hold-out score", [best_hold_out(recording) for recording in recordings]))


if __name__ == "__main__":
    main()
