"""A designer that says what it was told to say: for tests and demonstrations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sela.design.designer import Briefing, CodeRequest, Proposal, WrittenCode
from sela.design.insight import Insight, Stage
from sela.errors import DesignerError


class ScriptedDesigner:
    """Answers from two lists, in order; a DesignerError in a list is raised.

    `asked` keeps each briefing and request. When a list is used up: DesignerError `nothing_new`.
    """

    def __init__(
        self,
        proposals: Iterable[Proposal | Iterable[Insight] | DesignerError] = (),
        codes: Iterable[WrittenCode | str | DesignerError] = (),
        *,
        name: str = "scripted",
    ) -> None:
        self._proposals = iter(proposals)
        self._codes = iter(codes)
        self._name = name
        self.asked: list[Briefing | CodeRequest] = []

    @property
    def name(self) -> str:
        return self._name

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        self.asked.append(briefing)
        given = next(self._proposals, _used_up(self._name))
        if isinstance(given, DesignerError):
            raise given
        if isinstance(given, Proposal):
            return given
        wanted = (insight for insight in given if not stages or insight.stage in stages)
        return Proposal(tuple(wanted)[:count])

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        self.asked.append(request)
        given = next(self._codes, _used_up(self._name))
        if isinstance(given, DesignerError):
            raise given
        return WrittenCode(given, origin=self._name) if isinstance(given, str) else given


def _used_up(name: str) -> DesignerError:
    return DesignerError("nothing_new", f"{name} has nothing more to say.")
