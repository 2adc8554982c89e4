"""The designer protocol: propose insights, write a stage, repair a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandboxes.base import RaisedError
from sela.design.insight import Insight, Stage
from sela.harness.profile import Profile
from sela.problem.task import Task


@dataclass(frozen=True)
class Effect:
    """What a tried insight did: mean paired change of the score against the runs without it."""

    insight_id: str
    gain: float
    """In the metric's unit, positive is better whatever the metric's direction."""
    trials: int


@dataclass(frozen=True)
class Briefing:
    """Everything a designer may know of a problem. Holds no row of the data."""

    task: Task
    profile: Profile
    description: str
    findings: tuple[str, ...] = ()
    """Sentences of the data audit and of EDA modules."""
    insights: tuple[Insight, ...] = ()
    """Those already in the pool."""
    effects: tuple[Effect, ...] = ()
    best_score: float | None = None
    baseline_score: float | None = None


@dataclass(frozen=True)
class CodeRequest:
    """One stage to be written, or mended when `error` is there."""

    insight: Insight
    path: tuple[Insight, ...] = ()
    """The insights of the earlier stages on the path, with their code."""
    previous_code: str | None = None
    error: RaisedError | None = None


@dataclass(frozen=True)
class Call:
    """One paid or free call to a model; the row of the cost ledger."""

    role: str
    """`insights`, `code` or `repair`."""
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None when the price of the model is unknown; 0 only when it is known to be free."""
    seconds: float
    stop_reason: str
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True)
class Proposal:
    """New insights, and what they cost."""

    insights: tuple[Insight, ...]
    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()
    """Reasons worth showing: a fallback, a near-duplicate that was refused."""


@dataclass(frozen=True)
class WrittenCode:
    """A stage's source, a plan of at most two sentences, and what they cost."""

    code: str
    plan: str = ""
    calls: tuple[Call, ...] = ()
    origin: str = ""
    """Who wrote it; differs from the insight's origin after a fallback."""
    notes: tuple[str, ...] = field(default_factory=tuple)
    """Reasons worth showing on the node: 'claude: overloaded, playbook stepped in'."""


class Designer(Protocol):
    """A mind. Raises DesignerError when it cannot answer."""

    @property
    def name(self) -> str: ...

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        """At most `count` new insights, none a near-duplicate of those in the briefing."""
        ...

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        """The source of one stage, new or mended."""
        ...
