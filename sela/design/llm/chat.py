"""The chat protocol: one prompt out, one reply back, priced and with its stop reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from pydantic import BaseModel

from sela.design.designer import Call
from sela.design.llm.deadline import Deadline

Role = Literal["insights", "code", "repair"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
Stop = Literal["complete", "truncated", "refused"]


@dataclass(frozen=True)
class FollowUp:
    """A reply that would not do, and what was said to it."""

    reply: str
    complaint: str


@dataclass(frozen=True)
class Prompt:
    """`rules` and `problem` are the same bytes in every call of a search; `request` is not."""

    rules: str
    """Instructions of ours only: who you are, the stage contract, what is forbidden."""
    problem: str
    """The problem as quoted data."""
    request: str
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def characters(self) -> int:
        turns = sum(len(turn.reply) + len(turn.complaint) for turn in self.follow_ups)
        return len(self.rules) + len(self.problem) + len(self.request) + turns

    def after(self, reply: str, complaint: str) -> Prompt:
        """The same with one more follow-up."""
        return replace(self, follow_ups=(*self.follow_ups, FollowUp(reply, complaint)))


@dataclass(frozen=True)
class Order:
    """What is asked of a model in one exchange, beside the prompt."""

    role: Role
    schema: type[BaseModel]
    max_tokens: int
    deadline: Deadline


@dataclass(frozen=True)
class ModelReply:
    """One exchange: its text, unchecked, how it stopped, and the calls it took."""

    text: str
    stop: Stop
    calls: tuple[Call, ...]
    detail: str = ""
    """The category of a refusal."""


class ChatModel(Protocol):
    """One model behind one endpoint."""

    @property
    def name(self) -> str:
        """The model's name, shown on nodes."""
        ...

    def estimate_usd(self, prompt: Prompt, order: Order) -> float | None:
        """An upper bound of the price of one exchange; None when no price is known."""
        ...

    async def send(self, prompt: Prompt, order: Order) -> ModelReply:
        """One exchange with its transport retries; DesignerError when none came through."""
        ...
