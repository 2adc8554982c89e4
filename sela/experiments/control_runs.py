"""The runs of the controls: what a would-be best must survive beyond its folds."""

from __future__ import annotations

from collections.abc import Sequence

from sandboxes.base import Sandbox
from sela.evaluation.comparison import Comparison
from sela.evaluation.controls import NOISE_Z, against_chance, is_jump, is_perfect
from sela.experiments.asking import FoldAnswers, ask_fold
from sela.experiments.bench import Bench
from sela.experiments.experiment import ControlResult
from sela.experiments.halves import HalvedBatch
from sela.experiments.permuted import PermutedLabels
from sela.experiments.trial import Trial

STRICT_FOLDS = 3
"""On how many folds labels are permuted when the score is suspiciously good."""


async def run_controls(
    bench: Bench,
    sandbox: Sandbox,
    trial: Trial,
    asked: Sequence[FoldAnswers],
    comparison: Comparison | None,
) -> tuple[ControlResult, ...]:
    """Put a candidate whose folds are all scored through every control, up to the first it fails.

    `asked` are its folds, where these are at hand; `comparison` is the one with the best, if
    there is one.
    """
    carrier = next((a for a in asked if a.index == control_fold(bench)), None)
    if carrier is None or (carrier.noise_answer is None and not carrier.trouble):
        index = control_fold(bench)
        carrier = await ask_fold(bench, sandbox, trial.code, index, with_noise=True)
        trial.add_control(carrier.fit)
    results = [noise_canary(bench, carrier)]
    if results[-1].passed:
        results.append(await HalvedBatch(bench, sandbox, trial).judge(asked or (carrier,)))
    if results[-1].passed:
        results += await _permuted_labels(bench, sandbox, trial, comparison)
    return tuple(results)


def control_fold(bench: Bench) -> int:
    """The fold that carries the controls' questions; code in a sandbox cannot foresee it.

    Never the first, so that only candidates still in the race are asked.
    """
    count = len(bench.folds)
    return int(bench.secret_rng(1).integers(1, count)) if count > 1 else 0


def noise_canary(bench: Bench, answers: FoldAnswers) -> ControlResult:
    """Rows whose columns were shuffled apart must not be predicted better than by chance."""
    name = "noise_canary"
    if answers.noise_answer is None:
        evidence = f"No verdict: rows that mean nothing make it raise ({answers.trouble})"
        return ControlResult(name, True, evidence)
    y = bench.y[bench.folds[answers.index].valid]
    chance = against_chance(bench.task, y, answers.noise_answer, bench.secret_rng(3))
    if chance.z <= NOISE_Z:
        return ControlResult(name, True, f"On rows that mean nothing it scores {chance}.")
    return ControlResult(
        name,
        False,
        f"On rows that mean nothing it still scores {chance}: it knows the rows by their place, "
        "not by what is in them.",
    )


async def _permuted_labels(
    bench: Bench, sandbox: Sandbox, trial: Trial, comparison: Comparison | None
) -> list[ControlResult]:
    """Permuted labels, on more folds and told as a jump when the score is too good."""
    suspicion = _suspicion(bench, trial, comparison)
    n_folds = min(STRICT_FOLDS if suspicion else 1, len(bench.folds))
    permuted = await PermutedLabels(bench, sandbox, trial).judge(n_folds)
    if not suspicion:
        return [permuted]
    found = "nothing" if permuted.passed else "the reason"
    evidence = f"{suspicion} Labels were permuted on {n_folds} folds, which found {found}."
    return [permuted, ControlResult("score_jump", permuted.passed, evidence)]


def _suspicion(bench: Bench, trial: Trial, comparison: Comparison | None) -> str:
    """Why a score asks for stricter checks; empty when it does not."""
    if all(is_perfect(bench.task, value) for value in trial.scores):
        return "The score is perfect on every fold."
    if comparison is not None and is_jump(comparison):
        errors = comparison.difference / max(comparison.standard_error, 1e-12)
        return f"The score is {errors:.0f} standard errors above the best before it."
    return ""
