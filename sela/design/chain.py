"""A chain of designers: the next steps in when one cannot answer, and the node says why."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sela.design.designer import Briefing, Call, CodeRequest, Designer, Proposal, WrittenCode
from sela.design.insight import Stage
from sela.errors import BudgetError, DesignerError

T = TypeVar("T", Proposal, WrittenCode)
HOPELESS = frozenset({"unauthorized", "no_credit", "not_set_up", "not_an_api", "not_found"})
"""Reasons that another attempt will not mend: the designer is left out at once."""
NO_TROUBLE = frozenset({"nothing_new", "budget", "not_mine"})
"""Reasons that say nothing about a designer's health."""


class ChainDesigner:
    """Asks its designers in order. One that fails again and again rests for a while.

    An insight of a designer in the chain is written by that designer first: the playbook's own
    cost no model call. DesignerError with all calls when none could answer.
    """

    def __init__(
        self,
        designers: Sequence[Designer],
        *,
        failures_to_open: int = 3,
        rest_seconds: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not designers:
            raise ValueError("A chain needs a designer.")
        self._breakers = [_Breaker(d, failures_to_open, rest_seconds, clock) for d in designers]

    @property
    def name(self) -> str:
        return ",".join(breaker.designer.name for breaker in self._breakers)

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        async def act(designer: Designer) -> Proposal:
            return await designer.propose(briefing, count=count, stages=stages)

        proposal, calls, notes = await self._first(self._breakers, act)
        return replace(proposal, calls=(*calls, *proposal.calls), notes=(*notes, *proposal.notes))

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        async def act(designer: Designer) -> WrittenCode:
            written = await designer.write(briefing, request)
            return written if written.origin else replace(written, origin=designer.name)

        order = self._breakers
        if request.error is None:
            origin = request.insight.origin
            order = sorted(order, key=lambda breaker: breaker.designer.name != origin)
        written, calls, notes = await self._first(order, act)
        return replace(written, calls=(*calls, *written.calls), notes=(*notes, *written.notes))

    async def _first(
        self, order: Sequence[_Breaker], act: Callable[[Designer], Awaitable[T]]
    ) -> tuple[T, tuple[Call, ...], tuple[str, ...]]:
        """The first result, the calls that failed before it, and why they did."""
        failures = list[_Failure]()
        for breaker in order:
            if breaker.is_open:
                failures.append(_Failure(breaker.designer.name, "resting", breaker.why))
                continue
            try:
                result = await act(breaker.designer)
            except (DesignerError, BudgetError) as error:
                failures.append(breaker.failed(error))
                continue
            breaker.succeeded()
            notes = tuple(f"{f.name}: {f.reason} → {breaker.designer.name}" for f in failures)
            return result, _calls(failures), notes
        raise DesignerError(_reason(failures), "; ".join(map(str, failures)), _calls(failures))


@dataclass(frozen=True)
class _Failure:
    name: str
    reason: str
    message: str
    calls: tuple[Call, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.message or self.reason}"


class _Breaker:
    """Leaves a designer out for a while after failures in a row."""

    def __init__(
        self, designer: Designer, limit: int, rest_seconds: float, clock: Callable[[], float]
    ) -> None:
        self.designer = designer
        self.why = ""
        self._limit = limit
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._in_a_row = 0
        self._rests_until = -float("inf")

    @property
    def is_open(self) -> bool:
        return self._clock() < self._rests_until

    def succeeded(self) -> None:
        self._in_a_row = 0

    def failed(self, error: DesignerError | BudgetError) -> _Failure:
        reason = error.reason if isinstance(error, DesignerError) else "budget"
        calls = error.calls if isinstance(error, DesignerError) else ()
        if reason not in NO_TROUBLE:
            self._in_a_row += 1
            if reason in HOPELESS or self._in_a_row >= self._limit:
                self.why = f"resting after {reason}"
                self._rests_until = self._clock() + self._rest_seconds
        return _Failure(self.designer.name, reason, str(error), calls)


def _calls(failures: Sequence[_Failure]) -> tuple[Call, ...]:
    return tuple(call for failure in failures for call in failure.calls)


def _reason(failures: Sequence[_Failure]) -> str:
    """The first real trouble, else what the last one said."""
    troubles = (failure.reason for failure in failures if failure.reason not in NO_TROUBLE)
    return next(troubles, failures[-1].reason)
