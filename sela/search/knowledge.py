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
        """Pair a model configuration with the first EDA insight that never ran, else with none.

        An EDA changes no prediction: its worth is in what its findings lead to, once.
        """
        used = {trial.configuration.choices[0] for trial in self.trials}
        used |= {configuration.choices[0] for configuration in self.running}
        new = [choice for choice in self.space.eda if choice is not None and choice not in used]
        default = None if None in self.space.eda else self.space.eda[0]
        return Configuration((new[0] if new else default, *key))
