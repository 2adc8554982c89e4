"""The desk where a search leaves its needs and the host its answers. Pure: no clock, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sela.design.designer import Briefing, CodeRequest
from sela.design.host.contexts import (
    INSIGHTS_CHARACTERS,
    code_context,
    insights_context,
    refused_context,
    repair_context,
)
from sela.design.host.received import only_code, tidy_code, tidy_insight
from sela.design.host.state import Asked, HostState
from sela.design.host.tickets import Tickets
from sela.design.insight import Insight, Stage
from sela.design.need import Need
from sela.errors import DesignerError, NotFoundError, RequestError
from sela.harness.profile import Profile

SHOWN_CHARACTERS = 3_000
"""Of all needs in one answer; the answer itself stays below 4,000."""
REFUSALS_ALLOWED = 2
INSIGHTS_TAKEN = 40
CheckSource = Callable[[Stage, str], None]
"""Raises DesignerError when a stage's source cannot run."""


@dataclass(frozen=True)
class Accepted:
    """What an answer led to."""

    asked: Asked
    is_repeat: bool = False
    """This ticket had been answered before; the first answer stands."""

    @property
    def problem(self) -> str:
        """Why the code was refused; empty when it was taken."""
        return self.asked.problem


class HostDesk:
    """Needs and tickets of one search.

    open → answered                the host answered, and the code passed the static check
         → faulty                  the code did not pass: a `repair` need is open instead, twice
                                   at most
         → expired                 the host went on without an answer: somebody else steps in

    A ticket is `<search>-<subject>-<sequence>`. Asking for what is open or answered already
    gives the same ticket, so a resumed search asks nothing twice. `state` is plain data; store
    it whenever it changed.
    """

    def __init__(
        self, search_id: str, check_source: CheckSource, state: HostState | None = None
    ) -> None:
        self._tickets = Tickets(search_id, state or HostState())
        self._check_source = check_source
        self._used = set[str]()

    @property
    def state(self) -> HostState:
        """All that is to be stored."""
        return self._tickets.state

    @property
    def open(self) -> tuple[Asked, ...]:
        """What waits for the host."""
        return self._tickets.open

    def ask_insights(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Asked:
        """Ask for ideas, unless that is being asked already."""
        self._tickets.forget_written(briefing.insights)
        known = {insight.text for insight in briefing.insights}
        for asked in self.state.asked:
            is_unused = asked.outcome == "answered" and asked.ticket not in self._used
            is_new = not any(insight.text in known for insight in asked.insights)
            is_left = is_unused and asked.insights and is_new
            if asked.kind == "insights" and (asked.is_open or is_left):
                return asked
        context = insights_context(briefing, count, stages, limit=INSIGHTS_CHARACTERS)
        return self._tickets.add("insights", context)

    def ask_code(self, briefing: Briefing, request: CodeRequest) -> Asked:
        """Ask for one stage's code or its repair, unless that was asked and is not used up."""
        self._tickets.forget_written(briefing.insights)
        return self._ask_one(request, briefing.profile)

    def ask_ahead(self, insights: Sequence[Insight], count: int) -> None:
        """Ask for code that nobody waits for yet, so that the next step need not stop for it.

        Nothing that was asked for before, and no more than `count` open at a time.
        """
        before = {(asked.insight_id, asked.text) for asked in self.state.asked}
        room = count - sum(asked.kind == "code" for asked in self.open)
        new = [insight for insight in insights if (insight.id, insight.text) not in before]
        for insight in new[: max(room, 0)]:
            self._ask_one(CodeRequest(insight))

    def show(self, limit: int = SHOWN_CHARACTERS) -> tuple[Need, ...]:
        """The open needs that fit into one answer, at least one; they count as shown from now."""
        shown, left = list[Need](), limit
        for asked in self.open:
            if shown and asked.need.characters > left:
                break
            left -= asked.need.characters
            shown.append(asked.need)
            self._tickets.mark_shown(asked)
        return tuple(shown)

    def answer(
        self, ticket: str, *, insights: Sequence[Insight] = (), code: str | None = None
    ) -> Accepted:
        """Take an answer. Safe to repeat.

        NotFoundError names the right tickets when this one is closed or unknown; RequestError
        when the answer is not of the kind that was asked for.
        """
        asked = self._tickets.find(ticket)
        if asked.outcome in ("answered", "faulty"):
            return Accepted(asked, is_repeat=True)
        if asked.outcome == "expired":
            raise NotFoundError(
                f"Ticket {ticket} is closed: it was done without you. {self._tickets.hint}"
            )
        if asked.kind == "insights":
            return self._take_insights(asked, insights, code)
        return self._take_code(asked, code if code is not None else only_code(insights))

    def expire(self, *, shown_only: bool = True) -> tuple[Asked, ...]:
        """Close what waits, so that somebody else steps in; by default only what was shown."""
        closed = [asked for asked in self.open if asked.is_shown or not shown_only]
        return tuple(self._tickets.close(asked, "expired") for asked in closed)

    def find(self, ticket: str) -> Asked:
        """Where a ticket stands; after a refusal, where its successor does."""
        return self._tickets.last(ticket)

    def use(self, ticket: str) -> Asked:
        """What a closed ticket brought; its ideas are not handed out again."""
        self._used.add(ticket)
        return self.find(ticket)

    def _take_insights(
        self, asked: Asked, insights: Sequence[Insight], code: str | None
    ) -> Accepted:
        if code is not None and not insights:
            raise RequestError(
                f"Ticket {asked.ticket} asks for insights, and the answer holds code. "
                "Send {ticket, insights: [{stage, text, code?}]}."
            )
        taken = tuple(tidy_insight(insight) for insight in insights[:INSIGHTS_TAKEN])
        problems = [p for insight in taken if (p := self._fault(insight.stage, insight.code))]
        kept = tuple(replace(i, code=None) if self._fault(i.stage, i.code) else i for i in taken)
        return Accepted(
            self._tickets.close(asked, "answered", insights=kept, problem=" ".join(problems))
        )

    def _take_code(self, asked: Asked, code: str | None) -> Accepted:
        assert asked.stage is not None and asked.insight_id is not None
        if code is None or not code.strip():
            raise RequestError(
                f"Ticket {asked.ticket} asks for code. Send {{ticket, code}}, or step without an "
                "answer to have it done without you."
            )
        source = tidy_code(code)
        problem = self._fault(asked.stage, source)
        if not problem:
            return Accepted(self._tickets.close(asked, "answered", code=source))
        refused = self._tickets.close(asked, "faulty", problem=problem)
        is_last = asked.attempt >= REFUSALS_ALLOWED
        context = refused_context(asked.stage, asked.insight_id, problem)
        repair = self._tickets.add_repair(refused, context)
        if is_last:
            self._tickets.close(repair, "expired", problem=problem)
        return Accepted(refused)

    def _ask_one(self, request: CodeRequest, profile: Profile | None = None) -> Asked:
        insight, error = request.insight, request.error
        fault = _digest(request)
        for asked in reversed(self.state.asked):
            is_its = (asked.insight_id, asked.text) == (insight.id, insight.text)
            is_same = is_its and asked.fault == fault
            if is_same and (asked.is_open or asked.code is not None):
                return asked
        if error is None or profile is None:
            return self._tickets.add("code", code_context(request), insight, fault)
        context = repair_context(request, profile)
        return self._tickets.add("repair", context, insight, fault)

    def _fault(self, stage: Stage, code: str | None) -> str:
        if code is None:
            return ""
        try:
            self._check_source(stage, code)
        except DesignerError as error:
            return str(error)
        return ""


def _digest(request: CodeRequest) -> str:
    """Which failure a repair is about; empty when it is none."""
    error = request.error
    if error is None:
        return ""
    told = f"{request.previous_code}|{error.type}|{error.message}"
    return sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]
