"""All plays of the playbook."""

from __future__ import annotations

from sela.design.playbook.boosting import BOOSTING
from sela.design.playbook.evaluation import EVALUATION
from sela.design.playbook.forests import FORESTS
from sela.design.playbook.play import Play
from sela.design.playbook.smooth import SMOOTH

PLAYS: tuple[Play, ...] = (*BOOSTING, *FORESTS, *SMOOTH, *EVALUATION)


def play(play_id: str) -> Play | None:
    """The play of this id, if there is one."""
    return next((p for p in PLAYS if p.id == play_id), None)
