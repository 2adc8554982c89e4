import pytest

from sela.design.insight import Configuration
from sela.experiments.effects import effects
from sela.experiments.experiment import Experiment, Failure, Verdict


def tried(*names: str | None, scores: tuple[float, ...], is_raced_out: bool = False) -> Experiment:
    choices = (*names, *(None,) * (5 - len(names)))
    verdict = Verdict.RACED_OUT if is_raced_out else Verdict.SCORED
    return Experiment(Configuration(choices), verdict, scores, sum(scores) / len(scores))


BASELINE = tried(scores=(0.70, 0.80))


def test_effects_add_up_along_a_path():
    measured = effects(
        [
            BASELINE,
            *[tried(None, "dp1", scores=(0.80, 0.90))] * 20,
            *[tried(None, "dp1", "fe1", scores=(0.75, 0.85))] * 20,
        ],
        greater_is_better=True,
    )

    assert [effect.insight_id for effect in measured] == ["dp1", "fe1"]
    assert measured[0].gain == pytest.approx(0.10, abs=0.01)
    assert measured[1].gain == pytest.approx(-0.05, abs=0.01)
    assert [effect.trials for effect in measured] == [40, 20]


def test_a_raced_out_run_counts_by_the_folds_it_had():
    measured = effects(
        [BASELINE, tried(None, None, "fe1", scores=(0.70,), is_raced_out=True)],
        greater_is_better=True,
    )

    assert measured[0].gain == 0.0


def test_one_trial_is_shrunk_towards_nothing():
    measured = effects(
        [BASELINE, tried(None, None, "fe1", scores=(1.0, 1.1))], greater_is_better=True
    )

    assert 0.1 < measured[0].gain < 0.3


def test_a_loss_that_falls_is_a_positive_effect():
    measured = effects([BASELINE, tried(None, "dp1", scores=(0.5, 0.6))], greater_is_better=False)

    assert measured[0].gain > 0


def test_eda_and_failures_have_no_effect():
    failure = Experiment(
        Configuration((None, None, "fe1", None, None)),
        Verdict.FAILED,
        failure=Failure("error", None, "x"),
    )

    assert (
        effects([BASELINE, tried("eda1", scores=(0.7, 0.8)), failure], greater_is_better=True) == ()
    )
