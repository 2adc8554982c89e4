"""What trusting the number costs: controls, re-evaluation and refits beside the search itself.

`python -m benchmarks.cost DATA_FOLDER [--sets credit-g,wine-quality-white] [--rollouts 20]`

Runs searches of the playbook in this process, with racing, and finalizes them. The search's own
cost is that of its folds as if none had been raced away, estimated from each candidate's mean fit.
"""

from __future__ import annotations

import argparse
import asyncio
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from benchmarks.small_searches import PROVIDER, bench_of, load, problem_of, searched
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.finalists import Candidate
from sela.experiments.finalize import Finale, SealedPart, finalize

MAX_ROWS = 2_000


@dataclass(frozen=True)
class Cost:
    """Seconds of compute."""

    folds: float
    saved: float
    """By racing, estimated."""
    controls: float
    final: float
    estimate: FinalEstimate

    def __str__(self) -> str:
        whole = self.folds + self.saved
        return (
            f"folds {self.folds:.1f} s, racing saved {self.saved / whole:.1%} of the fits' time; "
            f"controls {self.controls / whole:.1%}, finalizing {self.final / whole:.1%}, both "
            f"{(self.controls + self.final) / whole:.1%} of a search without any of it; net of "
            f"racing {(self.controls + self.final - self.saved) / whole:+.1%}"
        )


async def cost(folder: Path, name: str, rollouts: int, seed: int) -> Cost:
    """One search and its finale."""
    problem = problem_of(load(folder, name, rows=MAX_ROWS, seed=seed), seed)
    candidates = await searched(problem, rollouts=rollouts, seed=seed)

    async def use_test() -> int:
        return 1

    scored = [c for c in candidates if c.experiment.score is not None]
    sealed = SealedPart(*problem.sealed, problem.test_groups)
    finale = Finale(bench_of(problem, seed), PROVIDER, scored, scored[0], problem.fresh, sealed)
    done = await finalize(finale, use_test)
    folds = sum(c.experiment.compute_seconds - c.experiment.control_seconds for c in candidates)
    return Cost(
        folds=folds,
        saved=sum(map(_saved, candidates)),
        controls=sum(c.experiment.control_seconds for c in candidates),
        final=done.compute_seconds,
        estimate=done.estimate,
    )


def _saved(candidate: Candidate) -> float:
    experiment = candidate.experiment
    per_fold = experiment.compute_seconds / max(len(experiment.fold_scores), 1)
    return experiment.fits_saved * per_fold


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default="credit-g,wine-quality-white")
    parser.add_argument("--rollouts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    for name in arguments.sets.split(","):
        started = time.perf_counter()
        found = await cost(arguments.folder, name, arguments.rollouts, arguments.seed)
        print(f"{name} ({time.perf_counter() - started:.0f} s): {found}", flush=True)
        print(f"  {found.estimate.choice_reason}\n  {found.estimate.statement}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
