"""The playbook as a designer: no key, no network, the same answers every time."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence

from sela.design.designer import Briefing, CodeRequest, Proposal, WrittenCode
from sela.design.insight import STAGES, Insight, Stage
from sela.design.playbook.library import PLAYS, play
from sela.design.playbook.play import ORIGIN, Play
from sela.design.similarity import is_near_duplicate
from sela.errors import DesignerError
from sela.harness.defaults import DEFAULTS
from sela.harness.profile import Profile

EDA_DEFAULT = '''\
"""The size of the table."""


def explore(train, target):
    return {"rows": len(train), "columns": train.shape[1]}
'''


PROMISING = 0.51
"""Plays below this are held back until those above it are in the pool: a search that may try
twenty paths should not spend them on what seldom helps."""


class Playbook:
    """Proposes the plays whose preconditions hold, the most promising first."""

    def __init__(self, plays: Sequence[Play] = PLAYS) -> None:
        self._plays = tuple(plays)

    @property
    def name(self) -> str:
        return ORIGIN

    async def propose(
        self, briefing: Briefing, *, count: int, stages: Mapping[Stage, int] | None = None
    ) -> Proposal:
        """At most `count`, and of each stage at most what `stages` says.

        The promising ones first, EDA with them; the others when none of these is left. Equal
        priorities are ordered by the profile's seed. DesignerError `nothing_new` when every
        applicable play is in the pool.
        """
        wanted: dict[Stage, int] = dict(stages or dict.fromkeys(STAGES, count))
        new = self._new(briefing, wanted)
        promising = [i for i in new if i.prior >= PROMISING or i.stage == "eda"]
        chosen: list[Insight] = []
        for insight in promising or new:
            if len(chosen) < count and wanted[insight.stage] > 0:
                wanted[insight.stage] -= 1
                chosen.append(insight)
        if not chosen:
            raise DesignerError("nothing_new", "The playbook has nothing more for this table.")
        return Proposal(tuple(chosen))

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        """A play's source; a simpler one after an error. DesignerError `not_mine` for others."""
        known = play(request.insight.id)
        if known is None:
            raise DesignerError(
                "not_mine",
                f"The playbook cannot write '{request.insight.text}': it is not its own.",
            )
        if request.error is None:
            return WrittenCode(known.code, origin=ORIGIN)
        fallback = known.simpler or as_is(known.stage)
        if request.previous_code is not None and request.previous_code == fallback:
            fallback = as_is(known.stage)
        note = f"playbook: {request.error.type} in {known.id}, a simpler variant stepped in"
        return WrittenCode(fallback, origin=ORIGIN, notes=(note,))

    def _new(self, briefing: Briefing, stages: Collection[Stage]) -> list[Insight]:
        """Applicable plays of some stages that nobody had yet, the best first."""
        known = {insight.id for insight in briefing.insights}
        foreign = [insight for insight in briefing.insights if insight.origin != ORIGIN]
        columns = briefing.profile.names()
        ranked = (p for p in self._ranked(briefing.profile) if p.stage in stages)
        insights = (p.insight(briefing.profile) for p in ranked if p.id not in known)
        return [i for i in insights if is_near_duplicate(i, foreign, columns) is None]

    def _ranked(self, profile: Profile) -> list[Play]:
        priorities = {p.id: p.priority(profile) for p in self._plays}
        applicable = [p for p in self._plays if priorities[p.id] > 0]
        return sorted(applicable, key=lambda p: (-priorities[p.id], _lot(p.id, profile.seed)))


def as_is(stage: Stage) -> str:
    """The source of a stage that is left as it is."""
    return EDA_DEFAULT if stage == "eda" else DEFAULTS[stage]


def _lot(play_id: str, seed: int) -> int:
    """A number that orders equals: drawn by the seed, the same on every machine."""
    return zlib.crc32(f"{seed}:{play_id}".encode())
