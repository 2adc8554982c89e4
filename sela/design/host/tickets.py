"""The tickets of one search: given out in order, closed once, never lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sela.design.host.contexts import CONTRACT
from sela.design.host.state import Asked, HostState, Outcome
from sela.design.insight import Insight
from sela.design.need import NeedKind
from sela.design.prompts.quoting import capped
from sela.errors import NotFoundError


class Tickets:
    """Changes a HostState one need at a time."""

    def __init__(self, search_id: str, state: HostState) -> None:
        self._search_id = search_id
        self.state = state

    @property
    def all(self) -> tuple[Asked, ...]:
        return self.state.asked

    @property
    def open(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self.state.asked if asked.is_open)

    def add(
        self, kind: NeedKind, context: str, insight: Insight | None = None, fault: str = ""
    ) -> Asked:
        """A new need; the first one of a search carries the contract."""
        number = self.state.sequence + 1
        asked = Asked(
            ticket=f"{self._search_id}-{insight.id if insight else 'ideas'}-{number}",
            kind=kind,
            insight_id=insight.id if insight else None,
            text=insight.text if insight else "",
            stage=insight.stage if insight else None,
            context=context,
            contract=CONTRACT if number == 1 else None,
            fault=fault,
        )
        return self._append(asked)

    def add_repair(self, refused: Asked, context: str) -> Asked:
        """A need that takes the place of one whose answer would not do."""
        number = self.state.sequence + 1
        asked = Asked(
            ticket=f"{self._search_id}-{refused.insight_id}-{number}",
            kind="repair",
            insight_id=refused.insight_id,
            text=refused.text,
            stage=refused.stage,
            context=context,
            fault=refused.fault,
            attempt=refused.attempt + 1,
            follows=refused.ticket,
        )
        return self._append(asked)

    def close(
        self,
        asked: Asked,
        outcome: Outcome,
        *,
        insights: tuple[Insight, ...] = (),
        code: str | None = None,
        problem: str = "",
    ) -> Asked:
        """End a need. Its text is not kept: the state is stored at each change."""
        closed = replace(asked, outcome=outcome, context="", contract=None)
        return self._put(replace(closed, insights=insights, code=code, problem=problem))

    def mark_shown(self, asked: Asked) -> None:
        self._put(replace(asked, is_shown=True))

    def forget_written(self, insights: Collection[Insight]) -> None:
        """Drop code that has reached the pool: it is kept there."""
        written = {insight.id: insight.code for insight in insights}
        for asked in self.all:
            if asked.code is not None and written.get(asked.insight_id or "") == asked.code:
                self._put(replace(asked, code=None))

    def find(self, ticket: str) -> Asked:
        """NotFoundError names those that wait for an answer."""
        for asked in self.all:
            if asked.ticket == ticket.strip():
                return asked
        raise NotFoundError(f"No ticket '{capped(ticket, 80)}'. {self.hint}")

    def last(self, ticket: str) -> Asked:
        """The need of a ticket or, when its answer was refused, what followed it."""
        asked = self.find(ticket)
        for other in self.all:
            if other.follows == asked.ticket:
                asked = other
        return asked

    @property
    def hint(self) -> str:
        """Which tickets are right."""
        tickets = ", ".join(f"{asked.ticket} ({asked.kind})" for asked in self.open)
        if tickets:
            return f"Waiting for an answer: {tickets}."
        return "Nothing waits for an answer: call step_search without one."

    def _append(self, asked: Asked) -> Asked:
        self.state = HostState(self.state.sequence + 1, (*self.all, asked))
        return asked

    def _put(self, changed: Asked) -> Asked:
        asked = tuple(changed if a.ticket == changed.ticket else a for a in self.all)
        self.state = replace(self.state, asked=asked)
        return changed
