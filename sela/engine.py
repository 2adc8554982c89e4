"""The use cases behind every face: one short method each. Built by server/app.py alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sela.artefact.predict import predict_file, predict_rows, write_predictions
from sela.artefact.schema import schema_of
from sela.design.designer import Briefing
from sela.design.insight import Insight, Stage
from sela.design.llm.budget import Budget as Purse
from sela.errors import BudgetError, DesignerError, NotFoundError, RequestError
from sela.live.answers import (
    BestAnswer,
    Finding,
    NodeAnswer,
    NodeDetail,
    PredictAnswer,
    RolloutAnswer,
    SearchAnswer,
    StepAnswer,
)
from sela.live.driver import LiveSearch
from sela.live.finishing import best_code, export_final, final_model, finish, report_content
from sela.live.given import (
    GivenAnswer,
    GivenInsight,
    callers_insights,
    check_request,
    take_answer,
)
from sela.live.nodes import node_answers, node_detail, replayed
from sela.live.problem import Problem, prepare, unpack
from sela.live.request import SearchRequest
from sela.live.searches import Searches
from sela.live.status import rollout_answers, rollout_sentence, search_answer
from sela.live.stepping import advance, run_out, settle
from sela.live.workshop import Workshop
from sela.problem.table import read_table
from sela.problem.task import Task
from sela.report.html import render_report
from sela.report.tree import tree_html, tree_png
from sela.search.search import Search
from sela.store.records import FinalRecord, InsightRecord, SearchRecord

__all__ = ["Action", "Engine", "GivenAnswer", "GivenInsight", "Preview", "Progress"]

Progress = Callable[[SearchAnswer, str], None]
"""Called with where the search stands and one sentence of what just happened."""
Action = Literal["pause", "resume", "stop", "extend", "prefer", "forbid"]


@dataclass(frozen=True)
class Preview:
    """What the engine makes of a data set before any search."""

    task: Task
    rows: int
    columns: int
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    insights: tuple[Insight, ...]


class Engine:
    """Every use case. Methods raise only SelaError for what a caller can mend."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._store = workshop.store
        self._searches = Searches(workshop)
        self._finishing: dict[str, asyncio.Lock] = {}

    async def preview(
        self, request: SearchRequest, *, stage: Stage | None = None, count: int = 10
    ) -> Preview:
        """Read, profile and audit a data set, and propose insights for it."""
        problem = await asyncio.to_thread(prepare, request)
        briefing = Briefing(problem.task, problem.profile, request.description)
        purse = Purse(request.max_usd)
        choice = self._workshop.designers.choose(request.designer, purse)
        stages: dict[Stage, int] | None = {stage: count} if stage else None
        proposal = await choice.designer.propose(briefing, count=count, stages=stages)
        return Preview(
            task=problem.task,
            rows=len(problem.frame),
            columns=problem.frame.shape[1],
            notes=problem.notes,
            findings=problem.findings,
            insights=tuple(i for i in proposal.insights if stage in (None, i.stage))[:count],
        )

    async def propose_insights(
        self, search_id: str, *, stage: Stage | None = None, count: int = 5
    ) -> tuple[Insight, ...]:
        """New insights from the search's designer, added to its pool.

        Where the designer has none, the pool's untried ones that promise most are given.
        """
        live = await self._open(search_id)
        try:
            await live.proposer.propose(count, stage)
        except (DesignerError, BudgetError) as error:
            if not len(live.pool):
                raise
            self._store.add_event(search_id, "no_new_insights", {"reason": str(error)})
        return live.pool.promising(stage=stage, count=count)

    async def add_insights(
        self, search_id: str, given: Sequence[GivenInsight]
    ) -> tuple[Insight, ...]:
        """Add a caller's insights; RequestError with the reasons when none is new or usable."""
        live = await self._open(search_id)
        insights = callers_insights(given, "caller", self._workshop.check_source)
        admitted = live.pool.add(insights, columns=live.runner.columns)
        if not admitted.insights:
            raise RequestError(f"Nothing was added: {'; '.join(admitted.refusals)}.")
        live.reopen()
        return admitted.insights

    async def start_search(self, request: SearchRequest) -> SearchAnswer:
        """Store a new search and prepare it in the background; one search per request_key."""
        record = await self._searches.create(check_request(request))
        return self._answer(record.id)

    async def step_search(
        self,
        search_id: str,
        *,
        rollouts: int = 1,
        wait_seconds: float = 20.0,
        answers: Sequence[GivenAnswer] = (),
        progress: Progress | None = None,
    ) -> StepAnswer:
        """Let `rollouts` more run and wait at most `wait_seconds`; the work goes on afterwards."""
        started = self._workshop.clock()
        if not await self._searches.wait_until_prepared(search_id, wait_seconds):
            return StepAnswer(self._answer(search_id))
        live = await self._open(search_id)
        host = live.mind.host
        if host is not None and answers:
            for answer in answers:
                take_answer(host, answer)
        elif host is not None:
            host.go_on()
        elif answers:
            raise RequestError(
                f"Search {search_id} asked for no answer: its designer is {live.mind.names[0]}. "
                "Add ideas with propose_insights, or start a search with designer='host'."
            )
        left = max(wait_seconds - (self._workshop.clock() - started), 0.0)
        ended = await advance(live, rollouts, left, self._heard(search_id, progress))
        settle(live, self._store)
        needs = host.show() if host and live.budget.ended is None else ()
        return StepAnswer(self._answer(search_id), ended, needs)

    async def run_search(self, search_id: str, *, progress: Progress | None = None) -> SearchAnswer:
        """Run to the end of the budget; a host's needs go to the playbook."""
        await self._searches.wait_until_prepared(search_id, None)
        live = await self._open(search_id)
        await run_out(live, self._heard(search_id, progress))
        settle(live, self._store)
        return self._answer(search_id)

    async def search(self, search_id: str) -> SearchAnswer:
        """Where a search stands."""
        return self._answer(search_id)

    async def searches(self) -> tuple[SearchAnswer, ...]:
        """All searches, newest first."""
        return tuple(self._answer(record.id) for record in self._store.searches())

    async def tree(self, search_id: str) -> tuple[NodeAnswer, ...]:
        """The nodes, depth first."""
        return self._tree(search_id)[1]

    async def node(self, search_id: str, node_id: int) -> NodeDetail:
        """One node, with code, rollouts, outputs."""
        search, nodes = self._tree(search_id)
        rollouts = rollout_answers(self._store, self._store.search(search_id))
        return node_detail(node_id, search, nodes, self._insights(search_id), rollouts)

    async def best(
        self,
        search_id: str,
        *,
        finalize: bool = False,
        output_dir: Path | None = None,
        reopen_reason: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> BestAnswer:
        """The best pipeline; `finalize` uses the sealed rows, once; `output_dir` exports.

        An export needs the fitted final model, so it finalizes a search that is not yet.
        """
        tell = progress or (lambda _: None)
        record = self._store.search(search_id)
        final = self._store.final(search_id)
        exported = None
        if finalize or output_dir is not None or reopen_reason is not None:
            async with self._finishing.setdefault(search_id, asyncio.Lock()):
                problem = await self._problem(record)
                final = await finish(
                    self._workshop, record, problem, reopen_reason=reopen_reason, tell=tell
                )
                if output_dir is not None:
                    exported = await export_final(
                        self._workshop, record, problem, final, output_dir, tell
                    )
        rollouts = rollout_answers(self._store, record)
        return BestAnswer(
            search=self._answer(search_id),
            rollout=next((r for r in rollouts if _is_answer(r, final)), None),
            code=best_code(self._store, record),
            final=final.estimate if final else None,
            export=str(exported.folder) if exported else None,
            is_replayed=exported is not None and exported.replay.is_same,
        )

    async def control(
        self,
        search_id: str,
        action: Action,
        *,
        rollouts: int | None = None,
        max_seconds: float | None = None,
        max_usd: float | None = None,
        insight_id: str | None = None,
    ) -> SearchAnswer:
        """Pause, resume, stop, extend the budget, prefer or forbid an insight."""
        live = await self._open(search_id)
        match action:
            case "pause":
                live.is_paused = True
                self._store.set_state(search_id, "paused", "Paused. Resume it to go on.")
            case "resume":
                live.is_paused = False
                self._store.set_state(search_id, "idle")
            case "stop":
                await live.halt()
                self._store.set_state(search_id, "stopped", "Stopped. Extend it to go on.")
            case "extend":
                self._extend(live, rollouts, max_seconds, max_usd)
            case "prefer" | "forbid":
                if insight_id is None:
                    raise RequestError(f"{action} needs insight_id. get_tree shows the ids.")
                (live.pool.prefer if action == "prefer" else live.pool.forbid)(insight_id)
        return self._answer(search_id)

    async def predict(self, source: str, dataset: str, output_path: str) -> PredictAnswer:
        """Predict with a finalized search's model or an exported folder, inside the sandbox."""
        provider = await self._workshop.open_provider()
        if Path(source).is_dir():
            return await predict_file(provider, Path(source), dataset, Path(output_path))
        try:
            record = self._store.search(source)
        except NotFoundError as error:
            raise NotFoundError(f"No folder and no search {source!r}. {error}") from error
        final = self._store.final(source)
        if final is None or record.problem is None:
            raise RequestError(f"Search {source} has no final model yet. Finalize it first.")
        problem = await self._problem(record)
        model = final_model(self._store, final)
        table = await asyncio.to_thread(read_table, dataset)
        columns = schema_of(problem.frame.iloc[problem.splits.search])
        predicted = await predict_rows(provider, model.model, table, problem.task, columns)
        return write_predictions(predicted, Path(output_path))

    async def report_html(self, search_id: str) -> str:
        """The report page of a search, self-contained."""
        record = self._store.search(search_id)
        problem = await self._problem(record)
        return await asyncio.to_thread(
            lambda: render_report(report_content(self._store, record, problem))
        )

    async def tree_html(self, search_id: str) -> str:
        """The tree as one self-contained page."""
        search, nodes = self._tree(search_id)
        rollouts = rollout_answers(self._store, self._store.search(search_id))
        insights = self._insights(search_id)
        details = {n.id: node_detail(n.id, search, nodes, insights, rollouts) for n in nodes}
        return tree_html(nodes, self._answer(search_id), details)

    async def tree_png(self, search_id: str) -> bytes:
        """The tree as a picture."""
        nodes = self._tree(search_id)[1]
        return await asyncio.to_thread(tree_png, nodes, self._answer(search_id))

    async def close(self) -> None:
        """Stop the work and end every kernel; what is stored stays."""
        await self._searches.close()
        await self._workshop.close()

    async def _open(self, search_id: str) -> LiveSearch:
        await self._searches.wait_until_prepared(search_id, None)
        return await self._searches.open(search_id)

    def _answer(self, search_id: str) -> SearchAnswer:
        live = self._searches.live(search_id)
        return search_answer(self._store, self._store.search(search_id), live)

    def _heard(self, search_id: str, progress: Progress | None) -> Callable[[RolloutAnswer], None]:
        def heard(answer: RolloutAnswer) -> None:
            if progress is not None:
                progress(self._answer(search_id), rollout_sentence(answer))

        return heard

    def _insights(self, search_id: str) -> dict[str, InsightRecord]:
        return {r.insight.id: r for r in self._store.insights(search_id)}

    def _tree(self, search_id: str) -> tuple[Search, tuple[NodeAnswer, ...]]:
        record = self._store.search(search_id)
        live = self._searches.live(search_id)
        search = live.search if live else replayed(self._store, record)
        best = next((r for r in rollout_answers(self._store, record) if r.is_best), None)
        return search, node_answers(search, self._insights(search_id), best)

    async def _problem(self, record: SearchRecord) -> Problem:
        if record.problem is None:
            raise RequestError(f"Search {record.id} is not prepared yet. Try again in a moment.")
        blob = self._store.blob(record.problem.blobs["problem"])
        return await asyncio.to_thread(unpack, blob)

    def _extend(
        self,
        live: LiveSearch,
        rollouts: int | None,
        max_seconds: float | None,
        max_usd: float | None,
    ) -> None:
        if rollouts is None and max_seconds is None and max_usd is None:
            raise RequestError("extend needs rollouts, max_seconds or max_usd: the new totals.")
        self._store.extend(live.id, rollouts=rollouts, max_seconds=max_seconds, max_usd=max_usd)
        live.budget.extend(rollouts=rollouts, max_seconds=max_seconds, max_usd=max_usd)
        live.mind.purse.limit_usd = live.budget.max_usd
        self._store.set_state(live.id, "idle")


def _is_answer(rollout: RolloutAnswer, final: FinalRecord | None) -> bool:
    """Whether it is the best of the search, or, once finalized, what weighs most in the model."""
    if final is None:
        return rollout.is_best
    return rollout.number == max(final.estimate.members, key=lambda m: m.weight).rollout
