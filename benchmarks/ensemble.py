"""The ensemble against the single best, on rows that neither was chosen or fitted on.

`python -m benchmarks.ensemble DATA_FOLDER CACHE [--margins 0,0.25,0.5,1]`

Replays the searches that `benchmarks.recording` wrote into CACHE. For each set the mean over its
seeds of the ensemble's gain on the unseen rows (positive is better; nothing where the guard keeps
the single best), with its standard error by bootstrap over these rows.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.recording import Recording, all_recorded
from sela.evaluation.ensemble import choose_ensemble
from sela.problem.metrics import UndefinedScoreError, score

RESAMPLES = 200


@dataclass(frozen=True)
class Outcome:
    """What the ensemble of one search brought on unseen rows, and how sure its guard was."""

    gain: float
    standard_error: float
    errors: float
    """The nested gain in corrected standard errors, which the guard compares with its margin."""
    members: int


def measure(recording: Recording) -> Outcome:
    """Choose an ensemble by out-of-fold predictions; judge it on the later rows."""
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
    ours = choice.blend.combine(task, recording.later)
    alone, y = recording.later[single], recording.later_y

    def gain(rows: np.ndarray) -> float:
        return sign * (
            score(task, y[rows], ours.rows(rows)) - score(task, y[rows], alone.rows(rows))
        )

    rows, rng = np.arange(len(y)), np.random.default_rng(0)
    resampled: list[float] = []
    for _ in range(RESAMPLES):
        try:
            resampled.append(gain(rng.choice(rows, len(rows))))
        except UndefinedScoreError:
            continue
    error = choice.comparison.standard_error
    return Outcome(
        gain(rows),
        float(np.std(resampled)),
        choice.comparison.difference / error if error > 0 else 0.0,
        len(choice.blend.weights),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--margins", default="-9,0,0.25,0.5,0.75,1.0")
    arguments = parser.parse_args()
    found: defaultdict[str, list[Outcome]] = defaultdict(list)
    for recording in all_recorded(arguments.folder, arguments.cache):
        found[recording.name].append(measure(recording))
    for name, outcomes in found.items():
        told = "  ".join(
            f"{o.gain:+.4f} ± {o.standard_error:.4f} (nested {o.errors:+.2f} SE, {o.members})"
            for o in outcomes
        )
        print(f"{name:<36} {told}")
    for margin in map(float, arguments.margins.split(",")):
        summarize(found, margin)


def summarize(found: dict[str, list[Outcome]], margin: float) -> None:
    """One line: on how many sets it is better, and on how many worse by more than its error."""
    better, worse, taken = 0, 0, 0
    for outcomes in found.values():
        kept = [o if o.errors > margin and o.members > 1 else None for o in outcomes]
        taken += sum(o is not None for o in kept)
        gain = np.mean([0.0 if o is None else o.gain for o in kept])
        squares = [0.0 if o is None else o.standard_error**2 for o in kept]
        error = np.sqrt(np.sum(squares)) / len(outcomes)
        better += gain > 0
        worse += gain < -error
    total = sum(map(len, found.values()))
    print(
        f"margin {margin:g} SE: taken in {taken} of {total} searches; better on {better} of "
        f"{len(found)} sets, worse by more than one standard error on {worse}"
    )


if __name__ == "__main__":
    main()
