"""What the engine answers with. The faces turn these into text and JSON, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sela.design.insight import Insight, Stage
from sela.design.need import Need
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment
from sela.problem.task import Task

SearchState = Literal["preparing", "idle", "running", "paused", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Finding:
    """One finding of the data audit."""

    kind: str
    """`target_proxy`, `identifier`, `duplicates`, `group`, `time`, `drift`, `label_noise`, …"""
    columns: tuple[str, ...]
    evidence: str
    """What was measured, in one sentence with numbers."""
    action: str
    """What was done about it."""
    overrule: str
    """How to have it otherwise: the option to give."""
    severity: Literal["note", "warning", "alarm"] = "warning"


@dataclass(frozen=True)
class RolloutAnswer:
    """One rollout that ended: what was tried and what came out."""

    number: int
    """1 is the baseline."""
    node_id: int
    insights: tuple[Insight, ...]
    """The path's choices, without the stages left as they are."""
    experiment: Experiment
    plan: str = ""
    notes: tuple[str, ...] = ()
    is_best: bool = False


@dataclass(frozen=True)
class SearchAnswer:
    """Where a search stands."""

    search_id: str
    state: SearchState
    task: Task | None
    """None while it is being prepared."""
    dataset: str
    designer: str
    strategy: str
    sandbox_tier: str
    rollouts_done: int
    rollouts_budget: int
    rollouts_running: int
    failed_rollouts: int
    baseline_score: float | None
    best_score: float | None
    best_rollout: int | None
    compute_seconds: float
    control_seconds: float
    """The part of it that controls took."""
    fits: int
    fits_saved: int
    """By racing: folds that hopeless candidates were spared."""
    wall_seconds: float
    """Time in which the search was running, pauses and downtime apart."""
    max_seconds: float | None
    cost_usd: float | None
    """None when a used model's price is unknown."""
    max_usd: float | None
    findings: tuple[Finding, ...] = ()
    folds: str = ""
    """The splits in one sentence."""
    message: str = ""
    """Why it ended, failed or waits, in one sentence."""
    seed: int = 0
    troubles: tuple[str, ...] = ()
    """Of the designer: why it was not asked or could not answer, one sentence each, latest last."""


@dataclass(frozen=True)
class StepAnswer:
    """What a step brought: rollouts that ended since, and what is needed next."""

    search: SearchAnswer
    rollouts: tuple[RolloutAnswer, ...] = ()
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class NodeAnswer:
    """One node of the tree, in depth-first order; the root has id 0 and no stage."""

    id: int
    parent: int | None
    depth: int
    stage: Stage | None
    insight_id: str | None
    """None: this stage is left as it is."""
    text: str
    origin: str
    visits: int
    mean_score: float | None
    best_score: float | None
    failures: int
    is_on_best_path: bool
    plan: str = ""
    has_code: bool = False


@dataclass(frozen=True)
class NodeDetail:
    """A node with its code and the rollouts through it."""

    node: NodeAnswer
    code: str | None
    rollouts: tuple[RolloutAnswer, ...]


@dataclass(frozen=True)
class BestAnswer:
    """The best pipeline so far, and its honest number once it was finalized."""

    search: SearchAnswer
    rollout: RolloutAnswer | None
    code: tuple[tuple[Stage, str], ...]
    final: FinalEstimate | None
    export: str | None
    """The artefact's folder, when one was asked for."""
    is_replayed: bool = False
    """A clean process loaded the artefact and gave the same predictions."""


@dataclass(frozen=True)
class PredictAnswer:
    """What `predict` wrote."""

    output: str
    n_rows: int
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Extra columns ignored, unseen categories met, …"""
