"""The use cases behind every face: one short method each. Built by server/app.py alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sela.design.insight import Insight, Stage
from sela.live.answers import (
    BestAnswer,
    Finding,
    NodeAnswer,
    NodeDetail,
    PredictAnswer,
    SearchAnswer,
    StepAnswer,
)
from sela.live.request import SearchRequest
from sela.problem.task import Task

Progress = Callable[[SearchAnswer, str], None]
"""Called with where the search stands and one sentence of what just happened."""


@dataclass(frozen=True)
class GivenInsight:
    """An insight a caller brings, with or without code."""

    stage: Stage
    text: str
    code: str | None = None


@dataclass(frozen=True)
class GivenAnswer:
    """A host's answer to a need, by its ticket: insights or code."""

    ticket: str
    insights: tuple[GivenInsight, ...] = ()
    code: str | None = None


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

    async def preview(
        self, request: SearchRequest, *, stage: Stage | None = None, count: int = 10
    ) -> Preview:
        """Read, profile and audit a data set, and propose insights for it."""
        raise NotImplementedError

    async def propose_insights(
        self, search_id: str, *, stage: Stage | None = None, count: int = 5
    ) -> tuple[Insight, ...]:
        """New insights from the search's designer, added to its pool."""
        raise NotImplementedError

    async def add_insights(
        self, search_id: str, given: Sequence[GivenInsight]
    ) -> tuple[Insight, ...]:
        """Add a caller's insights; near-duplicates are refused with a reason."""
        raise NotImplementedError

    async def start_search(self, request: SearchRequest) -> SearchAnswer:
        """Store a new search and prepare it in the background; one search per request_key."""
        raise NotImplementedError

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
        raise NotImplementedError

    async def run_search(self, search_id: str, *, progress: Progress | None = None) -> SearchAnswer:
        """Run to the end of the budget; a host's needs go to the playbook."""
        raise NotImplementedError

    async def search(self, search_id: str) -> SearchAnswer:
        """Where a search stands."""
        raise NotImplementedError

    async def searches(self) -> tuple[SearchAnswer, ...]:
        """All searches, newest first."""
        raise NotImplementedError

    async def tree(self, search_id: str) -> tuple[NodeAnswer, ...]:
        """The nodes, depth first."""
        raise NotImplementedError

    async def node(self, search_id: str, node_id: int) -> NodeDetail:
        """One node, with code, rollouts, outputs."""
        raise NotImplementedError

    async def best(
        self,
        search_id: str,
        *,
        finalize: bool = False,
        output_dir: Path | None = None,
        reopen_reason: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> BestAnswer:
        """The best pipeline; `finalize` uses the sealed rows, once; `output_dir` exports."""
        raise NotImplementedError

    async def control(
        self,
        search_id: str,
        action: Literal["pause", "resume", "stop", "extend", "prefer", "forbid"],
        *,
        rollouts: int | None = None,
        max_seconds: float | None = None,
        max_usd: float | None = None,
        insight_id: str | None = None,
    ) -> SearchAnswer:
        """Pause, resume, stop, extend the budget, prefer or forbid an insight."""
        raise NotImplementedError

    async def predict(self, source: str, dataset: str, output_path: str) -> PredictAnswer:
        """Predict with a finalized search's model or an exported folder, inside the sandbox."""
        raise NotImplementedError

    async def report_html(self, search_id: str) -> str:
        """The report page of a search, self-contained."""
        raise NotImplementedError

    async def tree_html(self, search_id: str) -> str:
        """The tree as one self-contained page."""
        raise NotImplementedError

    async def tree_png(self, search_id: str) -> bytes:
        """The tree as a picture."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop the work and end every kernel; what is stored stays."""
        raise NotImplementedError
