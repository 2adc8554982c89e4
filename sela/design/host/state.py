"""What was asked of the host, and what became of it: plain data that a store can keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from sela.design.insight import Insight, Stage
from sela.design.need import Need, NeedKind

Outcome = Literal["open", "answered", "faulty", "expired"]


@dataclass(frozen=True)
class Asked:
    """One need and its end."""

    ticket: str
    kind: NeedKind
    insight_id: str | None
    """None for insights."""
    text: str
    """Of the insight: an id alone may come to mean another one."""
    stage: Stage | None
    context: str
    contract: str | None = None
    fault: str = ""
    """Of a repair: a digest of the failure, so that the same one is not asked for twice."""
    attempt: int = 0
    """How many answers to this were refused before."""
    follows: str | None = None
    """The ticket whose answer was refused."""
    is_shown: bool = False
    outcome: Outcome = "open"
    insights: tuple[Insight, ...] = ()
    code: str | None = None
    problem: str = ""
    """Why an answer was refused."""

    @property
    def is_open(self) -> bool:
        return self.outcome == "open"

    @property
    def need(self) -> Need:
        return Need(self.kind, self.ticket, self.context, self.contract)


@dataclass(frozen=True)
class HostState:
    """All needs of a search, in the order in which they were asked."""

    sequence: int = 0
    asked: tuple[Asked, ...] = ()

    def to_json(self) -> str:
        return _STATE.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> HostState:
        """ValueError when the text is not a state."""
        return _STATE.validate_json(text)


_STATE = TypeAdapter(HostState)
