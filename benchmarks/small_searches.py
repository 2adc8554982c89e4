"""Whole searches of the playbook on one table, in this process, for the studies of evaluation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.in_process import InProcessProvider, InProcessSandbox
from sela.design.designer import Briefing
from sela.design.insight import STAGES, Configuration, Insight, Stage
from sela.design.playbook import Playbook
from sela.evaluation.racing import RacingRule
from sela.experiments.bench import Bench
from sela.experiments.experiment import Experiment
from sela.experiments.experimenter import Experimenter
from sela.experiments.finalists import Candidate
from sela.live.problem import Problem, prepare
from sela.live.request import SearchRequest
from sela.search.search import Search

SETS = (
    "titanic",
    "house-prices",
    "boston",
    "concrete-strength",
    "credit-g",
    "diamonds",
    "jasmine",
    "kc1",
    "mfeat-factors",
    "segment",
    "smoker-status",
    "wine-quality-white",
    "GesturePhaseSegmentationProcessed",
)
SLOW = ("me-cut-off", "mt-cautious-forest")
"""Five to ten times as slow as the default: they would make a study take hours."""


@dataclass(frozen=True)
class Table:
    """A table to search on, and rows of the same kind that nothing has seen."""

    name: str
    frame: pd.DataFrame
    unseen: pd.DataFrame
    target: str
    metric: str
    positive: str | None


def load(folder: Path, name: str, *, rows: int, seed: int) -> Table:
    """At most `rows` random rows of a set; the others are its unseen part."""
    meta = json.loads((folder / name / "meta.json").read_text())
    parts = [pd.read_csv(folder / name / f"{part}.csv.gz") for part in ("train", "dev", "test")]
    frame = pd.concat(parts, ignore_index=True)
    order = np.random.default_rng(seed).permutation(len(frame))
    return Table(
        name,
        frame.iloc[np.sort(order[:rows])].reset_index(drop=True),
        frame.iloc[np.sort(order[rows:])].reset_index(drop=True),
        meta["target"],
        meta["metric"].replace(" ", "_"),
        str(meta["pos_label"]) if meta.get("pos_label") is not None else None,
    )


def problem_of(table: Table, seed: int, *, folds: int | None = None) -> Problem:
    """The table prepared as a search would."""
    request = SearchRequest(
        dataset=table.name,
        target=table.target,
        metric=table.metric,
        positive=table.positive,
        seed=seed,
        folds=folds,
    )
    return prepare(request, table.frame)


def bench_of(problem: Problem, seed: int) -> Bench:
    """A bench on it."""
    return Bench(problem.task, problem.frame, problem.target, problem.splits, seed)


async def insights_of(problem: Problem, *, is_quick: bool = False) -> tuple[Insight, ...]:
    """What the playbook proposes, the slowest models left out, or all but the quick ones."""
    briefing = Briefing(problem.task, problem.profile, "")
    proposal = await Playbook().propose(briefing, count=200)
    costs = ("s",) if is_quick else ("s", "m")
    return tuple(i for i in proposal.insights if i.cost in costs and i.id not in SLOW)


def code_of(configuration: Configuration, insights: Mapping[str, Insight]) -> dict[Stage, str]:
    """The sources of a configuration."""
    chosen = ((stage, configuration.of(stage)) for stage in STAGES)
    return {stage: insights[name].code or "" for stage, name in chosen if name is not None}


async def searched(
    problem: Problem,
    *,
    rollouts: int,
    seed: int,
    strategy: str = "guided",
    rule: RacingRule | None = None,
    is_quick: bool = False,
) -> list[Candidate]:
    """Every rollout of a search, failed ones included, numbered from 1."""
    pool = {insight.id: insight for insight in await insights_of(problem, is_quick=is_quick)}
    search = Search(strategy, seed, problem.task.greater_is_better, list(pool.values()))
    bench = bench_of(problem, seed)
    experimenter = Experimenter(bench, rule or RacingRule())
    candidates: list[Candidate] = []
    best: Experiment | None = None
    while len(candidates) < rollouts and (ask := search.ask()) is not None:
        experiment, out_of_fold = await experimenter.run(
            InProcessSandbox(),
            ask.configuration,
            code_of(ask.configuration, pool),
            best=best,
            others=[candidate.experiment for candidate in candidates],
        )
        search.tell(ask.rollout, experiment.score, experiment.compute_seconds)
        candidates.append(Candidate(ask.rollout, experiment, out_of_fold))
        best = better_of(best, experiment, problem.task.greater_is_better)
    return candidates


def better_of(
    best: Experiment | None, other: Experiment, greater_is_better: bool
) -> Experiment | None:
    """The better of two experiments that may be chosen."""
    if not other.is_eligible or other.score is None:
        return best
    if best is None or best.score is None:
        return other
    is_better = other.score > best.score if greater_is_better else other.score < best.score
    return other if is_better else best


PROVIDER = InProcessProvider()
