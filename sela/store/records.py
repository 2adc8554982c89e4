"""The frozen records that a store hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sela.design.designer import Call
from sela.design.insight import Configuration, Insight
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment
from sela.live.answers import Finding, SearchState
from sela.live.request import SearchRequest
from sela.problem.task import Task
from sela.store.owner import Owner

JSONValue = Any
"""What JSON can say: None, bool, int, float, str, lists and string-keyed dicts of these."""

Standing = Literal["neutral", "preferred", "forbidden"]
RolloutState = Literal["running", "finished", "lost", "abandoned"]


@dataclass(frozen=True)
class Problem:
    """What preparing made of the data set; fixed for the life of the search."""

    task: Task
    findings: tuple[Finding, ...]
    """Of the data audit."""
    folds: str
    """The splits in one sentence."""
    blobs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Blob ids by what they hold: `table`, `splits`, …; the engine chooses the names."""
    notes: tuple[str, ...] = ()
    """Sentences on what was inferred, dropped, counted."""


@dataclass(frozen=True)
class SearchRecord:
    """A search: what was asked, where it stands, what it may use."""

    id: str
    request: SearchRequest
    designer: str
    strategy: str
    sandbox_tier: str
    state: SearchState
    message: str
    created_at: float
    """Seconds since the epoch."""
    rollouts: int
    """The budget, which `extend` may have changed since the request, as with the next two."""
    max_seconds: float | None
    max_usd: float | None
    wall_seconds: float
    """Time in which it was running."""
    problem: Problem | None
    """None while it is being prepared."""


@dataclass(frozen=True)
class InsightRecord:
    """An insight of the pool; `insight.code` holds the newest source."""

    insight: Insight
    standing: Standing = "neutral"
    plan: str = ""
    code_origin: str = ""
    """Who wrote the code; empty without code, or when the insight came with it."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RolloutRecord:
    """A rollout. `experiment` is there when, and only when, it has finished."""

    number: int
    attempt: int
    node_id: int
    configuration: Configuration
    state: RolloutState
    started_at: float
    finished_at: float | None = None
    experiment: Experiment | None = None
    plan: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallRecord:
    """A model call in the cost ledger."""

    call: Call
    rollout: int | None
    at: float


@dataclass(frozen=True)
class TestUse:
    """One use of the sealed rows."""

    __test__ = False  # pytest takes the name for a test class

    at: float
    reason: str
    override_reason: str | None
    """Why they were used once more; None for the first use."""


@dataclass(frozen=True)
class FinalRecord:
    """The final estimate, and the blobs that belong to it."""

    estimate: FinalEstimate
    at: float
    blobs: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Event:
    """One fact, never changed. `seq` grows within a search, from 1, without gaps."""

    seq: int
    kind: str
    at: float
    rollout: int | None
    attempt: int | None
    body: Mapping[str, JSONValue]


@dataclass(frozen=True)
class Claim:
    """The right to run a search. `epoch` grows with each new holder."""

    search_id: str
    owner: Owner
    epoch: int
    lease_until: float
