"""Clearance: nothing is shipped that has not passed the controls, however it came to be chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandboxes.base import Sandbox
from sela.experiments.bench import Bench
from sela.experiments.control_runs import run_controls
from sela.experiments.finalists import Candidate
from sela.experiments.trial import Trial


@dataclass
class Clearance:
    """Runs the controls on candidates that never led the search, each once."""

    bench: Bench
    sandbox: Sandbox
    seconds: float = 0.0
    """What the controls took."""
    _found: dict[int, str] = field(default_factory=dict[int, str])

    async def objection(self, candidate: Candidate) -> str:
        """Why a candidate may not be shipped; empty when it may."""
        experiment = candidate.experiment
        if experiment.controls or experiment.configuration.is_baseline:
            return ""
        if candidate.rollout not in self._found:
            self._found[candidate.rollout] = await self._control(candidate)
        return self._found[candidate.rollout]

    async def _control(self, candidate: Candidate) -> str:
        experiment = candidate.experiment
        trial = Trial(experiment.configuration, candidate.code, len(self.bench.folds))
        trial.scores.extend(experiment.fold_scores)
        trial.seconds = experiment.compute_seconds
        trial.control_seconds = experiment.control_seconds
        results = await run_controls(self.bench, self.sandbox, trial, (), None)
        self.seconds += trial.seconds - experiment.compute_seconds
        return " ".join(f"{r.name}: {r.evidence}" for r in results if not r.passed)
