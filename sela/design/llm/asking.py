"""Asking a model for a reply of a given shape: what is counted, checked and asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from sela.design.designer import Call
from sela.design.llm.budget import Budget
from sela.design.llm.chat import ChatModel, ModelReply, Order, Prompt, Role
from sela.design.llm.deadline import Deadline
from sela.design.llm.extraction import UnreadableReplyError, read_reply
from sela.errors import BudgetError, DesignerError

M = TypeVar("M", bound=BaseModel)
REPEATED_CHARACTERS = 6_000


@dataclass(frozen=True)
class Question(Generic[M]):
    """What is asked: the shape, for which role, and what else must hold of the reply."""

    prompt: Prompt
    role: Role
    schema: type[M]
    max_tokens: int
    seconds: float
    """For everything together: waiting, retries, asking again."""
    check: Callable[[M], str | None] = lambda _: None
    """A complaint to be sent back once, or None; such a reply fails as `static_check`."""


@dataclass(frozen=True)
class Answer(Generic[M]):
    """A reply that was checked, and every call that it took."""

    reply: M
    calls: tuple[Call, ...]


async def ask(model: ChatModel, budget: Budget, question: Question[M]) -> Answer[M]:
    """A checked reply, at the price of one call when all goes well and of three at the worst.

    A truncated reply is asked for once more with twice the tokens; one that is empty, malformed
    or faulty once more with the complaint; one that was cut off once more as it was.
    DesignerError carries the calls; BudgetError means that none was made.
    """
    order = Order(
        question.role, question.schema, question.max_tokens, Deadline.after(question.seconds)
    )
    prompt, calls = question.prompt, ()
    may_lengthen = may_complain = may_reconnect = True
    failure: DesignerError | None = None
    while True:
        try:
            reply = await _exchange(model, budget, prompt, order)
        except BudgetError as error:
            if failure is None:
                raise
            raise failure from error
        except DesignerError as error:
            calls = (*calls, *error.calls)
            failure = DesignerError(error.reason, str(error), calls)
            if error.reason == "cut" and may_reconnect:
                may_reconnect = False
                continue
            raise failure from error
        calls = (*calls, *reply.calls)
        try:
            return Answer(_accept(model, question, reply), calls)
        except _Refused as refused:
            failure = DesignerError(refused.reason, str(refused), calls)
            if refused.reason == "truncated" and may_lengthen:
                may_lengthen, order = False, replace(order, max_tokens=2 * order.max_tokens)
            elif refused.complaint and may_complain:
                may_complain = False
                prompt = prompt.after(reply.text[:REPEATED_CHARACTERS], refused.complaint)
            else:
                raise failure from refused


class _Refused(Exception):
    """A reply that will not do; `complaint` is what to say about it, if anything helps."""

    def __init__(self, reason: str, message: str, complaint: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.complaint = complaint


async def _exchange(model: ChatModel, budget: Budget, prompt: Prompt, order: Order) -> ModelReply:
    with budget.reserve(model.estimate_usd(prompt, order), model.name):
        try:
            reply = await model.send(prompt, order)
        except DesignerError as error:
            budget.charge(error.calls)
            raise
        budget.charge(reply.calls)
        return reply


def _accept(model: ChatModel, question: Question[M], reply: ModelReply) -> M:
    if reply.stop == "refused":
        category = reply.detail or "no category given"
        raise _Refused("refused", f"{model.name} refused ({category})")
    if reply.stop == "truncated":
        raise _Refused("truncated", f"{model.name}: the reply was cut at the token limit")
    if not reply.text.strip():
        raise _Refused("empty", f"{model.name} gave an empty reply", "The reply was empty.")
    try:
        accepted = read_reply(reply.text, question.schema)
    except UnreadableReplyError as error:
        complaint = f"That reply does not fit: {error}. Reply again with the JSON object only."
        raise _Refused("malformed", f"{model.name}: {error}", complaint) from error
    fault = question.check(accepted)
    if fault is not None:
        complaint = f"That code cannot run: {fault}. Reply again, in the same shape, mended."
        raise _Refused("static_check", f"{model.name}: {fault}", complaint)
    return accepted
