import numpy as np

from sela.evaluation.ensemble import Blend, choose_ensemble
from sela.evaluation.out_of_fold import OutOfFold
from sela.evaluation.splits import Fold
from sela.problem.prediction import Prediction
from sela.problem.task import Task

RMSE = Task("regression", "y", "rmse", False)
F1 = Task("binary", "y", "f1", True, (0, 1))
N_ROWS = 500


def folds() -> list[Fold]:
    rows = np.arange(N_ROWS)
    return [Fold(np.setdiff1d(rows, rows[i::5]), rows[i::5]) for i in range(5)]


def out_of_fold(values: np.ndarray) -> OutOfFold:
    return OutOfFold(tuple(Prediction(values=values[fold.valid]) for fold in folds()))


def library(errors: list[np.ndarray], y: np.ndarray) -> dict[int, OutOfFold]:
    return {number: out_of_fold(y + error) for number, error in enumerate(errors, start=1)}


def test_independent_errors_average_out_and_the_ensemble_is_taken():
    rng = np.random.default_rng(0)
    y = rng.normal(size=N_ROWS)
    found = library([rng.normal(size=N_ROWS) for _ in range(4)], y)

    choice = choose_ensemble(RMSE, y, folds(), found)

    assert choice.is_taken
    assert choice.nested_score < 0.6
    assert {rollout for rollout, _ in choice.blend.weights} == {1, 2, 3, 4}
    assert sum(weight for _, weight in choice.blend.weights) == 1.0


def test_the_same_errors_bring_nothing_and_the_single_best_stays():
    rng = np.random.default_rng(1)
    y, error = rng.normal(size=N_ROWS), rng.normal(size=N_ROWS)
    found = library([error, 1.02 * error, 1.05 * error], y)

    choice = choose_ensemble(RMSE, y, folds(), found)

    assert not choice.is_taken
    assert choice.blend.weights == ((1, 1.0),)


def test_the_nested_score_is_not_fooled_by_a_large_library_of_noise():
    rng = np.random.default_rng(2)
    y, shared = rng.normal(size=N_ROWS), rng.normal(size=N_ROWS)
    found = library([shared + 0.05 * rng.normal(size=N_ROWS) for _ in range(15)], y)

    choice = choose_ensemble(RMSE, y, folds(), found)

    assert choice.score < choice.nested_score


def test_the_number_of_members_is_capped():
    rng = np.random.default_rng(3)
    y = rng.normal(size=N_ROWS)
    found = library([rng.normal(size=N_ROWS) for _ in range(8)], y)

    choice = choose_ensemble(RMSE, y, folds(), found, max_members=2)

    assert len(choice.blend.weights) == 2


def test_a_single_hold_out_is_cut_up_for_the_guard():
    rng = np.random.default_rng(5)
    y = rng.normal(size=N_ROWS)
    fold = Fold(np.arange(N_ROWS), np.arange(N_ROWS))
    found = {
        number: OutOfFold((Prediction(values=y + rng.normal(size=N_ROWS)),)) for number in (1, 2)
    }

    choice = choose_ensemble(RMSE, y, [fold], found)

    assert choice.is_taken
    assert choice.comparison.folds == 5


def test_the_guard_of_repeated_folds_stands_on_the_first_repeat():
    rng = np.random.default_rng(6)
    y = rng.normal(size=N_ROWS)
    once = library([rng.normal(size=N_ROWS) for _ in range(2)], y)
    twice = {number: OutOfFold(said.predictions * 2) for number, said in once.items()}

    choice = choose_ensemble(RMSE, y, folds() * 2, twice, repeat_length=5)

    assert choice.comparison.folds == 5


def test_a_cut_off_is_tuned_for_a_binary_label_metric():
    rng = np.random.default_rng(4)
    y = (rng.random(N_ROWS) < 0.15).astype(int)
    found: dict[int, OutOfFold] = {}
    for number in (1, 2):
        hint = 2.0 * y - 3 + 0.8 * rng.normal(size=N_ROWS)
        positive = 1 / (1 + np.exp(-hint))
        both = np.column_stack([1 - positive, positive])
        found[number] = OutOfFold(
            tuple(Prediction((both[f.valid, 1] >= 0.5).astype(int), both[f.valid]) for f in folds())
        )

    choice = choose_ensemble(F1, y, folds(), found)

    assert choice.blend.cutoff is not None and choice.blend.cutoff < 0.4
    assert choice.is_taken


def test_a_blend_averages_probabilities_and_labels_count_as_certainties():
    task = Task("multiclass", "y", "accuracy", True, ("a", "b", "c"))
    blend = Blend(((1, 0.75), (2, 0.25)))
    soft = Prediction(np.array([0]), np.array([[0.5, 0.3, 0.2]]))
    sure = Prediction(labels=np.array([1]))

    said = blend.combine(task, {1: soft, 2: sure})

    assert said.probabilities is not None
    assert np.allclose(said.probabilities, [[0.375, 0.475, 0.15]])
    assert said.labels is not None and said.labels.tolist() == [1]
