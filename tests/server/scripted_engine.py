"""An engine that plays a script: no data, no kernels, the same answers each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sela.design.insight import MODEL_STAGES, Configuration, Insight, Stage
from sela.engine import Engine, GivenAnswer, GivenInsight, Preview, Progress
from sela.errors import DataError, NotFoundError, RequestError
from sela.evaluation.estimate import FinalEstimate, Interval, Member
from sela.experiments.experiment import Experiment, Failure, Verdict
from sela.live.answers import (
    BestAnswer,
    Finding,
    Need,
    NodeAnswer,
    NodeDetail,
    PredictAnswer,
    RolloutAnswer,
    SearchAnswer,
    SearchState,
    StepAnswer,
)
from sela.live.request import SearchRequest
from sela.problem.task import Task

TASK = Task("binary", "class", "f1", True, ("good", "bad"))
PNG = bytes.fromhex("89504e470d0a1a0a") + b"picture"
FINDING = Finding(
    "duplicates", (), "12 rows appear twice.", "They stay in one fold.", "none needed"
)


@dataclass
class Scripted:
    """One search of the script."""

    id: str
    request: SearchRequest
    rollouts: list[RolloutAnswer] = field(default_factory=list)
    insights: list[Insight] = field(default_factory=list)
    state: SearchState = "idle"
    final: FinalEstimate | None = None
    asked: int = 0

    def answer(self) -> SearchAnswer:
        scores = [r.experiment.score for r in self.rollouts if r.experiment.score is not None]
        best = max(scores, default=None)
        tops = [r.number for r in self.rollouts if best is not None and r.experiment.score == best]
        return SearchAnswer(
            search_id=self.id,
            state=self.state,
            task=TASK,
            dataset=self.request.dataset,
            designer=self.request.designer,
            strategy=self.request.strategy,
            sandbox_tier="A",
            rollouts_done=len(self.rollouts),
            rollouts_budget=self.request.rollouts,
            rollouts_running=0,
            failed_rollouts=sum(r.experiment.score is None for r in self.rollouts),
            baseline_score=scores[0] if scores else None,
            best_score=best,
            best_rollout=tops[0] if tops else None,
            compute_seconds=2.0 * len(self.rollouts),
            control_seconds=0.5 * len(self.rollouts),
            fits=sum(r.experiment.fits for r in self.rollouts),
            fits_saved=sum(r.experiment.fits_saved for r in self.rollouts),
            wall_seconds=2.5 * len(self.rollouts),
            max_seconds=self.request.max_seconds,
            cost_usd=0.0,
            max_usd=self.request.max_usd,
            findings=(FINDING,),
            folds="5 stratified folds.",
            seed=self.request.seed,
        )


class ScriptedEngine(Engine):
    """Rollout n scores 0.5 + n/100, every fourth fails; a file named `missing*` is not there."""

    def __init__(self, *, seconds_per_rollout: float = 0.0, long_texts: bool = False) -> None:
        self.scripted: dict[str, Scripted] = {}
        self.seconds_per_rollout = seconds_per_rollout
        self.filler = "a long explanation " * 60 if long_texts else ""
        self.background: list[asyncio.Task[None]] = []
        self.is_closed = False

    async def preview(
        self, request: SearchRequest, *, stage: Stage | None = None, count: int = 10
    ) -> Preview:
        self._readable(request.dataset)
        stages = [stage] if stage else list(MODEL_STAGES)
        insights = tuple(_insight(stages[i % len(stages)], i) for i in range(count))
        return Preview(TASK, 1000, 21, ("Nothing dropped.",), (FINDING,), insights)

    async def propose_insights(
        self, search_id: str, *, stage: Stage | None = None, count: int = 5
    ) -> tuple[Insight, ...]:
        search = self._search(search_id)
        return await self.add_insights(
            search.id, [GivenInsight(stage or "model_training", f"Idea {i}.") for i in range(count)]
        )

    async def add_insights(
        self, search_id: str, given: Sequence[GivenInsight]
    ) -> tuple[Insight, ...]:
        search = self._search(search_id)
        new = [
            Insight(f"c{len(search.insights) + i}", g.stage, g.text, "caller", code=g.code)
            for i, g in enumerate(given)
        ]
        search.insights.extend(new)
        return tuple(new)

    async def start_search(self, request: SearchRequest) -> SearchAnswer:
        self._readable(request.dataset)
        for search in self.scripted.values():
            if request.request_key and search.request.request_key == request.request_key:
                return search.answer()
        search = Scripted(f"s{len(self.scripted) + 1}", request)
        self.scripted[search.id] = search
        return search.answer()

    async def step_search(
        self,
        search_id: str,
        *,
        rollouts: int = 1,
        wait_seconds: float = 20.0,
        answers: Sequence[GivenAnswer] = (),
        progress: Progress | None = None,
    ) -> StepAnswer:
        search = self._search(search_id)
        self._check(search, answers)
        before = len(search.rollouts)
        work = asyncio.create_task(self._advance(search, rollouts, progress))
        self.background.append(work)
        await asyncio.wait({work}, timeout=wait_seconds)
        return StepAnswer(search.answer(), tuple(search.rollouts[before:]), self._needs(search))

    async def run_search(self, search_id: str, *, progress: Progress | None = None) -> SearchAnswer:
        search = self._search(search_id)
        search.state = "running"
        await self._advance(search, search.request.rollouts, progress)
        return search.answer()

    async def search(self, search_id: str) -> SearchAnswer:
        return self._search(search_id).answer()

    async def searches(self) -> tuple[SearchAnswer, ...]:
        return tuple(s.answer() for s in reversed(self.scripted.values()))

    async def tree(self, search_id: str) -> tuple[NodeAnswer, ...]:
        search = self._search(search_id)
        root = NodeAnswer(0, None, 0, None, None, "", "", len(search.rollouts), None, None, 0, True)
        return (root, *(self._node(search, r) for r in search.rollouts))

    async def node(self, search_id: str, node_id: int) -> NodeDetail:
        search = self._search(search_id)
        nodes = await self.tree(search_id)
        if not 0 <= node_id < len(nodes):
            raise NotFoundError(f"Search {search_id} has no node {node_id}. Call get_tree.")
        rollouts = tuple(r for r in search.rollouts if r.node_id == node_id)
        return NodeDetail(nodes[node_id], "def build(profile):\n    ...\n" + self.filler, rollouts)

    async def best(
        self,
        search_id: str,
        *,
        finalize: bool = False,
        output_dir: Path | None = None,
        reopen_reason: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> BestAnswer:
        search = self._search(search_id)
        if finalize and not search.rollouts:
            raise RequestError(f"Search {search_id} has no rollout yet. Call step_search first.")
        if progress:
            progress("Scoring the best few on fresh folds.")
        if finalize:
            await asyncio.sleep(self.seconds_per_rollout)
            search.final = _final(search.answer(), 2 if reopen_reason else 1)
            search.state = "finished"
        if output_dir:
            output_dir.mkdir(parents=True, exist_ok=True)
            (output_dir / "scores.json").write_text("{}")
        answer = search.answer()
        rollout = next((r for r in search.rollouts if r.number == answer.best_rollout), None)
        code: tuple[tuple[Stage, str], ...] = (
            ("model_training", "def build(profile):\n    return 1\n" + self.filler * 10),
        )
        return BestAnswer(
            answer, rollout, code, search.final, str(output_dir) if output_dir else None, True
        )

    async def control(
        self,
        search_id: str,
        action: str,
        *,
        rollouts: int | None = None,
        max_seconds: float | None = None,
        max_usd: float | None = None,
        insight_id: str | None = None,
    ) -> SearchAnswer:
        search = self._search(search_id)
        states: dict[str, SearchState] = {"pause": "paused", "resume": "idle", "stop": "stopped"}
        search.state = states.get(action, search.state)
        if action == "extend" and rollouts:
            budget = search.request.rollouts + rollouts
            search.request = replace(search.request, rollouts=budget)
        return search.answer()

    async def predict(self, source: str, dataset: str, output_path: str) -> PredictAnswer:
        self._readable(dataset)
        Path(output_path).write_text("prediction\ngood\n")
        return PredictAnswer(output_path, 1, ("prediction",), ("1 extra column ignored",))

    async def report_html(self, search_id: str) -> str:
        return f"<!doctype html><title>Report {self._search(search_id).id}</title>"

    async def tree_html(self, search_id: str) -> str:
        return f"<!doctype html><title>Tree {self._search(search_id).id}</title>"

    async def tree_png(self, search_id: str) -> bytes:
        self._search(search_id)
        return PNG

    async def close(self) -> None:
        self.is_closed = True
        for work in self.background:
            work.cancel()

    def _search(self, search_id: str) -> Scripted:
        if search_id not in self.scripted:
            known = ", ".join(self.scripted) or "none"
            raise NotFoundError(
                f"No search {search_id!r}. Known: {known}. Call start_search to make one."
            )
        return self.scripted[search_id]

    def _readable(self, dataset: str) -> None:
        if Path(dataset).name.startswith("missing"):
            raise DataError(f"There is no file {dataset}. Give the path of a CSV file.")

    async def _advance(self, search: Scripted, rollouts: int, progress: Progress | None) -> None:
        left = search.request.rollouts - len(search.rollouts)
        for _ in range(min(rollouts, left)):
            await asyncio.sleep(self.seconds_per_rollout)
            search.rollouts.append(self._rollout(len(search.rollouts) + 1))
            if progress:
                progress(search.answer(), f"Rollout {len(search.rollouts)} ended.")
        if len(search.rollouts) >= search.request.rollouts:
            search.state = "finished"

    def _rollout(self, number: int) -> RolloutAnswer:
        configuration = Configuration()
        if number % 4 == 0:
            failure = Failure(
                "error", "model_training", "ValueError: no such column", "Traceback …"
            )
            experiment = Experiment(configuration, Verdict.FAILED, failure=failure)
        else:
            score = 0.5 + number / 100
            experiment = Experiment(
                configuration, Verdict.SCORED, (score,) * 5, score, log="hello " + self.filler
            )
        insights = (_insight("model_training", number, self.filler),) if number > 1 else ()
        return RolloutAnswer(number, number, insights, experiment, is_best=number % 4 != 0)

    def _node(self, search: Scripted, rollout: RolloutAnswer) -> NodeAnswer:
        score = rollout.experiment.score
        text = "".join(i.text for i in rollout.insights)
        return NodeAnswer(
            id=rollout.node_id,
            parent=0,
            depth=1,
            stage="model_training",
            insight_id=None if rollout.number == 1 else f"m{rollout.number}",
            text=text,
            origin="playbook",
            visits=1,
            mean_score=score,
            best_score=score,
            failures=int(score is None),
            is_on_best_path=rollout.number == search.answer().best_rollout,
            has_code=True,
        )

    def _check(self, search: Scripted, answers: Sequence[GivenAnswer]) -> None:
        for given in answers:
            if given.ticket != f"t{search.asked}":
                raise NotFoundError(
                    f"Ticket {given.ticket!r} is stale. The open one is t{search.asked}."
                )

    def _needs(self, search: Scripted) -> tuple[Need, ...]:
        if search.request.designer != "host" or search.state == "finished":
            return ()
        search.asked += 1
        contract = "A stage module defines build(profile)." if search.asked == 1 else None
        ticket = f"t{search.asked}"
        return (Need("insights", ticket, "Ideas for features, please. " + self.filler, contract),)


def _insight(stage: Stage, number: int, more: str = "") -> Insight:
    return Insight(f"i{number}", stage, f"Try idea number {number}. {more}".strip(), "playbook")


def _final(search: SearchAnswer, uses: int) -> FinalEstimate:
    best, baseline = search.best_score or 0.0, search.baseline_score or 0.0
    return FinalEstimate(
        chosen="pipeline",
        members=(Member(search.best_rollout or 1, 1.0),),
        choice_reason="It stands clear of the others.",
        search_score=best,
        reevaluated_score=best - 0.005,
        baseline_score=baseline,
        test_score=best - 0.01,
        test_interval=Interval(best - 0.05, best + 0.03),
        baseline_test_score=baseline,
        gain=best - 0.01 - baseline,
        gain_interval=Interval(-0.01, 0.04),
        optimism_gap=0.01,
        is_real_gain=False,
        statement="The pipeline scores better, but the gain may be chance: no real gain shown.",
        n_test=200,
        test_uses=uses,
    )
