"""What the commands print: text for a person, one object for a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

from sela.evaluation.estimate import Interval
from sela.live.answers import BestAnswer, PredictAnswer, RolloutAnswer, SearchAnswer
from sela.report import numbers
from server import words


def run_object(best: BestAnswer) -> dict[str, Any]:
    """The object of `sela run --json`; scores in the metric's unit, gains positive when better."""
    search, final = best.search, best.final
    return {
        **search_object(search),
        "test_score": final.test_score if final else None,
        "test_interval": _ends(final.test_interval) if final else None,
        "gain": final.gain if final else None,
        "optimism_gap": final.optimism_gap if final else None,
        "export": best.export,
        "is_replayed": best.is_replayed,
        "baseline_test_score": final.baseline_test_score if final else None,
        "gain_interval": _ends(final.gain_interval) if final else None,
        "is_real_gain": final.is_real_gain if final else None,
        "reevaluated_score": final.reevaluated_score if final else None,
        "chosen": final.chosen if final else None,
        "statement": final.statement if final else None,
        "test_uses": final.test_uses if final else 0,
        "use_notes": list(final.use_notes) if final else [],
        "members": [asdict(member) for member in final.members] if final else [],
        "choice_reason": final.choice_reason if final else None,
        "latency_ms_per_row": final.latency_ms_per_row if final else None,
        "best_rollout": search.best_rollout,
        "rollout": best.rollout.number if best.rollout else None,
        "pipeline": [
            {"stage": i.stage, "insight": i.id, "text": i.text}
            for i in (best.rollout.insights if best.rollout else ())
        ],
    }


def search_object(search: SearchAnswer) -> dict[str, Any]:
    """Where a search stands, as one object."""
    task = search.task
    return {
        "search_id": search.search_id,
        "state": search.state,
        "message": search.message,
        "dataset": search.dataset,
        "task": task
        and {
            "kind": task.kind,
            "metric": task.metric,
            "greater_is_better": task.greater_is_better,
            "target": task.target,
            "positive": task.positive,
        },
        "designer": search.designer,
        "strategy": search.strategy,
        "seed": search.seed,
        "folds": search.folds,
        "findings": [asdict(finding) for finding in search.findings],
        "sandbox_tier": search.sandbox_tier,
        "rollouts": search.rollouts_done,
        "rollouts_budget": search.rollouts_budget,
        "failed_rollouts": search.failed_rollouts,
        "baseline_score": search.baseline_score,
        "best_score": search.best_score,
        "fits": search.fits,
        "fits_saved": search.fits_saved,
        "compute_seconds": search.compute_seconds,
        "control_seconds": search.control_seconds,
        "wall_seconds": search.wall_seconds,
        "cost_usd": search.cost_usd,
        "troubles": list(search.troubles),
    }


def best_text(best: BestAnswer) -> str:
    """The result for a person: what it is, what it is worth, what it cost, what comes next."""
    search, rollout = best.search, best.rollout
    if search.task is None or rollout is None:
        return words.search_words(search)
    metric = search.task.metric
    rows = [
        ("Search", f"{search.search_id}, {Path(search.dataset).name}"),
        ("Task", words.task_words(search.task)),
        *([("Splits", search.folds)] if search.folds else []),
        *(
            ("" if i else "Audit", words.finding_words(finding))
            for i, finding in enumerate(search.findings)
        ),
        ("Baseline", f"{_score(search.baseline_score, metric)} on the search folds"),
        (
            "Best",
            f"{_score(search.best_score, metric)} on the search folds, "
            f"rollout {search.best_rollout}",
        ),
        *(
            ("" if i else "Pipeline", line)
            for i, line in enumerate([_which(best, rollout), *words.pipeline_words(rollout)])
        ),
    ]
    if best.final:
        lines = words.final_words(best.final, search.task)
        rows += [("Result", lines[0]), *(("", line) for line in lines[1:])]
    else:
        rows.append(("Result", "not scored on the sealed rows yet: the numbers are optimistic"))
    rows += [("Sandbox", f"tier {search.sandbox_tier}"), ("Spent", words.budget_words(search))]
    if best.export:
        state = "replayed in a clean process" if best.is_replayed else "NOT replayed"
        rows.append(("Artefact", f"{best.export} ({state})"))
    rows += [("Next" if not i else "", line) for i, line in enumerate(next_commands(best))]
    return "\n".join(_row(name, line) for name, line in rows)


def _which(best: BestAnswer, rollout: RolloutAnswer) -> str:
    """Which rollout the lines after it are of."""
    members = best.final.members if best.final else ()
    if len(members) < 2:
        return f"rollout {rollout.number}"
    return (
        f"an ensemble of {len(members)}; rollout {rollout.number} weighs most "
        f"({max(member.weight for member in members):.0%})"
    )


def next_commands(best: BestAnswer) -> list[str]:
    """The commands a person would want now."""
    search_id = best.search.search_id
    commands: list[str] = []
    if best.final is None:
        commands.append(f"sela best {search_id} --finalize")
    if best.export:
        commands.append(f"sela predict {best.export} NEW.csv --output predictions.csv")
    else:
        commands.append(f"sela best {search_id} --export DIR")
    return [*commands, f"sela tree {search_id} --html tree.html"]


def list_text(searches: Sequence[SearchAnswer]) -> str:
    """One line for each search, newest first."""
    if not searches:
        return "No searches yet. Make one: sela run DATA --target T"
    rows = [("ID", "STATE", "ROLLOUTS", "BEST", "TASK", "DATA")]
    for s in searches:
        best = _score(s.best_score, s.task.metric) if s.task else numbers.ABSENT
        target = s.task.target if s.task else ""
        rollouts = f"{s.rollouts_done}/{s.rollouts_budget}"
        rows.append((s.search_id, s.state, rollouts, best, target, Path(s.dataset).name))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def predict_text(answer: PredictAnswer) -> str:
    """What was written, and what was noticed."""
    first = f"Wrote {numbers.count(answer.n_rows, 'prediction')} to {answer.output}"
    return "\n".join([first, *(f"  {note}" for note in answer.notes)])


def _row(name: str, line: str) -> str:
    """A name and its text, wrapped to the terminal under itself."""
    width = min(get_terminal_size((100, 24)).columns, 100)
    return fill(
        line,
        max(width, 40),
        initial_indent=f"{name:<10}",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _score(value: float | None, metric: str) -> str:
    return f"{numbers.metric_name(metric)} {numbers.score(value, metric)}"


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
