"""Target proxies: columns that tell the target without being a feature of the world.

Two signs, each enough: the column alone errs far less than all others together; or it is strong,
and given the target it has nothing to do with the others, which honest columns have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out, options
from sela.problem.audit.independence import ROWS, tie_to_others
from sela.problem.audit.sketch import Sketch

SUSPECT = {"AUC": 0.85, "R2": 0.6}
DOMINANT = 0.9
TELLING = 0.98
CERTAIN = 0.995
EASY = 0.99
FEWER_ERRORS = 0.5
"""A suspect's errors over those of all other columns together, below which it dominates."""
UNTIED = 0.02
TIED = 0.05
MOST_SUSPECTS = 6
REFERENCES = 5


def find_proxies(sketch: Sketch, kept: set[str]) -> Columns:
    """An alarm for each proxy. Left out if untied or nearly perfect; else kept, with the alarm."""
    limit = SUSPECT[sketch.strength_name]
    strong = sorted(
        (name for name, strength in sketch.strengths.items() if strength >= limit),
        key=lambda name: -sketch.strengths[name],
    )
    findings: list[Finding] = []
    found: list[str] = []
    dropped: list[str] = []
    for name in strong[:MOST_SUSPECTS]:
        evidence = _untied(sketch, name, strong)
        others = None if evidence else _dominated(sketch, name, strong, found)
        if evidence is None and others is None:
            continue
        is_sure = evidence is not None or sketch.strengths[name] >= TELLING
        finding, out = _finding(sketch, name, evidence or _dominance(sketch, others), is_sure, kept)
        findings.append(finding)
        found.append(name)
        dropped += out
    return Columns(tuple(findings), tuple(found), tuple(dropped))


def tie(sketch: Sketch, name: str, others: Sequence[str]) -> float:
    """How much other columns tell of one beyond what the target tells of it."""
    rows = np.random.default_rng(sketch.seed).permutation(sketch.sample)[:ROWS]
    table = sketch.frame.loc[:, list(others)].iloc[rows]
    return tie_to_others(sketch.column(name).iloc[rows], table, sketch.y[rows], sketch.task)


def _untied(sketch: Sketch, name: str, strong: list[str]) -> str | None:
    """Evidence that `name` is independent of the others given the target, and that others are not.

    Where columns are unrelated altogether, being untied says nothing.
    """
    everything = [str(other) for other in sketch.frame.columns]
    own = tie(sketch, name, [other for other in everything if other != name])
    if own > UNTIED:
        return None
    honest = sorted((n for n in everything if n not in strong), key=lambda n: -sketch.strengths[n])
    ties = [tie(sketch, n, [o for o in everything if o != n]) for n in honest[:REFERENCES]]
    if len(ties) < 2 or sorted(ties)[len(ties) // 2] < TIED:
        return None
    return (
        f" Given {sketch.task.target!r} it has nothing to do with the other columns (R2 "
        f"{max(own, 0):.2f}; honest columns here: {max(ties):.2f}), as a copy or a consequence "
        "would."
    )


def _dominated(sketch: Sketch, name: str, strong: list[str], found: list[str]) -> float | None:
    """What the other columns reach together, if `name` alone errs far less; else None.

    A column is judged beside equally strong ones, unless those were found to be proxies: in an
    easy task strong columns come in company.
    """
    own = sketch.strengths[name]
    if own < DOMINANT:
        return None
    rest = sketch.together([n for n in sketch.frame.columns if n not in strong])
    if rest >= EASY or 1 - own > FEWER_ERRORS * (1 - rest):
        return None
    if own >= CERTAIN or not set(strong) - {name, *found}:
        return rest
    others = sketch.together([n for n in sketch.frame.columns if n != name and n not in found])
    return others if 1 - own <= FEWER_ERRORS * (1 - others) else None


def _dominance(sketch: Sketch, others: float | None) -> str:
    return f" All other columns together reach {others:.3f}."


def _finding(
    sketch: Sketch, name: str, evidence: str, is_sure: bool, kept: set[str]
) -> tuple[Finding, tuple[str, ...]]:
    told = (
        f"{name!r} alone reaches {sketch.strength_name} {sketch.strengths[name]:.3f} for "
        f"{sketch.task.target!r}.{evidence}"
    )
    if is_sure:
        action, overrule, dropped = left_out((name,), kept)
        return Finding("target_proxy", (name,), told, action, overrule, "alarm"), dropped
    action = "Kept: if it is not known when a prediction is due, every score is too good."
    overrule = options("--drop", (name,)) + " leaves it out"
    return Finding("target_proxy", (name,), told, action, overrule, "alarm"), ()
