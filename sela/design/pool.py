"""Letting new ideas into a search's pool: near-duplicates are refused, ids are given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sela.design.insight import Insight, Stage
from sela.design.similarity import is_near_duplicate

PREFIXES: dict[Stage, str] = {
    "eda": "eda",
    "data_preprocessing": "dp",
    "feature_engineering": "fe",
    "model_training": "mt",
    "model_evaluation": "me",
}


@dataclass(frozen=True)
class Admitted:
    """Those that came in, with their ids, and why the others did not."""

    insights: tuple[Insight, ...]
    refusals: tuple[str, ...] = ()


def admit(
    candidates: Iterable[Insight],
    pool: Collection[Insight],
    *,
    names: Collection[str] = (),
    limit: int | None = None,
) -> Admitted:
    """Candidates in order, each compared with the pool and those before it.

    `names` are the table's columns. A candidate keeps its id when it has one that is free.
    """
    known, admitted, refusals = list(pool), list[Insight](), list[str]()
    for candidate in candidates:
        if limit is not None and len(admitted) >= limit:
            break
        twin = is_near_duplicate(candidate, known, names)
        if twin is not None:
            refusals.append(f"'{candidate.text}' says the same as {twin.id}: '{twin.text}'")
            continue
        taken = {insight.id for insight in known}
        if not candidate.id or candidate.id in taken:
            candidate = replace(candidate, id=next_id(candidate.stage, taken))
        known.append(candidate)
        admitted.append(candidate)
    return Admitted(tuple(admitted), tuple(refusals))


def next_id(stage: Stage, taken: Collection[str]) -> str:
    """`fe4`, when `fe3` is the highest taken."""
    prefix = PREFIXES[stage]
    matches = (re.fullmatch(rf"{prefix}(\d+)", name) for name in taken)
    return f"{prefix}{max((int(match[1]) for match in matches if match), default=0) + 1}"
