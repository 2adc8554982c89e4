"""Reading JSON that another machine sent, without believing its shape."""

from __future__ import annotations

from typing import Any, cast


def part(value: object, *path: str | int) -> object:
    """What lies at a path of keys and positions, None where the path ends early."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(step)
        elif isinstance(step, int) and isinstance(value, list):
            items = cast("list[Any]", value)
            value = items[step] if -len(items) <= step < len(items) else None
        else:
            return None
    return value


def text_at(value: object, *path: str | int) -> str:
    """The string at a path, empty when there is none."""
    found = part(value, *path)
    return found if isinstance(found, str) else ""


def count_at(value: object, *path: str | int) -> int | None:
    """The count at a path, None unless it is a whole number of zero or more."""
    found = part(value, *path)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if found >= 0 else None


def amount_at(value: object, *path: str | int) -> float | None:
    """The amount at a path, None unless it is a finite number of zero or more."""
    found = part(value, *path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if 0 <= found < float("inf") else None
