"""All plays of the playbook."""

from __future__ import annotations

from sela.design.playbook.boosting import BOOSTING
from sela.design.playbook.categories import CATEGORIES
from sela.design.playbook.evaluation import EVALUATION
from sela.design.playbook.exploring import EXPLORING
from sela.design.playbook.features import FEATURES
from sela.design.playbook.forests import FORESTS
from sela.design.playbook.gaps import GAPS
from sela.design.playbook.learnt import LEARNT
from sela.design.playbook.play import Play
from sela.design.playbook.shapes import SHAPES
from sela.design.playbook.smooth import SMOOTH
from sela.design.playbook.votes import VOTES

PLAYS: tuple[Play, ...] = (
    *EXPLORING,
    *GAPS,
    *CATEGORIES,
    *SHAPES,
    *FEATURES,
    *LEARNT,
    *BOOSTING,
    *FORESTS,
    *SMOOTH,
    *VOTES,
    *EVALUATION,
)


def play(play_id: str) -> Play | None:
    """The play of this id, if there is one."""
    return next((p for p in PLAYS if p.id == play_id), None)
