"""The host as a Designer: it waits at the desk, and a stand-in answers what the host leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sela.design.designer import Briefing, CodeRequest, Designer, Proposal, WrittenCode
from sela.design.host.desk import SHOWN_CHARACTERS, Accepted, HostDesk
from sela.design.host.state import Asked, HostState
from sela.design.insight import Insight, Stage
from sela.design.need import Need
from sela.design.pool import admit
from sela.errors import DesignerError

AHEAD = 8
"""Needs for code that are open at a time, so that siblings are written in one call."""

OWN_ORIGINS = ("host", "caller")
"""Whose ideas the host writes; the others are written by whoever had them."""


class HostDesigner:
    """How a search uses it:

    - `propose` and `write` open a need and wait until it is closed. `on_change` is called with
      the state to be stored whenever it changed; `is_waiting` tells that the host is wanted.
    - A step with answers calls `answer` for each, then waits for rollouts or new needs.
    - A step without answers calls `go_on` first: what was shown is done by the stand-in.
    - Every answer to the host holds `show()`.
    - Without anybody to answer (a headless run) set `is_attended` to False: the stand-in does it.
    """

    def __init__(
        self,
        desk: HostDesk,
        stand_in: Designer,
        *,
        on_change: Callable[[HostState], None] = lambda _: None,
        is_attended: bool = True,
        ahead: int = AHEAD,
    ) -> None:
        self.is_attended = is_attended
        self._desk = desk
        self._stand_in = stand_in
        self._on_change = on_change
        self._ahead = ahead
        self._changed = asyncio.Event()
        self._waited = list[str]()
        self._unwritten: tuple[Insight, ...] = ()

    @property
    def name(self) -> str:
        return "host"

    @property
    def is_waiting(self) -> bool:
        """Whether the search stands still somewhere until the host answers or goes on."""
        return any(self._desk.find(ticket).is_open for ticket in self._waited)

    def show(self, limit: int = SHOWN_CHARACTERS) -> tuple[Need, ...]:
        """The needs to be put into an answer to the host, at most `limit` characters of them.

        The host's ideas that lack code are among them, before a rollout has to wait for it.
        """
        if self.is_attended:
            self._desk.ask_ahead(self._unwritten, self._ahead)
        needs = self._desk.show(limit)
        self._on_change(self._desk.state)
        return needs

    def answer(
        self, ticket: str, *, insights: Sequence[Insight] = (), code: str | None = None
    ) -> Accepted:
        """Take one answer; see HostDesk.answer for what it raises."""
        accepted = self._desk.answer(ticket, insights=insights, code=code)
        self._tell()
        return accepted

    def go_on(self) -> None:
        """The host stepped on without an answer: what it was shown is done by the stand-in."""
        if self._desk.expire():
            self._tell()

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        if not self.is_attended:
            return await self._stand_in.propose(briefing, count=count, stages=stages)
        asked = await self._closed(self._desk.ask_insights(briefing, count=count, stages=stages))
        if asked.outcome == "answered":
            admitted = admit(asked.insights, briefing.insights, names=briefing.profile.names())
            if admitted.insights:
                self._unwritten = _unwritten((*briefing.insights, *admitted.insights))
                return Proposal(admitted.insights, notes=admitted.refusals)
        proposal = await self._stand_in.propose(briefing, count=count, stages=stages)
        return replace(proposal, notes=(self._note("no new idea"), *proposal.notes))

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        is_own = request.insight.origin in OWN_ORIGINS
        if not self.is_attended or (not is_own and request.error is None):
            return await self._stand_in.write(briefing, request)
        self._unwritten = _unwritten(briefing.insights)
        asked = await self._closed(self._desk.ask_code(briefing, request))
        if asked.code is not None:
            return WrittenCode(asked.code, origin=self.name)
        why = asked.problem or "no code"
        try:
            written = await self._stand_in.write(briefing, request)
        except DesignerError as error:
            raise DesignerError(error.reason, f"host: {why}; {error}", error.calls) from error
        return replace(written, notes=(self._note(why), *written.notes))

    async def _closed(self, asked: Asked) -> Asked:
        self._waited.append(asked.ticket)
        self._tell()
        try:
            while (now := self._desk.find(asked.ticket)).is_open:
                await self._changed.wait()
        finally:
            self._waited.remove(asked.ticket)
        return self._desk.use(now.ticket)

    def _tell(self) -> None:
        self._on_change(self._desk.state)
        # Whoever waits now wakes and looks again; whoever comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()

    def _note(self, why: str) -> str:
        return f"host: {why} → {self._stand_in.name}"


def _unwritten(insights: Sequence[Insight]) -> tuple[Insight, ...]:
    """The ideas of the host and of whoever it speaks for that nobody has written."""
    return tuple(i for i in insights if i.code is None and i.origin in OWN_ORIGINS)
