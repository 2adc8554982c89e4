"""The task: what is predicted, of which kind, and by which metric it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TaskKind = Literal["binary", "multiclass", "regression"]
Label = str | int | float | bool


@dataclass(frozen=True)
class Task:
    """A supervised problem on one table.

    For a classification `classes` are the original labels in the order of their codes
    (0..k-1); for a binary task the positive label has code 1. For a regression it is empty.
    """

    kind: TaskKind
    target: str
    metric: str
    greater_is_better: bool
    classes: tuple[Label, ...] = ()

    @property
    def is_classification(self) -> bool:
        return self.kind != "regression"

    @property
    def positive(self) -> Label | None:
        """The label that f1, average precision and the like are about."""
        return self.classes[1] if self.kind == "binary" else None
