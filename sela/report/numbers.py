"""How numbers are written, in one place: digits by metric, signs, intervals, units, durations."""

from __future__ import annotations

import math

from sela.evaluation.estimate import Interval
from sela.problem.metric_names import NAMES
from sela.problem.metric_names import metric_name as metric_name
from sela.problem.task import Task

ABSENT = "–"
MINUS = "\u2212"

THREE_DECIMALS = frozenset(NAMES) - {"log_loss", "rmse", "rmsle", "mae"}
IN_TARGET_UNITS = frozenset({"rmse", "mae"})


def direction(task: Task) -> str:
    """`higher is better` or `lower is better`."""
    return "higher is better" if task.greater_is_better else "lower is better"


def unit(task: Task) -> str:
    """The unit of a score: the target's own for RMSE and MAE, else nothing."""
    return f"in units of {task.target}" if task.metric in IN_TARGET_UNITS else ""


def decimals(metric: str, *values: float | None) -> int:
    """Digits after the point: three for metrics bounded by 1, else four significant digits."""
    if metric in THREE_DECIMALS:
        return 3
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    return max(0, 3 - math.floor(math.log10(max(sizes)))) if sizes else 3


def score(value: float | None, metric: str, *, like: float | None = None) -> str:
    """A score with the metric's digits, or those of `like`: `0.784`, `54.68`, `23,451`."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:,.{decimals(metric, value if like is None else like)}f}"
    return _plain_sign(text)


def gain(value: float | None, metric: str, *, like: float | None = None) -> str:
    """A signed difference; with the digits of the score it belongs to (`like`): `+0.022`."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:+,.{decimals(metric, value if like is None else like)}f}"
    return _plain_sign(text) if any(c in "123456789" for c in text) else text[1:]


def interval(value: Interval | None, metric: str, *, like: float | None = None) -> str:
    """`0.741 to 0.826`, or nothing when there is none."""
    if value is None:
        return ""
    reference = value.high if like is None else like
    return (
        f"{score(value.low, metric, like=reference)} to {score(value.high, metric, like=reference)}"
    )


def gain_interval(value: Interval | None, metric: str, *, like: float | None = None) -> str:
    """`−0.004 to +0.048`, or nothing when there is none."""
    if value is None:
        return ""
    reference = value.high if like is None else like
    return (
        f"{gain(value.low, metric, like=reference)} to {gain(value.high, metric, like=reference)}"
    )


def level(value: Interval | None) -> str:
    """`90 % interval`."""
    return "" if value is None else f"{100 * value.level:.0f} % interval"


def share(value: float) -> str:
    """A fraction as percent: `12 %`, `0.4 %`, `0 %`."""
    percent = 100 * value
    return f"{percent:.1f} %" if 0 < percent < 1 else f"{percent:.0f} %"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 rollout`, `20 rollouts`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """`0.8 s`, `48 s`, `3 min 12 s`, `2 h 05 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def latency(milliseconds_per_row: float | None) -> str:
    """`0.42 ms per row`, or nothing when it was not measured."""
    if milliseconds_per_row is None:
        return ""
    digits = (
        f"{milliseconds_per_row:.2g}"
        if milliseconds_per_row < 100
        else f"{milliseconds_per_row:,.0f}"
    )
    return f"{digits} ms per row"


def dollars(amount: float | None) -> str:
    """`$0.12`, `nothing`, or `an unknown amount`, which is not the same."""
    if amount is None:
        return "an unknown amount"
    return "nothing" if amount == 0 else f"${amount:.2f}" if amount >= 0.01 else f"${amount:.4f}"


def compact(value: float) -> str:
    """Any number on an axis or in a cell: four significant digits, no trailing zeros."""
    if not math.isfinite(value):
        return ABSENT
    return _plain_sign(
        f"{value:,.4g}" if 1e-3 <= abs(value) < 1e6 or value == 0 else f"{value:.3g}"
    )


def _plain_sign(text: str) -> str:
    return text.replace("-", MINUS)
