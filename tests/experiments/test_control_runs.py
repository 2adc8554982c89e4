from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sela.design.insight import Configuration
from sela.experiments.asking import ask_fold
from sela.experiments.experiment import ControlResult, Experiment, Failure, Verdict
from sela.experiments.experimenter import Experimenter
from sela.experiments.fits import FitRequest
from sela.experiments.halves import HalvedBatch
from sela.experiments.trial import Trial
from sela.problem.prediction import Prediction
from sela.problem.task import Task
from tests.experiments.benches import (
    BINARY,
    NO_SANDBOX,
    REGRESSION,
    bench,
    clueless,
    honest,
    probabilities,
    table,
)

TRIED = Configuration((None, None, "fe1", None, None))


async def tried(answer: object, *, task: Task = BINARY) -> Experiment:
    baseline, _ = await Experimenter(bench(clueless)).run(NO_SANDBOX, Configuration(), {})
    best = baseline if task is BINARY else None
    experiment, _ = await Experimenter(bench(answer, task=task)).run(  # type: ignore[arg-type]
        NO_SANDBOX, TRIED, {}, best=best
    )
    return experiment


def failed(experiment: Experiment) -> ControlResult:
    assert experiment.verdict is Verdict.REJECTED
    return next(control for control in experiment.controls if not control.passed)


async def test_an_honest_winner_passes_every_control():
    experiment = await tried(honest)

    assert experiment.verdict is Verdict.SCORED
    assert [c.name for c in experiment.controls][:3] == [
        "noise_canary",
        "halved_batch",
        "permuted_labels",
    ]
    assert all(control.passed for control in experiment.controls)
    assert experiment.control_seconds == pytest.approx(experiment.compute_seconds - 5.0)


async def test_who_reaches_the_labels_scores_on_permuted_ones_too():
    truth = dict(enumerate(table()[1].tolist()))

    def thief(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return probabilities(question["number"].map(truth).to_numpy(dtype=float))

    control = failed(await tried(thief))

    assert control.name == "permuted_labels"
    assert "labels that it was not given" in control.evidence


async def test_who_raises_on_permuted_labels_alone_is_named_for_tampering():
    def wary(request: FitRequest, question: pd.DataFrame) -> Prediction | Failure:
        if abs(np.corrcoef(request.train["hint"], request.target)[0, 1]) < 0.25:
            return Failure("error", "model_training", "ValueError: not today")
        return honest(request, question)

    control = failed(await tried(wary))

    assert control.name == "permuted_labels"
    assert "tampering" in control.evidence


async def test_who_looks_at_the_other_rows_to_be_predicted_is_found():
    def transductive(request: FitRequest, question: pd.DataFrame) -> Prediction:
        hint = question["hint"].to_numpy()
        return probabilities(1 / (1 + np.exp(-(hint - hint.mean()) / hint.std())))

    assert failed(await tried(transductive)).name == "halved_batch"


async def test_who_knows_rows_by_their_place_gains_nothing_as_the_order_is_shuffled():
    def by_place(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return probabilities(np.linspace(0, 1, len(question)))

    experiment = await tried(by_place)

    assert experiment.verdict in (Verdict.REJECTED, Verdict.RACED_OUT)


async def test_a_perfect_score_is_checked_on_more_folds():
    def perfect(request: FitRequest, question: pd.DataFrame) -> Prediction:
        values = question["hint"].to_numpy()
        is_real = np.corrcoef(request.train["hint"], request.target)[0, 1] > 0.99
        return Prediction(values=values if is_real else np.full(len(values), 0.5))

    experiment = await tried(perfect, task=REGRESSION)

    assert experiment.verdict is Verdict.SCORED
    jump = experiment.controls[-1]
    assert jump.name == "score_jump"
    assert "perfect" in jump.evidence
    assert "3 folds" in jump.evidence


async def test_who_notes_its_answers_for_the_next_question_is_found_in_a_job_of_its_own():
    notes: dict[str, float] = {}

    def noting(request: FitRequest, question: pd.DataFrame) -> Prediction:
        if len(request.questions) == 1:
            notes.clear()
        ranks = question["hint"].rank(pct=True)
        said = [
            notes.setdefault(str(row), rank)
            for row, rank in zip(question["number"], ranks, strict=True)
        ]
        return probabilities(np.array(said))

    assert failed(await tried(noting)).name == "halved_batch"


async def test_a_model_that_is_another_one_at_each_fit_cannot_be_checked():
    fitted: list[np.ndarray] = []

    def unseeded(request: FitRequest, question: pd.DataFrame) -> Prediction:
        if not any(known is request.target for known in fitted):
            fitted.append(request.target)
        slope = (-0.9) ** len(fitted)
        return probabilities(1 / (1 + np.exp(-slope * question["hint"].to_numpy())))

    used = bench(unseeded)
    asked = [await ask_fold(used, NO_SANDBOX, {}, index) for index in range(5)]
    control = await HalvedBatch(used, NO_SANDBOX, Trial(TRIED, {}, 5)).judge(asked)

    assert not control.passed
    assert "give every random_state" in control.evidence


async def test_who_is_random_when_asked_is_told_apart_from_who_looks_at_the_other_rows():
    rng = np.random.default_rng(0)

    def shaky(request: FitRequest, question: pd.DataFrame) -> Prediction:
        said = honest(request, question).probabilities
        assert said is not None
        return probabilities(np.clip(said[:, 1] + rng.normal(0, 1e-3, len(said)), 0, 1))

    control = await HalvedBatch(bench(shaky), NO_SANDBOX, Trial(TRIED, {}, 5)).judge([])

    assert not control.passed
    assert "must not be random" in control.evidence


async def test_labels_that_depend_on_the_batch_are_found_beside_honest_probabilities():
    def two_faced(request: FitRequest, question: pd.DataFrame) -> Prediction:
        hint = question["hint"].to_numpy()
        labels = (hint > np.median(hint)).astype(np.int64)
        return replace(honest(request, question), labels=labels)

    task = replace(BINARY, metric="accuracy")
    assert failed(await tried(two_faced, task=task)).name == "halved_batch"


@pytest.mark.parametrize("size", [8e-5, 1e-3])
async def test_ranks_hidden_behind_the_decimal_point_are_found(size: float):
    def hidden(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return probabilities(0.5 + size * question["hint"].rank(pct=True).to_numpy())

    assert failed(await tried(hidden)).name == "halved_batch"


async def test_ranks_too_small_to_be_found_are_too_small_to_be_scored():
    def hidden(request: FitRequest, question: pd.DataFrame) -> Prediction:
        return probabilities(0.5 + 1e-8 * question["hint"].rank(pct=True).to_numpy())

    experiment = await tried(hidden)

    assert experiment.score == pytest.approx(0.5)


async def test_one_row_of_each_batch_that_looks_at_the_others_is_found():
    def sly(request: FitRequest, question: pd.DataFrame) -> Prediction:
        said = honest(request, question).probabilities
        assert said is not None
        positive = said[:, 1].copy()
        positive[int(question["hint"].argmax())] = 0.9999
        return probabilities(positive)

    assert failed(await tried(sly)).name == "halved_batch"


async def test_who_looks_at_the_other_rows_on_half_of_the_folds_is_found():
    def fickle(request: FitRequest, question: pd.DataFrame) -> Prediction:
        if int(request.train["number"].sum()) % 2:
            return honest(request, question)
        hint = question["hint"].to_numpy()
        return probabilities(1 / (1 + np.exp(-(hint - hint.mean()) / hint.std())))

    assert failed(await tried(fickle)).name == "halved_batch"
