"""A play: one insight of the playbook, with its precondition and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from sela.design.insight import Insight, Stage
from sela.harness.profile import ColumnProfile, Profile

ORIGIN = "playbook"

Priority = Callable[[Profile], float]
"""How promising a play is for a profile: 0.5 is as good as doing nothing, 0 is "not applicable"."""


@dataclass(frozen=True)
class Play:
    """An insight and the source that carries it out. The source reads its settings off the
    profile of the frame that it meets, so that it is the same wherever it is used."""

    id: str
    stage: Stage
    text: str | Callable[[Profile], str]
    when: Priority
    code: str
    cost: Literal["s", "m", "l"] = "s"
    """Of a fit, beside the default pipeline's: about the same, several times, ten times."""
    rationale: str = ""
    requires: tuple[str, ...] = ()
    """Packages without which it does not apply."""
    simpler: str | None = None
    """What to fall back on when the code fails; the stage's default when there is none."""

    def priority(self, profile: Profile) -> float:
        """0 when the precondition or a package is missing, else up to 1."""
        if any(find_spec(package) is None for package in self.requires):
            return 0.0
        return min(max(self.when(profile), 0.0), 1.0)

    def insight(self, profile: Profile) -> Insight:
        """The play as an insight for this profile, its source included."""
        text = self.text if isinstance(self.text, str) else self.text(profile)
        return Insight(
            id=self.id,
            stage=self.stage,
            text=text,
            origin=ORIGIN,
            prior=round(self.priority(profile), 3),
            code=self.code,
            cost=self.cost,
            rationale=self.rationale,
        )


def named(names: list[str], most: int = 3) -> str:
    """Some columns in a sentence: `a, b, c and 4 more`."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def skewed(profile: Profile, limit: float = 1.0) -> list[ColumnProfile]:
    """Numeric columns with a long tail."""
    return [c for c in profile.columns if c.kind == "numeric" and abs(c.skew) > limit]


def gappy(profile: Profile, *kinds: str) -> list[ColumnProfile]:
    """Columns of these kinds with missing values."""
    return [c for c in profile.columns if c.kind in kinds and c.missing > 0]


def wide(profile: Profile, levels: int) -> list[ColumnProfile]:
    """Categorical columns with more than so many levels."""
    return [c for c in profile.columns if c.kind == "categorical" and c.unique > levels]


def narrow(profile: Profile, levels: int) -> list[ColumnProfile]:
    """Categorical columns with 2 to so many levels."""
    return [c for c in profile.columns if c.kind == "categorical" and 2 <= c.unique <= levels]


def is_near(metric: str, *names: str) -> bool:
    """Whether the metric is one of these."""
    return metric in names
