"""The nearest names: what a mistyped column, metric or file was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """The known names most like `name`, best first; case, blanks and underscores count little."""
    wanted = _plain(name)
    scored = [(_likeness(wanted, _plain(other)), other) for other in known]
    scored.sort(key=lambda pair: -pair[0])
    return [other for likeness, other in scored[:count] if likeness >= 0.5]


def suggestion(name: str, known: Iterable[str]) -> str:
    """` Did you mean …?` with a leading blank, or nothing when no known name is near."""
    near = nearest(name, known)
    return f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


def listing(names: Iterable[object], *, limit: int = 12) -> str:
    """Names in a row for a message, cut after `limit`."""
    every = [str(name) for name in names]
    rest = len(every) - limit
    return ", ".join(every[:limit]) + (f", … ({rest} more)" if rest > 0 else "")


def _likeness(wanted: str, other: str) -> float:
    if wanted and wanted in other:
        return 0.75 + 0.25 * len(wanted) / len(other)
    return SequenceMatcher(None, wanted, other).ratio()


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum()) or name.casefold()
