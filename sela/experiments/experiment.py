"""The frozen record of one configuration that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sela.design.insight import Configuration, Stage


class Verdict(StrEnum):
    """What became of an experiment."""

    SCORED = "scored"
    """Every fold was scored."""
    RACED_OUT = "raced_out"
    """Stopped early: clearly worse than the best. Its score is the mean of the folds it had."""
    FAILED = "failed"
    """Its code raised, or hit a limit, or gave unusable predictions."""
    REJECTED = "rejected"
    """Scored, but a control failed; kept, shown, never chosen."""


@dataclass(frozen=True)
class Failure:
    """Why an experiment has no score: data, not an exception."""

    outcome: str
    """A sandbox outcome (`timed_out`, …), `error`, or `bad_predictions`."""
    stage: Stage | None
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class ControlResult:
    """One control on a would-be best candidate."""

    name: str
    """`permuted_labels`, `halved_batch`, `noise_canary`, `score_jump`."""
    passed: bool
    evidence: str
    """One sentence with the numbers."""


@dataclass(frozen=True)
class Experiment:
    """One configuration, its scores, and what they cost. Scores are in the metric's own unit."""

    configuration: Configuration
    verdict: Verdict
    fold_scores: tuple[float, ...] = ()
    """In fold order; shorter than the folds when raced out."""
    score: float | None = None
    """Mean of the fold scores; None when failed."""
    failure: Failure | None = None
    controls: tuple[ControlResult, ...] = ()
    compute_seconds: float = 0.0
    """Time that the kernels report for it, controls included."""
    control_seconds: float = 0.0
    fits: int = 0
    fits_saved: int = 0
    """By racing."""
    log: str = ""
    """What the code printed, capped."""
    code: Mapping[Stage, str] = field(default_factory=dict[Stage, str])
    predictions: str | None = None
    """Blob id of the out-of-fold predictions (npz without pickle), when every fold was scored."""

    @property
    def is_eligible(self) -> bool:
        """Whether it may become the best."""
        return self.verdict is Verdict.SCORED
