"""One rollout: the code of a path written, run, scored, mended at most twice, and recorded."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandboxes.base import RaisedError, SandboxProvider
from sela.design.designer import Briefing, Call, CodeRequest, Designer
from sela.design.insight import Configuration, Insight, Stage
from sela.errors import BudgetError, DesignerError
from sela.evaluation.out_of_fold import OutOfFold
from sela.experiments.effects import effects
from sela.experiments.experiment import Experiment, Failure, Verdict
from sela.experiments.experimenter import Experimenter
from sela.experiments.fits import explore
from sela.live.answers import RolloutAnswer
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.live.problem import Problem
from sela.search.search import Ask
from sela.store.protocol import Store

MAX_REPAIRS = 2


@dataclass(frozen=True)
class Trial:
    """What a path came to: the experiment, its packed predictions, and what to show beside."""

    experiment: Experiment
    out_of_fold: OutOfFold | None = None
    notes: tuple[str, ...] = ()


class RolloutRunner:
    """Runs rollouts of one search, and remembers the best one and what EDA found."""

    def __init__(
        self,
        search_id: str,
        *,
        store: Store,
        pool: InsightPool,
        problem: Problem,
        description: str,
        designer: Designer,
        experimenter: Experimenter,
        provider: SandboxProvider,
        budget: Budget,
    ) -> None:
        self._search_id = search_id
        self._store = store
        self._pool = pool
        self._problem = problem
        self._profile = problem.profile
        self._description = description
        self._designer = designer
        self._experimenter = experimenter
        self._provider = provider
        self._budget = budget
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._explored = _explored(store, search_id)
        self.experiments = {
            r.number: r.experiment for r in store.rollouts(search_id) if r.experiment is not None
        }

    @property
    def best(self) -> tuple[int, Experiment] | None:
        """The best eligible rollout so far, by search score; the earliest of equals."""
        return best_of(self.experiments, self._problem.task.greater_is_better)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(self._profile.names())

    async def run(self, ask: Ask) -> RolloutAnswer:
        """Try a path and record what came of it."""
        attempt = self._store.start_rollout(
            self._search_id, ask.rollout, ask.node_id, ask.configuration
        )
        trial = await self._try(ask)
        experiment = trial.experiment
        if trial.out_of_fold is not None:
            blob = self._store.put_blob(trial.out_of_fold.to_bytes())
            experiment = replace(experiment, predictions=blob)
        path = self._pool.path(ask.configuration)
        plan = " ".join(self._pool.plans.get(i.id, "") for i in path).strip()
        self._store.finish_rollout(
            self._search_id, ask.rollout, attempt, experiment, plan=plan, notes=trial.notes
        )
        self.experiments[ask.rollout] = experiment
        best = self.best
        is_best = best is not None and best[0] == ask.rollout
        return RolloutAnswer(ask.rollout, ask.node_id, path, experiment, plan, trial.notes, is_best)

    def briefing(self) -> Briefing:
        """What a designer may know now."""
        baseline = self.experiments.get(1)
        best = self.best
        return Briefing(
            task=self._problem.task,
            profile=self._profile,
            description=self._description,
            findings=(
                *(f.evidence for f in self._problem.findings),
                *(s for found in self._explored.values() for s in found),
            ),
            insights=tuple(self._pool),
            effects=effects(
                tuple(self.experiments.values()),
                greater_is_better=self._problem.task.greater_is_better,
            ),
            best_score=None if best is None else best[1].score,
            baseline_score=None if baseline is None else baseline.score,
        )

    def charge(self, calls: Sequence[Call]) -> None:
        """Count model calls, whatever came of them."""
        for call in calls:
            self._budget.charge(call)
            self._store.add_call(self._search_id, call)

    async def _try(self, ask: Ask) -> Trial:
        notes: list[str] = []
        try:
            path = await self._written(self._pool.path(ask.configuration), notes)
        except (DesignerError, BudgetError) as error:
            return Trial(_unwritten(ask.configuration, error), notes=tuple(notes))
        await self._explore(path)
        trial = await self._experiment(ask, path)
        for _ in range(MAX_REPAIRS):
            broken = _broken(trial.experiment, path)
            if broken is None:
                break
            try:
                path = await self._mended(path, broken, trial.experiment, notes)
            except (DesignerError, BudgetError) as error:
                notes.append(f"not mended: {error}")
                break
            trial = await self._experiment(ask, path)
        return replace(trial, notes=tuple(notes))

    async def _experiment(self, ask: Ask, path: Sequence[Insight]) -> Trial:
        code: dict[Stage, str] = {
            i.stage: i.code for i in path if i.code is not None and i.stage != "eda"
        }
        best = self.best
        async with self._provider.lease() as sandbox:
            experiment, out_of_fold = await self._experimenter.run(
                sandbox, ask.configuration, code, best=None if best is None else best[1]
            )
        return Trial(experiment, out_of_fold)

    async def _written(self, path: Sequence[Insight], notes: list[str]) -> tuple[Insight, ...]:
        """The path with the code of every stage, asking the designer for what is missing."""
        done: list[Insight] = []
        for insight in path:
            async with self._locks[insight.id]:
                known = self._pool.insight(insight.id)
                if known.code is None:
                    request = CodeRequest(known, tuple(done))
                    known = await self._ask_designer(request, notes)
                done.append(known)
        return tuple(done)

    async def _mended(
        self, path: Sequence[Insight], broken: Insight, experiment: Experiment, notes: list[str]
    ) -> tuple[Insight, ...]:
        failure = experiment.failure
        assert failure is not None
        error = RaisedError(failure.outcome, failure.message, failure.traceback)
        before = tuple(i for i in path if i is not broken)
        request = CodeRequest(broken, before, previous_code=broken.code, error=error)
        async with self._locks[broken.id]:
            mended = await self._ask_designer(request, notes)
        notes.append(f"{broken.id} mended after: {failure.message[:120]}")
        return tuple(mended if i is broken else i for i in path)

    async def _ask_designer(self, request: CodeRequest, notes: list[str]) -> Insight:
        try:
            written = await self._designer.write(self.briefing(), request)
        except DesignerError as error:
            self.charge(error.calls)
            raise
        self.charge(written.calls)
        notes.extend(written.notes)
        return self._pool.keep_code(request.insight, written)

    async def _explore(self, path: Sequence[Insight]) -> None:
        """Run an EDA module the first time its insight is on a path; its findings stay."""
        for insight in path:
            if insight.stage != "eda" or insight.code is None or insight.id in self._explored:
                continue
            rows = self._problem.splits.search
            async with self._provider.lease() as sandbox:
                exploration = await explore(
                    sandbox,
                    insight.code,
                    self._problem.task,
                    self._problem.frame.iloc[rows],
                    self._problem.target[rows],
                )
            self._explored[insight.id] = exploration.findings
            self._store.add_event(
                self._search_id,
                "exploration",
                {
                    "insight_id": insight.id,
                    "findings": list(exploration.findings),
                    "log": exploration.log[:4000],
                    "failure": exploration.failure.message if exploration.failure else None,
                },
            )


def best_of(
    experiments: dict[int, Experiment], greater_is_better: bool
) -> tuple[int, Experiment] | None:
    """The best eligible experiment by search score, with its rollout; the earliest of equals."""
    sign = 1.0 if greater_is_better else -1.0
    eligible = [(n, e) for n, e in experiments.items() if e.is_eligible and e.score is not None]
    if not eligible:
        return None
    return max(eligible, key=lambda pair: (sign * (pair[1].score or 0.0), -pair[0]))


def _explored(store: Store, search_id: str) -> dict[str, tuple[str, ...]]:
    return {
        str(event.body["insight_id"]): tuple(event.body["findings"])
        for event in store.events(search_id)
        if event.kind == "exploration"
    }


def _unwritten(configuration: Configuration, error: Exception) -> Experiment:
    failure = Failure("no_code", None, f"No code could be had: {error}")
    return Experiment(configuration, Verdict.FAILED, failure=failure)


def _broken(experiment: Experiment, path: Sequence[Insight]) -> Insight | None:
    """The insight whose code failed and may be mended: not the playbook's own, which is tested."""
    failure = experiment.failure
    if failure is None or failure.stage is None:
        return None
    for insight in path:
        if insight.stage == failure.stage and insight.origin != "playbook":
            return insight
    return None
