"""What a check of columns found: the findings, the columns concerned, the columns to leave out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sela.live.answers import Finding

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Columns:
    """The outcome of a check that is about columns."""

    findings: tuple[Finding, ...] = ()
    columns: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def words_of(name: str) -> list[str]:
    """The words in a column name: `daysUntil_Closed2` -> days, until, closed, 2."""
    return [word.lower() for word in WORD.findall(name)]


def left_out(names: Iterable[str], kept: set[str]) -> tuple[str, str, tuple[str, ...]]:
    """What is done about columns by default, how to overrule it, and the columns left out."""
    names = tuple(names)
    dropped = tuple(name for name in names if name not in kept)
    if not dropped:
        return (
            "Kept; by default it is left out.",
            options("--drop", names),
            dropped,
        )
    return "Left out.", options("--keep", dropped), dropped


def options(flag: str, names: Iterable[str]) -> str:
    """`--keep a --keep b`."""
    return " ".join(f"{flag} {_quoted(name)}" for name in names)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.:-]+", name) else repr(name)
