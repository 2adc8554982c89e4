"""What callers give: requests, insights and answers, checked before anything is done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sela.design.host import HostDesigner
from sela.design.insight import Insight, Stage
from sela.errors import DesignerError, RequestError
from sela.live.request import SearchRequest
from sela.search.strategies import strategy_named

MAX_TEXT = 600
CALLER_PRIOR = 0.9
"""Somebody who brings an idea wants to see it tried soon."""
CheckSource = Callable[[Stage, str], None]


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


def check_request(request: SearchRequest) -> SearchRequest:
    """The request, or RequestError for a strategy or budgets that cannot be."""
    limits = {"max_seconds": request.max_seconds, "max_usd": request.max_usd}
    for name, value in limits.items():
        if value is not None and value <= 0:
            raise RequestError(f"{name} is {value:g}: give more than 0, or leave it out.")
    if request.rollouts < 1 or request.workers < 1:
        raise RequestError("rollouts and workers must be at least 1.")
    strategy_named(request.strategy)
    return request


def callers_insights(
    given: Sequence[GivenInsight], origin: str, check_source: CheckSource
) -> tuple[Insight, ...]:
    """Insights of a caller; RequestError when a text is empty or code cannot be run."""
    for item in given:
        if not item.text.strip():
            raise RequestError("An insight needs a text: one sentence that says what to do.")
        if item.code is not None:
            try:
                check_source(item.stage, item.code)
            except DesignerError as error:
                raise RequestError(f"The code of {item.text[:60]!r}: {error}") from error
    return tuple(_insight(item, origin) for item in given)


def take_answer(host: HostDesigner, answer: GivenAnswer) -> None:
    """Hand a host's answer to its desk; NotFoundError names the right ticket for a stale one."""
    insights = tuple(_insight(item, host.name) for item in answer.insights)
    host.answer(answer.ticket, insights=insights, code=answer.code)


def _insight(item: GivenInsight, origin: str) -> Insight:
    text = " ".join(item.text.split())[:MAX_TEXT]
    return Insight("", item.stage, text, origin, CALLER_PRIOR, item.code)
