"""The MCP tools. Each docstring is what a calling model reads: when, when not, what next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver import Context, Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ToolAnnotations

from sandboxes.base import SandboxError
from sela.design.insight import Stage
from sela.errors import SelaError
from sela.live.answers import BestAnswer, PredictAnswer, SearchAnswer
from sela.live.request import SearchRequest
from server import arguments as a
from server import hints, views, words
from server.paths import Paths
from server.schemas import make_tool
from server.waiting import Background, Pulse, bounded

if TYPE_CHECKING:
    from sela.engine import Engine

GRACE_SECONDS = 1.0
"""Of an answer beyond `wait_seconds`; twice this is promised."""
CONTROL_SECONDS = 15.0

OpenEngine = Callable[[], Awaitable["Engine"]]
"""Gives the engine; its libraries are imported when a tool needs it, not before."""


class Tools:
    """The tools of one server. Engine errors become tool errors, with their next step."""

    def __init__(self, open_engine: OpenEngine, paths: Paths) -> None:
        self._open_engine = open_engine
        self._paths = paths
        self._background = Background()

    def all(self) -> list[Tool]:
        """The tools, in the order in which they are listed."""
        reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
        writes = ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=False,
        )
        # A designer may ask a model of another company.
        thinks = writes.model_copy(update={"open_world_hint": True})
        ends = writes.model_copy(update={"destructive_hint": True, "idempotent_hint": True})
        return [
            make_tool(self.propose_insights, "Propose insights", thinks),
            make_tool(self.start_search, "Start a pipeline search", thinks),
            make_tool(self.step_search, "Advance a search", thinks),
            make_tool(self.get_tree, "See the search tree", reads),
            make_tool(self.get_best_pipeline, "Get the best pipeline", ends),
            make_tool(self.list_searches, "List searches", reads),
            make_tool(self.control_search, "Control a search", ends),
            make_tool(self.predict, "Predict new rows", writes),
            make_tool(self.draw_tree, "Draw the tree", reads, is_structured=False),
        ]

    async def propose_insights(
        self,
        ctx: Context,
        dataset: a.Dataset | None = None,
        search_id: a.SearchId | None = None,
        target: a.Target | None = None,
        description: a.Description = "",
        stage: Stage | None = None,
        insights: a.Given | None = None,
        count: a.Count = 8,
        wait_seconds: a.Wait = 20,
    ) -> Annotated[CallToolResult, views.InsightsView]:
        """Ideas for a machine-learning pipeline on a table, stage by stage.

        Use with dataset and target to look at a data set (task, metric, audit) before a search;
        with search_id for more ideas in a running search; with search_id and insights to add
        your own. Not needed before start_search. Next: start_search or step_search.
        """
        if (dataset is None) == (search_id is None):
            raise ToolError("Give either dataset (with target) or search_id.")
        pulse = self._pulse(ctx, wait_seconds)
        with told_errors():
            engine = await self._open_engine()
            if search_id is not None:
                return await self._more_insights(
                    engine, search_id, stage, insights, count, wait_seconds, pulse
                )
        if insights:
            raise ToolError("insights are added to a search: call start_search, then give its id.")
        if target is None:
            raise ToolError("Give the target too: the column to predict.")
        with told_errors():
            source = self._paths.readable(dataset or "")
            request = SearchRequest(source, target, description=description)
            preview = await self._background.result(
                ("preview", request, stage, count),
                lambda: engine.preview(request, stage=stage, count=count),
                wait_seconds + GRACE_SECONDS,
                pulse,
            )
        if preview is None:
            return views.answer(views.later_insights_view("The data set is still being read."))
        return views.answer(
            views.insights_view(
                preview.insights,
                f"{preview.rows} rows, {preview.columns} columns: {words.task_words(preview.task)}."
                f" {len(preview.insights)} ideas.",
                hints.after_preview(),
                task=words.task_words(preview.task),
                notes=list(preview.notes) or None,
                findings=[words.finding_words(f) for f in preview.findings] or None,
            )
        )

    async def _more_insights(
        self,
        engine: Engine,
        search_id: str,
        stage: Stage | None,
        given: list[a.InsightArgument] | None,
        count: int,
        wait_seconds: float,
        pulse: Pulse,
    ) -> CallToolResult:
        if given:
            added = await engine.add_insights(search_id, [g.given() for g in given])
            summary = f"Added {len(added)} of {len(given)} insights to search {search_id}."
        elif "host" in (await engine.search(search_id)).designer.split(","):
            raise ToolError(
                f"In search {search_id} you are the designer: give your ideas here as insights, "
                "or call step_search to see what it asks for."
            )
        else:
            found = await self._background.result(
                ("insights", search_id, stage, count),
                lambda: engine.propose_insights(search_id, stage=stage, count=count),
                wait_seconds + GRACE_SECONDS,
                pulse,
            )
            if found is None:
                return views.answer(views.later_insights_view("The designer is still thinking."))
            added, summary = found, f"{len(found)} new insights in search {search_id}."
        return views.answer(views.insights_view(added, summary, hints.after_insights(search_id)))

    async def start_search(
        self,
        dataset: a.Dataset,
        target: a.Target,
        metric: a.Metric | None = None,
        description: a.Description = "",
        designer: a.DesignerName = "playbook",
        strategy: a.Strategy = "guided",
        rollouts: a.Rollouts = 20,
        max_seconds: a.MaxSeconds | None = None,
        max_usd: a.MaxUsd | None = None,
        workers: a.Workers = 1,
        folds: a.Folds | None = None,
        test_fraction: a.TestFraction = 0.2,
        seed: a.Seed = 0,
        request_key: a.RequestKey | None = None,
        positive: a.Positive | None = None,
        group: a.Group | None = None,
        time: a.Time | None = None,
        fold_column: a.FoldColumn | None = None,
        test_data: a.TestData | None = None,
        drop: a.Drop | None = None,
        keep: a.Keep | None = None,
    ) -> Annotated[CallToolResult, views.SearchView]:
        """Make a search for the best pipeline that predicts target from the other columns.

        Use for any table with a target: classification or regression. Not for data without a
        target, nor for images. Returns a search_id in seconds, before any rollout; the search is
        kept on disk until its folder is deleted, and survives restarts. A part of the rows is
        sealed for one honest final score. Next: step_search until the rollouts are done, then
        get_best_pipeline.
        """
        with told_errors():
            request = SearchRequest(
                self._paths.readable(dataset),
                target,
                metric=metric,
                positive=positive,
                description=description,
                designer=designer,
                strategy=strategy,
                rollouts=rollouts,
                max_seconds=max_seconds,
                max_usd=max_usd,
                workers=workers,
                folds=folds,
                test_fraction=test_fraction,
                seed=seed,
                request_key=request_key,
                group=group,
                time=time,
                fold_column=fold_column,
                test_data=self._paths.readable(test_data) if test_data else None,
                drop=tuple(drop or ()),
                keep=tuple(keep or ()),
            )
            engine = await self._open_engine()
            search = await engine.start_search(request)
        return views.answer(views.search_view(search), views.limit_of(search))

    async def step_search(
        self,
        ctx: Context,
        search_id: a.SearchId,
        rollouts: a.Steps = 1,
        wait_seconds: a.Wait = 20,
        answer: a.Answers | None = None,
    ) -> Annotated[CallToolResult, views.StepView]:
        """Let a search try more pipelines, and wait for them a while.

        Each rollout runs a whole pipeline in a sandbox and scores it on shared folds. Calling
        again is always safe: work goes on in the background. With designer=host the answer may
        hold needs, each with a ticket: think, and give your answer in the next call. Without an
        answer the built-in playbook steps in. Next: this tool again, or get_best_pipeline.
        """
        pulse = self._pulse(ctx, wait_seconds)

        def progress(_: SearchAnswer, sentence: str) -> None:
            pulse.say(sentence)

        with told_errors():
            engine = await self._open_engine()
            step = await bounded(
                engine.step_search(
                    search_id,
                    rollouts=rollouts,
                    wait_seconds=wait_seconds,
                    answers=[given.given() for given in answer or ()],
                    progress=progress,
                ),
                wait_seconds + GRACE_SECONDS,
                pulse,
            )
            if step is None:
                return views.answer(views.later_step_view(await engine.search(search_id)))
        return views.step_answer(step)

    async def get_tree(
        self,
        search_id: a.SearchId,
        node_id: a.NodeId | None = None,
        detail: a.Detail = "concise",
        cursor: a.Cursor | None = None,
    ) -> Annotated[CallToolResult, views.TreeView]:
        """The tree of what was tried: stages, ideas, scores, failures; or one node of it.

        Use to explain a search, or with node_id to read a stage's code, its errors and its
        scores. ★ marks the best path. Not for the final score: that is get_best_pipeline.
        """
        with told_errors():
            engine = await self._open_engine()
            start = int(cursor or 0)
            if node_id is not None:
                node = await engine.node(search_id, node_id)
                view = views.node_view(search_id, node, is_full=detail == "full", cursor=start)
            else:
                search, nodes = await engine.search(search_id), await engine.tree(search_id)
                view = views.tree_view(search, nodes, is_full=detail == "full", cursor=start)
        return views.answer(view)

    async def get_best_pipeline(
        self,
        ctx: Context,
        search_id: a.SearchId,
        finalize: bool = False,
        output_dir: a.OutputDir | None = None,
        wait_seconds: a.Wait = 30,
    ) -> Annotated[CallToolResult, views.BestView]:
        """The best pipeline so far, as ideas and code.

        With finalize=true the search ends, the best few are scored again on fresh folds, and the
        sealed test rows are used, once: the honest number to tell the user. With output_dir a
        folder with code, fitted model, notebook and report is written (it finalizes too). Both
        may take minutes: the answer then says so, and the same call again brings the result.
        """
        pulse = self._pulse(ctx, wait_seconds)
        with told_errors():
            engine = await self._open_engine()

            async def work() -> BestAnswer:
                folder = self._paths.new_folder(output_dir) if output_dir else None
                return await engine.best(
                    search_id, finalize=finalize, output_dir=folder, progress=pulse.say
                )

            best = await self._background.result(
                ("best", search_id, finalize, output_dir),
                work,
                wait_seconds + GRACE_SECONDS,
                pulse,
            )
            if best is None:
                search = await engine.search(search_id)
                return views.answer(views.later_best_view(search), views.limit_of(search))
        return views.answer(views.best_view(best), views.limit_of(best.search))

    async def list_searches(self) -> Annotated[CallToolResult, views.ListView]:
        """All searches of this server, newest first, also those of earlier sessions.

        Use to find a search_id again. Next: step_search or get_best_pipeline with it.
        """
        with told_errors():
            engine = await self._open_engine()
            return views.answer(views.list_view(await engine.searches()))

    async def control_search(
        self,
        ctx: Context,
        search_id: a.SearchId,
        action: a.Action,
        rollouts: a.Rollouts | None = None,
        max_seconds: a.MaxSeconds | None = None,
        max_usd: a.MaxUsd | None = None,
        insight_id: a.InsightId | None = None,
    ) -> Annotated[CallToolResult, views.SearchView]:
        """Pause, resume or stop a search; extend its budget; prefer or forbid an insight.

        extend takes rollouts, max_seconds or max_usd: the new totals, not additions; prefer
        and forbid take insight_id. stop keeps all results, and extend revives a stopped search.
        """
        if action in ("prefer", "forbid") and insight_id is None:
            raise ToolError(f"{action} needs insight_id: get_tree with detail=full shows the ids.")
        if action == "extend" and rollouts is None and max_seconds is None and max_usd is None:
            raise ToolError("extend needs rollouts, max_seconds or max_usd.")
        with told_errors():
            engine = await self._open_engine()
            # A search that is still being prepared, or just brought back, may keep it waiting.
            search = await self._background.result(
                ("control", search_id, action, rollouts, max_seconds, max_usd, insight_id),
                lambda: engine.control(
                    search_id,
                    action,
                    rollouts=rollouts,
                    max_seconds=max_seconds,
                    max_usd=max_usd,
                    insight_id=insight_id,
                ),
                CONTROL_SECONDS,
                self._pulse(ctx, CONTROL_SECONDS),
            )
            if search is None:
                return views.answer(views.later_search_view(await engine.search(search_id)))
        view = views.search_view(search)
        if action == "pause":
            # What runs now ends first, so that the state may not say it yet.
            view = view.model_copy(update={"next": hints.after_pause(search_id)})
        return views.answer(view)

    async def predict(
        self,
        ctx: Context,
        search_id: a.SearchId,
        dataset: a.Dataset,
        output_path: a.OutputPath,
        wait_seconds: a.Wait = 30,
    ) -> Annotated[CallToolResult, views.PredictView]:
        """Predict the target for new rows with a finalized search's model.

        Writes a CSV with a column prediction, and probability_<class> for a classifier. The new
        file needs the columns of the training data, in any order. Finalize first, with
        get_best_pipeline.
        """
        pulse = self._pulse(ctx, wait_seconds)
        with told_errors():
            engine = await self._open_engine()

            async def work() -> PredictAnswer:
                source, output = self._paths.readable(dataset), self._paths.new_file(output_path)
                return await engine.predict(search_id, source, output)

            done = await self._background.result(
                ("predict", search_id, dataset, output_path),
                work,
                wait_seconds + GRACE_SECONDS,
                pulse,
            )
        return views.answer(views.predict_view(done) if done else views.later_predict_view())

    async def draw_tree(self, search_id: a.SearchId) -> Image:
        """The search tree as a picture (PNG), nodes coloured by score.

        Use when the user wants to see it. For your own reading get_tree is better.
        """
        with told_errors():
            engine = await self._open_engine()
            return Image(data=await engine.tree_png(search_id), format="png")

    def _pulse(self, ctx: Context, seconds: float) -> Pulse:
        return Pulse(ctx.report_progress, seconds)


@contextmanager
def told_errors() -> Generator[None]:
    """Engine errors become tool errors: only these keep their text on the way to the model."""
    try:
        yield
    except SelaError as error:
        raise ToolError(str(error)) from error
    except SandboxError as error:
        raise ToolError(f"No sandbox could be opened. Have `sela doctor` run. {error}") from error
