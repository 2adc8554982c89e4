"""The election: which model is shipped, by what fresh folds say, and which ones stand in for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from sela.evaluation.choice import choose
from sela.evaluation.comparison import compare, mean_valid_share
from sela.evaluation.ensemble import EnsembleChoice
from sela.evaluation.estimate import Member
from sela.evaluation.final import Chosen
from sela.evaluation.splits import Fold
from sela.experiments.bench import Bench
from sela.experiments.finalists import Candidate, Rerun
from sela.problem.metrics import score


@dataclass(frozen=True)
class Plan:
    """A model that could be shipped: its parts with their weights, and what is known of it."""

    chosen: Chosen
    parts: tuple[tuple[Candidate, float], ...]


@dataclass(frozen=True)
class Election:
    """Reruns on fresh folds, the baseline, and perhaps an ensemble that passed its guard."""

    bench: Bench
    reruns: Sequence[Rerun]
    baseline: Candidate
    ensemble: EnsembleChoice | None
    fresh: Sequence[Fold]

    def plans(self) -> list[Plan]:
        """The wanted plan first; the rest in the order in which they would replace it."""
        singles = [self._single(run, _stand_in(run)) for run in self._whole]
        last = self._single(Rerun(self.baseline), "Nothing but the baseline could be fitted.")
        if not self._whole:
            return [last]
        single, reason = self._best_single()
        return [self._against_ensemble(single, reason), *singles, last]

    @cached_property
    def _whole(self) -> list[Rerun]:
        """Reruns that came through every fresh fold, best first."""
        sign = 1.0 if self.bench.task.greater_is_better else -1.0
        runs = [r for r in self.reruns if not r.is_out and len(r.scores) == len(self.fresh)]
        return sorted(runs, key=lambda run: -sign * float(np.mean(run.scores)))

    @cached_property
    def _valid_share(self) -> float:
        return mean_valid_share(self.fresh)

    def _best_single(self) -> tuple[Rerun, str]:
        finalist, reason = choose(
            [run.finalist() for run in self._whole],
            greater_is_better=self.bench.task.greater_is_better,
            valid_share=self._valid_share,
        )
        chosen = [run for run in self._whole if run.candidate.rollout == finalist.rollout]
        return chosen[0], reason

    def _against_ensemble(self, single: Rerun, reason: str) -> Plan:
        plan = self._single(single, reason)
        if self.ensemble is None or not self.ensemble.is_taken:
            return plan
        if single.candidate.rollout == self.baseline.rollout:
            return self._single(single, f"{reason} An ensemble of its equals stays out too.")
        runs = {run.candidate.rollout: run for run in self._whole}
        blend = self.ensemble.blend
        if not all(rollout in runs for rollout, _ in blend.weights):
            return plan
        scores = [
            score(
                self.bench.task,
                self.bench.y[fold.valid],
                blend.combine(
                    self.bench.task, {r: runs[r].predictions[i] for r, _ in blend.weights}
                ),
            )
            for i, fold in enumerate(self.fresh)
        ]
        best = self._whole[0]
        comparison = compare(
            scores,
            best.scores,
            greater_is_better=self.bench.task.greater_is_better,
            valid_share=self._valid_share,
        )
        told = (
            f"An ensemble of {len(blend.weights)} scores {np.mean(scores):.4g} on fresh folds, "
            f"the best single pipeline {np.mean(best.scores):.4g}"
        )
        if comparison.difference <= 0:
            return self._single(single, f"{told}, so it stays out. {reason}")
        return Plan(
            self._chosen(
                "ensemble",
                tuple(Member(rollout, weight) for rollout, weight in blend.weights),
                f"{told}; on folds that did not choose them its weights score "
                f"{self.ensemble.nested_score:.4g}, a single one chosen the same way "
                f"{self.ensemble.nested_single:.4g}.",
                self.ensemble.score,
                scores,
                blend.cutoff,
            ),
            tuple((runs[rollout].candidate, weight) for rollout, weight in blend.weights),
        )

    def _single(self, run: Rerun, reason: str) -> Plan:
        candidate = run.candidate
        scores = run.scores or list(candidate.experiment.fold_scores)
        members = (Member(candidate.rollout, 1.0),)
        chosen = self._chosen("pipeline", members, reason, candidate.search_score, scores)
        return Plan(chosen, ((candidate, 1.0),))

    def _chosen(
        self,
        kind: Literal["pipeline", "ensemble"],
        members: tuple[Member, ...],
        reason: str,
        search_score: float,
        scores: Sequence[float],
        cutoff: float | None = None,
    ) -> Chosen:
        return Chosen(
            kind=kind,
            members=members,
            reason=reason,
            search_score=search_score,
            fresh_scores=tuple(scores),
            baseline_score=self.baseline.search_score,
            candidates=tuple(
                (r.candidate.rollout, r.candidate.search_score, float(np.mean(r.scores)))
                for r in self._whole
            ),
            cutoff=cutoff,
        )


def _stand_in(run: Rerun) -> str:
    return f"Rollout {run.candidate.rollout} is the best of those that could be fitted at the end."
