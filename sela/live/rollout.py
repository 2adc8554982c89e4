"""One rollout: the code of a path written, run, scored, mended at most twice, and recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sandboxes.base import Sandbox, SandboxProvider
from sela.design.designer import Briefing, Designer
from sela.design.insight import Insight, Stage
from sela.evaluation.out_of_fold import OutOfFold
from sela.experiments.effects import effects
from sela.experiments.experiment import Experiment, Failure, Verdict
from sela.experiments.experimenter import Experimenter
from sela.experiments.fits import explore, smoke
from sela.live.answers import RolloutAnswer
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.live.problem import Problem
from sela.live.writing import Writer
from sela.search.search import Ask
from sela.store.protocol import Store

MAX_REPAIRS = 2
PLAYBOOK = "playbook"


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
        self._experimenter = experimenter
        self._provider = provider
        self.writer = Writer(search_id, store, pool, designer, budget, self.briefing)
        self._smoked: set[str] = set()
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
        """Try a path and record what came of it; UnwrittenError when its code cannot be had."""
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

    async def _try(self, ask: Ask) -> Trial:
        notes: list[str] = []
        path = await self.writer.write(self._pool.path(ask.configuration), notes)
        await self._explore(path)
        trial = await self._experiment(ask, path)
        for _ in range(MAX_REPAIRS):
            failure = trial.experiment.failure
            broken = _broken(failure, path)
            if failure is None or broken is None:
                break
            mended = await self.writer.mend(path, broken, failure, notes)
            if mended is None:
                break
            path = mended
            trial = await self._experiment(ask, path)
        return replace(trial, notes=tuple(notes))

    async def _experiment(self, ask: Ask, path: Sequence[Insight]) -> Trial:
        code: dict[Stage, str] = {
            i.stage: i.code for i in path if i.code is not None and i.stage != "eda"
        }
        best = self.best
        async with self._provider.lease() as sandbox:
            if (failure := await self._smoke(sandbox, path, code)) is not None:
                failed = Experiment(ask.configuration, Verdict.FAILED, failure=failure, code=code)
                return Trial(failed)
            experiment, out_of_fold = await self._experimenter.run(
                sandbox,
                ask.configuration,
                code,
                best=None if best is None else best[1],
                others=tuple(self.experiments.values()),
            )
        return Trial(experiment, out_of_fold)

    async def _smoke(
        self, sandbox: Sandbox, path: Sequence[Insight], code: Mapping[Stage, str]
    ) -> Failure | None:
        """Try code that has never run on a few rows first. The playbook's is tested already."""
        new = {
            i.code for i in path if i.origin != PLAYBOOK and i.stage != "eda" and i.code is not None
        }
        if new <= self._smoked:
            return None
        self._smoked |= new
        rows = self._problem.splits.folds[0].train
        return await smoke(
            sandbox,
            code,
            self._problem.task,
            self._problem.frame.iloc[rows],
            self._problem.target[rows],
        )

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


def _broken(failure: Failure | None, path: Sequence[Insight]) -> Insight | None:
    """The insight whose code failed and may be mended: not the playbook's own, which is tested."""
    if failure is None or failure.stage is None:
        return None
    for insight in path:
        if insight.stage == failure.stage and insight.origin != PLAYBOOK:
            return insight
    return None
