"""The answer in plain words, with its doubts."""

from __future__ import annotations

from sela.evaluation.estimate import Interval


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
) -> str:
    """Two to four sentences: the score, the gain or that there is none, and what to doubt."""
    parts = [_score_sentence(metric, test_score, interval, reevaluated_score, n_test)]
    if gain is not None and gain_interval is not None:
        parts.append(gain_sentence(metric, gain, gain_interval))
    if optimism_gap is not None:
        parts.append(_gap_sentence(optimism_gap))
    if test_uses > 1:
        parts.append(
            f"The sealed rows have now been used {test_uses} times, so this number is no longer "
            "fully honest."
        )
    return " ".join(parts)


def gain_sentence(metric: str, gain: float, interval: Interval) -> str:
    """What the search brought over the baseline; "no real gain" when that is what it was."""
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


def _gap_sentence(gap: float) -> str:
    if gap > 0:
        return f"The search score was {gap:.3g} too optimistic."
    return "The search score was not too optimistic."
