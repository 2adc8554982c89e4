"""The experimenter: one configuration becomes one experiment, fold by fold, scored by the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandboxes.base import Sandbox
from sela.design.insight import Configuration, Stage
from sela.evaluation.comparison import Comparison, compare
from sela.evaluation.out_of_fold import OutOfFold
from sela.evaluation.racing import RacingRule, is_lost
from sela.experiments.asking import FoldAnswers, ask_fold
from sela.experiments.bench import Bench
from sela.experiments.control_runs import control_fold, run_controls
from sela.experiments.experiment import Experiment, Verdict
from sela.experiments.halves import secret_folds
from sela.experiments.trial import Trial

OnFold = Callable[[int, float], None]
"""Called with a fold's index and score, as soon as it is known."""


@dataclass(frozen=True)
class Experimenter:
    """Tries configurations on one bench. Stateless, so any number of workers may share it."""

    bench: Bench
    rule: RacingRule = field(default_factory=RacingRule)

    async def run(
        self,
        sandbox: Sandbox,
        configuration: Configuration,
        code: Mapping[Stage, str],
        *,
        best: Experiment | None = None,
        others: Sequence[Experiment] = (),
        on_fold: OnFold | None = None,
    ) -> tuple[Experiment, OutOfFold | None]:
        """Try one configuration against the best so far.

        The folds end early when it hardly can win, judged by how far earlier candidates (`others`)
        were apart on them; when it would win, the controls decide. The
        baseline is neither raced nor controlled: its code is our own. The out-of-fold predictions
        come only when every fold was scored. A failure is a verdict, never an exception.
        """
        trial = Trial(configuration, code, len(self.bench.folds))
        carrier, secret = control_fold(self.bench), secret_folds(self.bench, code)
        asked: list[FoldAnswers] = []
        for index, fold in enumerate(self.bench.folds):
            may_win = self._may_win(trial, best)
            answers = await ask_fold(
                self.bench,
                sandbox,
                code,
                index,
                with_half=not configuration.is_baseline,
                with_noise=may_win and index == carrier,
                keep_model=may_win and index > 0 and index in secret,
            )
            asked.append(answers)
            trial.add(self.bench, self.bench.y[fold.valid], answers)
            if trial.failure is not None:
                return trial.end(Verdict.FAILED)
            if on_fold is not None:
                on_fold(index, trial.scores[-1])
            if self._is_lost(trial, best, others):
                return trial.end(Verdict.RACED_OUT)
        if not self._would_win(trial, best):
            return trial.end(Verdict.SCORED)
        comparison = self._against(trial, best)
        trial.controls.extend(await run_controls(self.bench, sandbox, trial, asked, comparison))
        passed = all(control.passed for control in trial.controls)
        return trial.end(Verdict.SCORED if passed else Verdict.REJECTED)

    def _may_win(self, trial: Trial, best: Experiment | None) -> bool:
        if trial.configuration.is_baseline:
            return False
        comparison = self._against(trial, best)
        return comparison is None or comparison.difference > -comparison.standard_error

    def _would_win(self, trial: Trial, best: Experiment | None) -> bool:
        if trial.configuration.is_baseline:
            return False
        comparison = self._against(trial, best)
        return comparison is None or comparison.difference > 0

    def _against(self, trial: Trial, best: Experiment | None) -> Comparison | None:
        if best is None or not trial.scores:
            return None
        return compare(
            trial.scores,
            best.fold_scores,
            greater_is_better=self.bench.task.greater_is_better,
            valid_share=self.bench.valid_share,
        )

    def _is_lost(self, trial: Trial, best: Experiment | None, others: Sequence[Experiment]) -> bool:
        if best is None or trial.configuration.is_baseline:
            return False
        return is_lost(
            trial.scores,
            best.fold_scores,
            greater_is_better=self.bench.task.greater_is_better,
            others=[other.fold_scores for other in others if other.is_eligible],
            rule=self.rule,
        )
