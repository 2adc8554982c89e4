"""What a strategy knows when it is asked for the next configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sela.design.insight import Configuration
from sela.search.space import ModelKey, Space, Untried


@dataclass(frozen=True)
class Trial:
    """A rollout that was told. The score is in the metric's unit; None is a failure."""

    rollout: int
    configuration: Configuration
    score: float | None
    seconds: float


@dataclass(frozen=True)
class Knowledge:
    """The space, what was tried, and what runs now."""

    space: Space
    trials: Sequence[Trial]
    """In the order in which they were told."""
    running: Sequence[Configuration]
    greater_is_better: bool

    @property
    def tried(self) -> frozenset[ModelKey]:
        """The model configurations that need not be asked for again."""
        return frozenset(
            (
                *(trial.configuration.model_key for trial in self.trials),
                *(configuration.model_key for configuration in self.running),
            )
        )

    @property
    def untried(self) -> Untried:
        return Untried(self.space, self.tried)

    def with_next_eda(self, key: ModelKey) -> Configuration:
        """Pair every second model configuration with the first EDA insight that never ran.

        An EDA changes no prediction: its worth is in what its findings lead to, once, and it
        takes time, of which a short search has little.
        """
        asked = (*(trial.configuration for trial in self.trials), *self.running)
        used = {configuration.choices[0] for configuration in asked}
        new = [choice for choice in self.space.eda if choice not in used and choice is not None]
        if None not in self.space.eda:
            return Configuration((self.space.eda[0], *key))
        return Configuration((new[0] if new and len(asked) % 2 else None, *key))
