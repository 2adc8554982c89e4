"""Columns that speak of what comes after the event: by their names, and by being strong."""

from __future__ import annotations

from sela.live.answers import Finding
from sela.problem.audit.columns import Columns, left_out, options, words_of
from sela.problem.audit.independence import Ties
from sela.problem.audit.proxy import UNTIED
from sela.problem.audit.sketch import Sketch

AFTERWARDS = frozenset(
    ("future", "next", "after", "afterwards", "post", "later", "subsequent", "outcome", "result",
     "final", "followup", "resolved", "resolution", "closed", "closure", "closing", "discharge",
     "settled", "settlement", "recovered", "recovery", "refund", "refunded", "chargeback",
     "repaid", "collected", "writeoff", "cancelled", "canceled", "cancellation", "terminated",
     "termination", "death", "deceased", "until", "actual", "realized", "realised", "label",
     "groundtruth", "predicted", "prediction", "forecast", "eventual", "ended")
)  # fmt: skip
COMMON_WORDS = frozenset(("class", "target", "type", "status", "label", "y", "price", "value"))
"""Words of a target's name that say nothing when another column has them too."""
STRONG = {"AUC": 0.75, "R2": 0.4}
WEAK = {"AUC": 0.6, "R2": 0.05}


def find_future(sketch: Sketch, ties: Ties, kept: set[str]) -> Columns:
    """An alarm where a telling name meets a column that is strong, and the strongest or untied."""
    named = [str(n) for n in sketch.frame.columns if _speaks_of_later(str(n), sketch.task.target)]
    measure = sketch.strength_name
    named = [name for name in named if sketch.peaks[name] >= WEAK[measure]]
    others = [s for n, s in sketch.strengths.items() if n not in named]
    best_other = max(others, default=0.0)
    findings: list[Finding] = []
    dropped: list[str] = []
    for name in named:
        own, peak = sketch.strengths[name], sketch.peaks[name]
        evidence = (
            f"The name of {name!r} speaks of what comes after the event, and alone it reaches "
            f"{sketch.strength_text(name)}; the strongest other column reaches {best_other:.3f}."
        )
        if peak >= STRONG[measure] and (own > best_other or ties.of(name) <= UNTIED):
            action, overrule, out = left_out((name,), kept)
            findings.append(Finding("future", (name,), evidence, action, overrule, "alarm"))
            dropped += out
        else:
            action = "Kept: leave it out if it is not known when a prediction is due."
            overrule = options("--drop", (name,)) + " leaves it out"
            findings.append(Finding("future", (name,), evidence, action, overrule, "warning"))
    return Columns(tuple(findings), tuple(named), tuple(dropped))


def _speaks_of_later(name: str, target: str) -> bool:
    words = set(words_of(name))
    told = {word for word in words_of(target) if len(word) > 2}
    return bool(words & AFTERWARDS) or (bool(told - COMMON_WORDS) and told <= words)
