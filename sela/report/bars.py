"""Horizontal bars around zero, with whiskers: for importances and effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sela.report.markup import Markup, tag
from sela.report.names import two_lines


@dataclass(frozen=True)
class Bar:
    """One row: what, how much, how sure (`spread` in the same unit), and the value as text."""

    label: str
    value: float
    text: str
    spread: float = 0.0


def bars(rows: Sequence[Bar], told: str, *, width: int = 680, label_width: int = 250) -> Markup:
    """The bars in the order given; those below zero go to the left and have another colour."""
    reach_up = max([0.0, *(r.value + r.spread for r in rows)])
    reach_down = max([0.0, *(r.spread - r.value for r in rows if r.value < 0)])
    text_room = 78
    room = width - label_width - text_room
    unit = room / ((reach_up + reach_down) or 1)
    zero = label_width + unit * reach_down
    height = 36
    drawn = [_row(r, i * height, zero, unit, label_width, width) for i, r in enumerate(rows)]
    total = height * len(rows)
    return tag(
        "svg",
        tag("title", told),
        tag("path", d=f"M{zero:.1f} 0V{total}", class_="rule"),
        drawn,
        class_="chart",
        viewBox=f"0 0 {width} {total}",
        width=width,
        height=total,
        role="img",
    )


def _row(
    row: Bar, top: int, zero: float, unit: float, label_width: int, width: int
) -> list[object]:
    size, spread = unit * row.value, unit * row.spread
    x, middle = (zero, top + 18) if size >= 0 else (zero + size, top + 18)
    end = zero + size
    first, second = two_lines(row.label, 38, 38)
    return [
        _label(first, label_width, middle - 2 if second else middle + 4),
        _label(second, label_width, middle + 12) if second else None,
        tag("rect", x=f"{x:.1f}", y=middle - 8, width=f"{max(abs(size), 1):.1f}", height=16, rx=2,
            class_="up" if size >= 0 else "down"),
        tag("path", d=f"M{end - spread:.1f} {middle}H{end + spread:.1f}", class_="whisker")
        if row.spread else None,
        tag("text", row.text, x=width, y=middle + 4, text_anchor="end", class_="value"),
    ]  # fmt: skip


def _label(text: str, label_width: int, y: int) -> Markup:
    return tag("text", text, x=label_width - 10, y=y, text_anchor="end")
