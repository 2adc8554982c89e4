"""Target proxies: a column that alone tells the target far better than all others together.

A column that is merely good is no proxy: it is judged against what the others reach without it.
"""

from __future__ import annotations

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out, options
from sela.problem.audit.sketch import Sketch

SUSPECT = 0.9
TELLING = 0.98
CERTAIN = 0.995
FEWER_ERRORS = 0.5
"""A suspect's errors over those of all other columns together, below which it is a proxy."""
MOST_SUSPECTS = 4
EASY = 0.99


def find_proxies(sketch: Sketch, kept: set[str]) -> Columns:
    """Columns whose own strength cannot be explained by the task being easy."""
    strong = [name for name, strength in sketch.strengths.items() if strength >= SUSPECT]
    if not strong:
        return Columns()
    strong.sort(key=lambda name: -sketch.strengths[name])
    rest = sketch.together([n for n in sketch.frame.columns if n not in strong])
    findings: list[Finding] = []
    found: list[str] = []
    dropped: list[str] = []
    for name in strong[:MOST_SUSPECTS]:
        others = _others(sketch, name, strong, found, rest)
        if others is None:
            continue
        own = sketch.strengths[name]
        finding, out = _finding(sketch, name, own, others, kept)
        findings.append(finding)
        found.append(name)
        dropped += out
    return Columns(tuple(findings), tuple(found), tuple(dropped))


def _others(
    sketch: Sketch, name: str, strong: list[str], found: list[str], rest: float
) -> float | None:
    """What the honest columns reach together, if `name` is a proxy; else None.

    A column of a pair that is equally strong is judged beside its partner, unless that was found
    to be a proxy: in an easy task strong columns come in company.
    """
    own = sketch.strengths[name]
    if rest >= EASY or 1 - own > FEWER_ERRORS * (1 - rest):
        return None
    company = [other for other in strong if other != name and other not in found]
    if not company or own >= CERTAIN:
        return rest
    honest = [n for n in sketch.frame.columns if n != name and n not in found]
    others = sketch.together(honest)
    return others if 1 - own <= FEWER_ERRORS * (1 - others) else None


def _finding(
    sketch: Sketch, name: str, own: float, others: float, kept: set[str]
) -> tuple[Finding, tuple[str, ...]]:
    measure = sketch.strength_name
    evidence = (
        f"{name!r} alone reaches {measure} {own:.3f} for {sketch.task.target!r}; "
        f"all other columns together reach {others:.3f}."
    )
    if own >= TELLING:
        action, overrule, dropped = left_out((name,), kept)
        return Finding("target_proxy", (name,), evidence, action, overrule, "alarm"), dropped
    action = "Kept: if it is not known when a prediction is due, every score is too good."
    overrule = options("--drop", (name,)) + " leaves it out"
    return Finding("target_proxy", (name,), evidence, action, overrule, "alarm"), ()
