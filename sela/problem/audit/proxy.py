"""Target proxies: columns that tell the target without being a feature of the world.

Two signs, each enough: the column alone errs far less than all others together; or it is strong,
and given the target it has nothing to do with the others, which honest columns have.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out, options
from sela.problem.audit.independence import MANY_GAPS, Ties
from sela.problem.audit.sketch import Sketch

SUSPECT = {"AUC": 0.85, "R2": 0.6}
DOMINANT = 0.9
CERTAIN = 0.995
EASY = 0.99
FAR_BEHIND = 3.0
FEWER_ERRORS = 0.5
"""A suspect's errors over those of all other columns together, below which it dominates."""
UNTIED = 0.02
MANY_ROWS = 1_000
"""From which an R2 of 0.02 can be told from none."""
MOST_IN_COMPANY = 4
NOTHING = {"AUC": 0.58, "R2": 0.05}
MOST_SUSPECTS = 30
MOST_TWINS = 6
"""Strongest columns that may be copies beside each other."""


def find_proxies(sketch: Sketch, ties: Ties, kept: set[str]) -> Columns:
    """An alarm for each proxy. Left out where it is sure; else kept, with the alarm."""
    limit = SUSPECT[sketch.strength_name]
    strong = sorted(
        (name for name, peak in sketch.peaks.items() if peak >= limit),
        key=lambda name: (-sketch.strengths[name], -sketch.peaks[name]),
    )
    findings: list[Finding] = []
    found: list[str] = []
    dropped: list[str] = []
    for name in strong[:MOST_SUSPECTS]:
        sign = _untied(sketch, ties, name, strong) or _dominant(sketch, name, strong, found)
        if sign is not None:
            finding, out = _finding(sketch, name, sign, kept)
            findings.append(finding)
            found.append(name)
            dropped += out
    return Columns(tuple(findings), tuple(found), tuple(dropped))


@dataclass(frozen=True)
class Sign:
    """Why a column is taken for a proxy, and whether that is enough to leave it out."""

    evidence: str
    is_sure: bool


def _untied(sketch: Sketch, ties: Ties, name: str, strong: list[str]) -> Sign | None:
    """Whether `name` is independent of the others given the target, while they are not.

    Where columns are unrelated altogether, being untied says nothing; nor does it where the
    others tell far more, as in a target that is itself what all columns measure.
    """
    if _is_calendar(sketch, name) and sketch.strengths[name] < DOMINANT:
        return None
    own = ties.of(name)
    limit = UNTIED if len(sketch.sample) >= MANY_ROWS else 0.0
    if own > limit:
        return None
    honest = [str(n) for n in sketch.frame.columns if n not in strong]
    honest.sort(key=lambda n: -sketch.strengths[n])
    if ties.tied(honest) < 2 and ties.tied([n for n in strong if n != name]) < 2:
        return None
    untied = {n for n in strong[:MOST_TWINS] if n != name and ties.of(n) <= limit}
    rest = sketch.together([n for n in sketch.frame.columns if n not in {name, *untied}])
    if rest < EASY and 1 - sketch.strengths[name] > FAR_BEHIND * (1 - rest):
        return None
    return Sign(
        f"Among rows of equal {sketch.task.target!r} the other columns tell nothing of it (R2 "
        f"{max(own, 0):.2f}), which is so for a copy of {sketch.task.target!r} or a consequence of "
        "it, and rarely for a cause.",
        is_sure=True,
    )


def _is_calendar(sketch: Sketch, name: str) -> bool:
    """Whether it tells when each row was: seasons hang together with nothing but the target.

    A date with gaps is another thing: that it is there at all may tell the outcome.
    """
    series = sketch.column(name)
    is_date = pd.api.types.is_datetime64_any_dtype(series.dtype)
    return is_date and float(series.isna().mean()) < MANY_GAPS


def _dominant(sketch: Sketch, name: str, strong: list[str], found: list[str]) -> Sign | None:
    """Whether `name` alone errs far less than all others together.

    It is judged beside equally strong ones, unless those were found to be proxies: in an easy
    task strong columns come in company. Where the others tell nothing, leaving it out would leave
    nothing, so it is not sure.
    """
    own = sketch.strengths[name]
    if own < DOMINANT or len(set(strong) - set(found)) > MOST_IN_COMPANY:
        return None
    rest = sketch.together([n for n in sketch.frame.columns if n not in strong])
    if rest >= EASY or 1 - own > FEWER_ERRORS * (1 - rest):
        return None
    if own < CERTAIN and set(strong) - {name, *found}:
        rest = sketch.together([n for n in sketch.frame.columns if n != name and n not in found])
        if 1 - own > FEWER_ERRORS * (1 - rest):
            return None
    evidence = f"All other columns together reach {max(rest, 0):.3f}."
    return Sign(evidence, own >= CERTAIN and rest > NOTHING[sketch.strength_name])


def _finding(
    sketch: Sketch, name: str, sign: Sign, kept: set[str]
) -> tuple[Finding, tuple[str, ...]]:
    told = f"{name!r} alone reaches {sketch.strength_text(name)}. {sign.evidence}"
    if sign.is_sure:
        action, overrule, dropped = left_out((name,), kept)
        return Finding("target_proxy", (name,), told, action, overrule, "alarm"), dropped
    action = "Kept: if it is not known when a prediction is due, every score is too good."
    overrule = options("--drop", (name,)) + " leaves it out"
    return Finding("target_proxy", (name,), told, action, overrule, "alarm"), ()
