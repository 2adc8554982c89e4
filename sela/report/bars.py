"""Horizontal bars around zero, with whiskers: for importances and effects.

They are laid out by style sheet, not drawn, so that their text is as large on a phone as elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sela.report.markup import Markup, tag


@dataclass(frozen=True)
class Bar:
    """One row: what, how much, how sure (`spread` in the same unit), and the value as text."""

    label: str
    value: float
    text: str
    spread: float = 0.0


def bars(rows: Sequence[Bar]) -> Markup:
    """The bars in the order given; those below zero go to the left and have another colour."""
    high = max([0.0, *(r.value + r.spread for r in rows)])
    low = min([0.0, *(r.value - r.spread for r in rows)])
    return tag("ul", [_row(row, low, (high - low) or 1.0) for row in rows], class_="bars")


def _row(row: Bar, low: float, width: float) -> Markup:
    def percent(value: float) -> str:
        return f"{100 * value / width:.2f}%"

    start = min(row.value, 0.0) - low
    kind = "down" if row.value < 0 else "up"
    bar = f"left:{percent(start)};width:max({percent(abs(row.value))},2px)"
    whisker = f"left:{percent(row.value - row.spread - low)};width:{percent(2 * row.spread)}"
    return tag(
        "li",
        tag("span", row.label, class_="label"),
        tag(
            "span",
            tag("i", class_="zero", style=f"left:{percent(-low)}"),
            tag("i", class_=kind, style=bar),
            tag("i", class_="whisker", style=whisker) if row.spread else None,
            class_="track",
            aria_hidden="true",
        ),
        tag("span", row.text, class_="value"),
    )
