"""Stages, insights and configurations: the words of the search space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal[
    "eda", "data_preprocessing", "feature_engineering", "model_training", "model_evaluation"
]
STAGES: tuple[Stage, ...] = get_args(Stage)
MODEL_STAGES: tuple[Stage, ...] = STAGES[1:]
"""The stages whose code changes predictions."""


@dataclass(frozen=True)
class Insight:
    """One idea for one stage; with code once somebody has written it."""

    id: str
    """Short and readable, unique in its search: `fe3`, `mt12`; a playbook's own: `mt-hgb-prior`."""
    stage: Stage
    text: str
    """One sentence a data scientist would say."""
    origin: str
    """Who had it: `playbook`, `host`, `caller`, or a model's name."""
    prior: float = 0.5
    """Expected usefulness before anything was tried, 0 to 1."""
    code: str | None = None
    """The source of the stage module, or None until a designer has written it."""
    cost: Literal["s", "m", "l"] = "m"
    """Expected compute: seconds, tens of seconds, more."""
    rationale: str = ""


@dataclass(frozen=True)
class Configuration:
    """One choice for each stage, in the order of STAGES: an insight's id, or None for "as is"."""

    choices: tuple[str | None, ...] = (None,) * len(STAGES)

    def of(self, stage: Stage) -> str | None:
        """The choice for one stage."""
        return self.choices[STAGES.index(stage)]

    @property
    def model_key(self) -> tuple[str | None, ...]:
        """What decides the predictions: the choices without EDA."""
        return self.choices[1:]

    @property
    def is_baseline(self) -> bool:
        return not any(self.model_key)
