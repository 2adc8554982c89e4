"""The answer in plain words, with its doubts."""

from __future__ import annotations

from collections.abc import Sequence

from sela.evaluation.estimate import Interval
from sela.problem.metric_names import metric_name


def statement(
    metric: str,
    *,
    test_score: float | None,
    interval: Interval | None,
    gain: float | None,
    gain_interval: Interval | None,
    reevaluated_score: float,
    optimism_gap: float | None,
    n_test: int,
    test_uses: int,
    doubts: Sequence[str] = (),
) -> str:
    """Two to six sentences: the score, what to doubt of it, and the gain or that there is none."""
    name = metric_name(metric)
    parts = [_score_sentence(name, test_score, interval, reevaluated_score, n_test), *doubts]
    if gain is not None and gain_interval is not None:
        parts.append(gain_sentence(metric, gain, gain_interval))
    if optimism_gap is not None:
        parts.append(_gap_sentence(optimism_gap, interval))
    if test_uses > 1:
        parts.append(
            f"The sealed rows have now been used {test_uses} times, so this number is no longer "
            "fully honest."
        )
    return " ".join(parts)


def gain_sentence(metric: str, gain: float, interval: Interval) -> str:
    """What the search brought over the baseline; "no real gain" when that is what it was."""
    metric = metric_name(metric)
    span = f"{interval.level:.0%} interval of the gain {interval.low:+.3g} to {interval.high:+.3g}"
    if interval.low > 0:
        return f"That is {gain:.3g} {metric} better than the default baseline ({span})."
    if gain > 0:
        return (
            f"No real gain is shown: it is {gain:.3g} {metric} better than the default baseline, "
            f"which may be chance ({span})."
        )
    if gain == 0:
        return "No real gain: it does no better than the default baseline."
    return f"No real gain: it is {-gain:.3g} {metric} worse than the default baseline ({span})."


def _score_sentence(
    metric: str,
    test_score: float | None,
    interval: Interval | None,
    reevaluated_score: float,
    n_test: int,
) -> str:
    span = ""
    if interval is not None:
        span = f" ({interval.level:.0%} interval {interval.low:.4g} to {interval.high:.4g})"
    if test_score is None:
        return (
            f"On fresh folds it reaches {metric} {reevaluated_score:.4g}{span}; the table is too "
            "small for sealed rows."
        )
    return f"On {n_test} sealed rows it reaches {metric} {test_score:.4g}{span}."


def no_skill_sentence(metric: str, constant: float) -> str:
    """Said where it is not shown to know more than one who always says the same."""
    return (
        f"It is not shown to be better than always giving the same answer ({metric_name(metric)} "
        f"{constant:.4g})."
    )


def copies_sentence(metric: str, copies: int, others: int, score: float | None) -> str:
    """Said where rows of the test file are copies of rows that were fitted on."""
    told = f"{copies} of these rows are copies of rows it was fitted on, which makes that too good"
    if score is None:
        return f"{told}."
    return f"{told}: on the other {others} it reaches {metric_name(metric)} {score:.4g}."


def _gap_sentence(gap: float, interval: Interval | None) -> str:
    """A difference within the test score's own error says nothing of the search score."""
    if interval is not None and abs(gap) <= (interval.high - interval.low) / 2:
        return "The search score agrees with that, within what so many rows can tell."
    if gap > 0:
        return f"The search score was {gap:.3g} too optimistic."
    return f"The search score was {-gap:.3g} too pessimistic."
