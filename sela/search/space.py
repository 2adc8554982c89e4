"""The space: the choices that each stage has now, and how much of it is untried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod

from sela.design.insight import MODEL_STAGES, STAGES, Insight
from sela.search.tree import Path

ModelKey = tuple[str | None, ...]
"""The choices of the stages that change predictions; of all of them, or a prefix."""

AS_IS_PRIOR = 0.5
"""Leaving a stage as it is promises neither gain nor loss."""


@dataclass(frozen=True)
class Space:
    """The choices of each stage in the order of STAGES: "as is" first, then by falling prior."""

    choices: tuple[Path, ...]
    """Without those that are forbidden."""
    insights: Mapping[str, Insight]

    @property
    def eda(self) -> Path:
        return self.choices[0]

    @property
    def model(self) -> tuple[Path, ...]:
        """The choices of the stages that change predictions."""
        return self.choices[1:]

    def prior(self, choice: str | None) -> float:
        """What a choice promises, 0 to 1."""
        return AS_IS_PRIOR if choice is None else self.insights[choice].prior

    def only(self, insight_id: str) -> Space:
        """The part of the space in which this insight is used."""
        place = STAGES.index(self.insights[insight_id].stage)
        choices = (*self.choices[:place], (insight_id,), *self.choices[place + 1 :])
        return replace(self, choices=choices)


def space_of(insights: Iterable[Insight], forbidden: frozenset[str] = frozenset()) -> Space:
    """The space that some insights span; equal priors keep the order of addition."""
    by_id = {insight.id: insight for insight in insights}
    allowed = [insight for insight in by_id.values() if insight.id not in forbidden]
    ranked = sorted(allowed, key=lambda insight: -insight.prior)
    choices = tuple((None, *(i.id for i in ranked if i.stage == stage)) for stage in STAGES)
    return Space(choices, by_id)


class Untried:
    """How many model configurations beneath a prefix were never asked for."""

    def __init__(self, space: Space, tried: Iterable[ModelKey]) -> None:
        self._choices = tuple(frozenset(choices) for choices in space.model)
        self._tried: Counter[ModelKey] = Counter()
        for key in tried:
            if self._holds(key):
                self._tried.update(key[:depth] for depth in range(len(key) + 1))

    def beneath(self, prefix: ModelKey) -> int:
        """For a full key: 1 when it is new and in the space, else 0."""
        if not self._holds(prefix):
            return 0
        size = prod(len(self._choices[d]) for d in range(len(prefix), len(MODEL_STAGES)))
        return size - self._tried[prefix]

    def _holds(self, prefix: ModelKey) -> bool:
        return all(
            choice in choices for choice, choices in zip(prefix, self._choices, strict=False)
        )
