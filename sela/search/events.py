"""What can happen to a search, for a replay after a restart."""

from __future__ import annotations

from dataclasses import dataclass

from sela.design.insight import Configuration, Insight


@dataclass(frozen=True)
class Added:
    """Insights came into the pool."""

    insights: tuple[Insight, ...]


@dataclass(frozen=True)
class Asked:
    """A rollout was handed out."""

    rollout: int
    configuration: Configuration


@dataclass(frozen=True)
class Told:
    """A rollout ended. The score is None when it failed."""

    rollout: int
    score: float | None
    seconds: float


@dataclass(frozen=True)
class Abandoned:
    """A rollout will never end."""

    rollout: int


@dataclass(frozen=True)
class Forbidden:
    """An insight is not to be used any more."""

    insight_id: str


@dataclass(frozen=True)
class Preferred:
    """An insight is to be used more."""

    insight_id: str


SearchEvent = Added | Asked | Told | Abandoned | Forbidden | Preferred
