"""A designer that thinks with a chat model: one call for new ideas, one for each module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from sela.design.designer import Briefing, CodeRequest, Proposal, WrittenCode
from sela.design.insight import Insight, Stage
from sela.design.llm.asking import Question, ask
from sela.design.llm.budget import Budget
from sela.design.llm.chat import ChatModel, Prompt, Role
from sela.design.llm.retries import tidy
from sela.design.llm.schemas import CodeReply, InsightReply, InsightsReply
from sela.design.pool import admit
from sela.design.prompts import (
    code_request,
    insights_request,
    problem_block,
    repair_request,
    rules,
)
from sela.errors import DesignerError

M = TypeVar("M", bound=BaseModel)
PRIORS = {"low": 0.35, "med": 0.5, "high": 0.65}
CheckSource = Callable[[Stage, str], None]
"""Raises DesignerError when a stage's source cannot run."""


@dataclass(frozen=True)
class Manner:
    """How a model is asked, whatever the model."""

    contract: str
    """The stage contract in words, put into every prompt."""
    check_source: CheckSource
    max_tokens: int = 8_000
    seconds: float = 180.0
    """For one question, retries and all."""
    share_values: bool = False


class ModelDesigner:
    """A Designer on one ChatModel, within one search's budget."""

    def __init__(self, model: ChatModel, manner: Manner, budget: Budget) -> None:
        self._model = model
        self._manner = manner
        self._budget = budget

    @property
    def name(self) -> str:
        return self._model.name

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        """New ideas for all stages in one call; `nothing_new` when each was known."""
        request = insights_request(
            briefing, count=count, stages=stages, share_values=self._manner.share_values
        )
        prompt = self._prompt(briefing, request)
        answer = await ask(
            self._model, self._budget, self._question(prompt, "insights", InsightsReply)
        )
        wanted = [r for r in answer.reply.insights if not stages or stages.get(r.stage, 0) > 0]
        admitted = admit(
            (self._insight(reply) for reply in wanted),
            briefing.insights,
            names=briefing.profile.names(),
            limit=count,
        )
        if not admitted.insights:
            raise DesignerError("nothing_new", f"{self.name} has no new idea.", answer.calls)
        return Proposal(admitted.insights, answer.calls, admitted.refusals)

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        """A plan and the module in one call, two when the static check finds a fault."""
        role: Role = "code" if request.error is None else "repair"
        if request.error is None:
            text = code_request(request)
        else:
            share = self._manner.share_values
            text = repair_request(request, briefing.profile, share_values=share)
        prompt = self._prompt(briefing, text)
        stage = request.insight.stage
        question = self._question(prompt, role, CodeReply, lambda reply: self._fault(stage, reply))
        answer = await ask(self._model, self._budget, question)
        reply = answer.reply
        return WrittenCode(_with_end(reply.code), reply.plan, answer.calls, origin=self.name)

    def _prompt(self, briefing: Briefing, request: str) -> Prompt:
        manner = self._manner
        problem = problem_block(briefing, share_values=manner.share_values)
        return Prompt(rules(manner.contract), problem, request)

    def _question(
        self,
        prompt: Prompt,
        role: Role,
        schema: type[M],
        check: Callable[[M], str | None] = lambda _: None,
    ) -> Question[M]:
        manner = self._manner
        return Question(prompt, role, schema, manner.max_tokens, manner.seconds, check)

    def _fault(self, stage: Stage, reply: CodeReply) -> str | None:
        try:
            self._manner.check_source(stage, reply.code)
        except DesignerError as error:
            return tidy(str(error))
        return None

    def _insight(self, reply: InsightReply) -> Insight:
        return Insight(
            id="",
            stage=reply.stage,
            text=" ".join(reply.text.split()),
            origin=self.name,
            prior=PRIORS[reply.expected_gain],
            cost=reply.cost,
            rationale=" ".join(reply.rationale.split()),
        )


def _with_end(code: str) -> str:
    return code.strip("\n") + "\n"
