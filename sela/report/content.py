"""What the report shows: gathered by the engine, rendered by `html` and `summary`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sela.design.designer import Effect
from sela.design.insight import Insight, Stage
from sela.evaluation.diagnostics import Diagnostics
from sela.evaluation.estimate import FinalEstimate
from sela.harness.profile import Profile
from sela.live.answers import NodeAnswer, RolloutAnswer, SearchAnswer
from sela.problem.task import Task


@dataclass(frozen=True)
class ReportContent:
    """Everything on the page. Whatever may be absent (a search under way, failures only) is None
    or empty, and its section says so or is left out."""

    search: SearchAnswer
    """Its `findings` and `folds` are the page's audit and splits."""
    task: Task
    profile: Profile | None = None
    rollouts: tuple[RolloutAnswer, ...] = ()
    """In the order of their numbers; the first is the baseline."""
    nodes: tuple[NodeAnswer, ...] = ()
    """Depth first, as the engine gives them."""
    final: FinalEstimate | None = None
    diagnostics: Diagnostics | None = None
    effects: tuple[Effect, ...] = ()
    insights: tuple[Insight, ...] = ()
    """The pool, so that effects can be told by text; those of the rollouts are known anyway."""
    code: tuple[tuple[Stage, str], ...] = ()
    """The best pipeline's stages that are not as they are, in order."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Package -> version of what fitted the pipeline."""
    description: str = ""
    """What the user said about the data."""
    created: str = ""
    """When the page was made, as it is to be read."""

    @property
    def best(self) -> RolloutAnswer | None:
        """The rollout that leads the search."""
        return next((r for r in self.rollouts if r.number == self.search.best_rollout), None)

    @property
    def failures(self) -> tuple[RolloutAnswer, ...]:
        """The rollouts without a score."""
        return tuple(r for r in self.rollouts if r.experiment.score is None)

    def insight_text(self, insight_id: str) -> str:
        """The sentence of an insight, or its id when it is not known here."""
        used = (insight for rollout in self.rollouts for insight in rollout.insights)
        known = {insight.id: insight.text for insight in (*self.insights, *used)}
        return known.get(insight_id, insight_id)
