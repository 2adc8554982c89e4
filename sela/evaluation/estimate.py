"""The final estimate: what the winner is worth, told so that it can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Interval:
    """A two-sided interval at `level`, in the metric's unit."""

    low: float
    high: float
    level: float = 0.9


@dataclass(frozen=True)
class Member:
    """One pipeline of the final model, and its weight (1.0 when it stands alone)."""

    rollout: int
    weight: float


@dataclass(frozen=True)
class FinalEstimate:
    """Scores in the metric's unit; gains are positive when better, whatever its direction."""

    chosen: str
    """`pipeline` or `ensemble`."""
    members: tuple[Member, ...]
    choice_reason: str
    """Why this one, in one or two sentences (simpler at equal score, ensemble guarded, …)."""
    search_score: float
    """What the search saw: optimistic, since the best of many was taken."""
    reevaluated_score: float
    """On fresh folds, which the search never saw."""
    baseline_score: float
    """The all-default pipeline on the search folds."""
    test_score: float | None
    """On the sealed rows; None when there are none (tiny tables)."""
    test_interval: Interval | None
    """Of the test score by bootstrap; without sealed rows of the re-evaluated score, by folds."""
    baseline_test_score: float | None
    gain: float | None
    """Test score over the baseline's, positive is better; on fresh folds without sealed rows."""
    gain_interval: Interval | None
    optimism_gap: float | None
    """Search score minus test score, signed so that positive means it was too optimistic."""
    is_real_gain: bool
    statement: str
    """The answer in two or three plain sentences, "no real gain" included when it is so."""
    n_test: int
    test_uses: int = 1
    """How often the sealed rows have been used; more than 1 is told wherever the number is."""
    candidates: tuple[tuple[int, float, float], ...] = field(default_factory=tuple)
    """The re-evaluated few: (rollout, search score, re-evaluated score)."""
    use_notes: tuple[str, ...] = ()
    """By whom and why the sealed rows were used before, a sentence each."""
    has_fresh_folds: bool = True
    """False where a user's own folds leave no others: the re-evaluation is on the search's."""
    latency_ms_per_row: float | None = None
    cutoff: float | None = None
    """Of an ensemble under a binary label metric: called positive from this probability on."""
