"""The frame of a small SVG chart: scales, axes with round ticks, and a told description."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sela.report import numbers
from sela.report.markup import Markup, tag

LEFT, RIGHT, TOP, BOTTOM = 60, 14, 12, 42


@dataclass(frozen=True)
class Plot:
    """A plotting area: data coordinates to pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: int = 430
    height: int = 270
    left: int = LEFT

    def px(self, x: float) -> float:
        """Pixels from the left."""
        low, high = self.x
        room = self.width - self.left - RIGHT
        return round(self.left + room * (x - low) / ((high - low) or 1), 1)

    def py(self, y: float) -> float:
        """Pixels from the top."""
        low, high = self.y
        room = self.height - TOP - BOTTOM
        return round(TOP + room * (1 - (y - low) / ((high - low) or 1)), 1)

    def line(self, points: Sequence[tuple[float, float]], **attributes: object) -> Markup:
        """A line through points."""
        path = " ".join(f"{self.px(x)},{self.py(y)}" for x, y in points)
        return tag("polyline", points=path, **attributes)

    def dot(self, x: float, y: float, radius: float, name: str, told: str = "") -> Markup:
        """A point of class `name`, with a tooltip when `told`."""
        title = tag("title", told) if told else None
        return tag("circle", title, cx=self.px(x), cy=self.py(y), r=round(radius, 1), class_=name)


def chart(
    plot: Plot, told: str, x_label: str, y_label: str, *marks: object, whole_x: bool = False
) -> Markup:
    """The chart with its axes; `told` is what a screen reader says."""
    bottom = plot.height - BOTTOM
    x_ticks = [t for t in ticks(*plot.x, 6) if not whole_x or t == round(t)]
    y_ticks = ticks(*plot.y, 5)
    return tag(
        "svg",
        tag("title", told),
        [_y_tick(plot, t, text) for t, text in zip(y_ticks, tick_texts(y_ticks), strict=True)],
        [_x_tick(plot, t, text) for t, text in zip(x_ticks, tick_texts(x_ticks), strict=True)],
        tag("path", d=f"M{plot.left} {bottom}H{plot.width - RIGHT}", class_="rule"),
        marks,
        tag(
            "text",
            x_label,
            x=(plot.left + plot.width - RIGHT) / 2,
            y=plot.height - 5,
            text_anchor="middle",
            class_="soft",
        ),
        tag(
            "text",
            y_label,
            transform=f"translate(12 {(TOP + bottom) / 2}) rotate(-90)",
            text_anchor="middle",
            class_="soft",
        ),
        class_="chart",
        viewBox=f"0 0 {plot.width} {plot.height}",
        width=plot.width,
        height=plot.height,
        role="img",
    )


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """About `wanted` round numbers in [low, high]."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    raw = (high - low) / max(wanted - 1, 1)
    power = 10 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def tick_texts(values: Sequence[float]) -> list[str]:
    """The ticks with as many decimals as the one that needs most; large and tiny ones compactly."""
    largest = max((abs(v) for v in values), default=0.0)
    if largest >= 1e6 or 0 < largest < 1e-3:
        return [numbers.compact(v) for v in values]
    digits = next((d for d in range(6) if all(abs(round(v, d) - v) < 1e-9 for v in values)), 6)
    return [f"{v:,.{digits}f}".replace("-", numbers.MINUS) for v in values]


def padded(values: Sequence[float], share: float = 0.08) -> tuple[float, float]:
    """The range of finite values with a margin, never empty."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    margin = share * (high - low) or abs(low) * 0.05 or 0.5
    return low - margin, high + margin


def _y_tick(plot: Plot, value: float, text: str) -> list[Markup]:
    y = plot.py(value)
    return [
        tag("path", d=f"M{plot.left} {y}H{plot.width - RIGHT}", class_="rule grid"),
        tag(
            "text",
            text,
            x=plot.left - 7,
            y=y + 4,
            text_anchor="end",
            class_="soft",
        ),
    ]


def _x_tick(plot: Plot, value: float, text: str) -> Markup:
    y = plot.height - BOTTOM + 16
    return tag("text", text, x=plot.px(value), y=y, text_anchor="middle", class_="soft")
