"""The part of every prompt that stays the same: cached by the endpoint, so its bytes may not move.

No time, no identifier, no order of a set: JSON keys are sorted, and columns keep the table's order.
"""

from __future__ import annotations

import math

from sela.design.designer import Briefing
from sela.design.prompts.quoting import DATA_RULE, NAME_CHARACTERS, capped, fenced, rounded
from sela.harness.profile import ColumnProfile, Profile

COLUMNS_SHOWN = 120
DESCRIPTION_CHARACTERS = 3_000

ROLE = """You help a data scientist with one table of a tabular data science problem. You propose \
ideas (insights) for the stages of a scikit-learn pipeline, and write one stage at a time as a \
small Python module. A program runs the modules in a sandbox, cross-validates the pipeline and \
measures what each idea brings."""

RULES = """Rules for code
- Define exactly what the contract says, for the one stage that is asked for.
- The problem describes the raw table; an earlier stage may have changed or dropped a column, so \
choose columns through `profile` or check that they are there.
- No files, no network, no processes, no environment, no prints of scores, no splits of your own \
for scoring; the program does that.
- Do not choose by the names of people or by single values; write for any rows of this kind.
- pandas 3: copy-on-write, strings have dtype `str`, no inplace work on a selection.
- Prefer the simplest code that carries the idea, below about 60 lines."""


def rules(contract: str) -> str:
    """Our instructions, the same for each problem and role. Holds nothing of anybody else's."""
    return f"{ROLE}\n\n{RULES}\n\nThe stage contract\n{contract.strip()}\n\n{DATA_RULE}"


def problem_block(briefing: Briefing, *, share_values: bool = False) -> str:
    """The problem as quoted data. Column facts only: no row, no cell, no category.

    `share_values` adds the labels of the classes.
    """
    task, profile = briefing.task, briefing.profile
    value: dict[str, object] = {
        "description": capped(briefing.description, DESCRIPTION_CHARACTERS),
        "target": capped(task.target, NAME_CHARACTERS),
        "kind": task.kind,
        "metric": task.metric,
        "greater_is_better": task.greater_is_better,
        "rows": profile.n_rows,
        "columns": [column_facts(c) for c in profile.columns[:COLUMNS_SHOWN]],
        "target_facts": _target_facts(profile),
    }
    if len(profile.columns) > COLUMNS_SHOWN:
        value["further_columns"] = _kind_counts(profile.columns[COLUMNS_SHOWN:])
    if share_values:
        value["classes"] = [capped(str(label), NAME_CHARACTERS) for label in task.classes[:30]]
    return f"The problem\n{fenced('problem', value)}"


def column_facts(column: ColumnProfile) -> dict[str, object]:
    """One column in a few facts. Ranges are rounded, so that no cell is told."""
    facts: dict[str, object] = {
        "name": capped(column.name, NAME_CHARACTERS),
        "kind": column.kind,
        "unique": column.unique,
    }
    if column.missing > 0:
        facts["missing"] = rounded(column.missing)
    if column.kind == "numeric":
        facts |= {
            "is_integer": column.is_integer,
            "skew": rounded(column.skew),
            "about": [rounded(column.minimum), rounded(column.maximum)],
        }
    elif column.kind != "constant":
        facts["top_share"] = rounded(column.top_share)
    return facts


def _target_facts(profile: Profile) -> dict[str, object]:
    if profile.is_classification:
        share = rounded(profile.minority_share)
        return {"classes": profile.n_classes, "rarest_share": share}
    low, high = rounded(profile.target_minimum), rounded(profile.target_maximum)
    skew = None if math.isnan(profile.target_skew) else rounded(profile.target_skew)
    return {"about": [low, high], "skew": skew}


def _kind_counts(columns: tuple[ColumnProfile, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for column in columns:
        counts[column.kind] = counts.get(column.kind, 0) + 1
    return counts
