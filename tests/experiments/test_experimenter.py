import numpy as np
import pandas as pd
import pytest

from sela.design.insight import Configuration
from sela.errors import DataError
from sela.evaluation.racing import NEVER, RacingRule
from sela.experiments.bench import Bench
from sela.experiments.experiment import Failure, Verdict
from sela.experiments.experimenter import Experimenter
from sela.experiments.fits import FitRequest
from sela.experiments.scripted import ScriptedFits
from sela.problem.prediction import Prediction
from sela.problem.task import Task
from tests.experiments.benches import BINARY, NO_SANDBOX, bench, clueless, honest, splits, table

BASELINE = Configuration()
TRIED = Configuration((None, None, "fe1", None, None))


async def test_every_fold_is_scored_by_the_host():
    seen: list[tuple[int, float]] = []
    experimenter = Experimenter(bench(honest))

    experiment, out_of_fold = await experimenter.run(
        NO_SANDBOX, BASELINE, {}, on_fold=lambda index, score: seen.append((index, score))
    )

    assert experiment.verdict is Verdict.SCORED
    assert [index for index, _ in seen] == [0, 1, 2, 3, 4]
    assert tuple(score for _, score in seen) == experiment.fold_scores
    assert experiment.score == pytest.approx(np.mean(experiment.fold_scores))
    assert experiment.compute_seconds == 5.0
    assert out_of_fold is not None and len(out_of_fold.predictions) == 5


async def test_predictions_come_back_in_the_order_of_the_folds_rows():
    used = bench(honest)
    _, out_of_fold = await Experimenter(used).run(NO_SANDBOX, BASELINE, {})
    assert out_of_fold is not None

    fold, said = used.folds[0], out_of_fold.predictions[0]

    hints = used.frame["hint"].to_numpy()[fold.valid]
    assert said.probabilities is not None
    assert np.array_equal(np.argsort(hints), np.argsort(said.probabilities[:, 1]))


async def test_a_clear_loser_stops_early_and_says_what_was_saved():
    best, _ = await Experimenter(bench(honest)).run(NO_SANDBOX, BASELINE, {})
    experimenter = Experimenter(bench(clueless), RacingRule())

    experiment, out_of_fold = await experimenter.run(NO_SANDBOX, TRIED, {}, best=best)

    assert experiment.verdict is Verdict.RACED_OUT
    assert experiment.fits < 5
    assert experiment.fits_saved == 5 - experiment.fits
    assert experiment.score == pytest.approx(0.5)
    assert out_of_fold is None


async def test_a_rule_that_never_stops_shows_every_fold():
    best, _ = await Experimenter(bench(honest)).run(NO_SANDBOX, BASELINE, {})

    experiment, _ = await Experimenter(bench(clueless), NEVER).run(NO_SANDBOX, TRIED, {}, best=best)

    assert (len(experiment.fold_scores), experiment.fits_saved) == (5, 0)


async def test_the_baseline_is_never_raced():
    best, _ = await Experimenter(bench(honest)).run(NO_SANDBOX, BASELINE, {})

    experiment, _ = await Experimenter(bench(clueless)).run(NO_SANDBOX, BASELINE, {}, best=best)

    assert experiment.verdict is Verdict.SCORED
    assert experiment.fits == 5


async def test_most_losers_never_see_a_second_repeat():
    best, _ = await Experimenter(bench(honest, repeats=2)).run(NO_SANDBOX, BASELINE, {})

    experiment, _ = await Experimenter(bench(clueless, repeats=2)).run(
        NO_SANDBOX, TRIED, {}, best=best
    )

    assert len(best.fold_scores) == 10
    assert experiment.verdict is Verdict.RACED_OUT
    assert len(experiment.fold_scores) <= 5


async def test_a_fit_that_fails_is_data():
    failure = Failure("error", "feature_engineering", "KeyError: 'age'")

    def broken(*_: object) -> Failure:
        return failure

    experimenter = Experimenter(
        Bench(BINARY, *table(), splits(200), fit_predict=ScriptedFits(broken).fit_predict)
    )

    experiment, out_of_fold = await experimenter.run(NO_SANDBOX, TRIED, {})

    assert experiment.verdict is Verdict.FAILED
    assert experiment.failure == failure
    assert experiment.score is None
    assert out_of_fold is None


async def test_predictions_that_the_metric_cannot_read_are_a_failure():
    def labels_only(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return Prediction(labels=np.zeros(len(question), dtype=np.int64))

    experiment, _ = await Experimenter(bench(labels_only)).run(NO_SANDBOX, TRIED, {})

    assert experiment.verdict is Verdict.FAILED
    assert experiment.failure is not None
    assert experiment.failure.outcome == "bad_predictions"


def test_a_fold_on_which_the_metric_is_undefined_counts_for_nobody():
    used = bench(honest)
    y = used.y.copy()
    y[used.splits.folds[1].valid] = 0

    partial = Bench(used.task, used.frame, y, used.splits)

    assert len(partial.folds) == 4


def test_a_metric_without_a_single_usable_fold_is_refused():
    frame, y = table()
    only = Bench(Task("binary", "y", "roc_auc", True, (0, 1)), frame, y * 0, splits(200))

    with pytest.raises(DataError, match="undefined on every fold"):
        _ = only.folds
