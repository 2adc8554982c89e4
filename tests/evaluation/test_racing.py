import pytest

from sela.evaluation.racing import RacingRule, is_lost

BEST = [0.80, 0.82, 0.78, 0.81, 0.79]


def lost(candidate: list[float], best: list[float] = BEST, *, greater: bool = True) -> bool:
    return is_lost(
        candidate,
        best,
        greater_is_better=greater,
        valid_share=0.25,
        rule=RacingRule(errors=2.0, min_folds=2, prior_weight=1.0),
    )


def test_a_much_worse_candidate_stops_after_two_folds():
    assert lost([0.60, 0.62])


def test_the_first_fold_alone_decides_nothing():
    assert not lost([0.10])


def test_a_slightly_worse_candidate_goes_on():
    assert not lost([0.795, 0.815])


def test_two_differences_that_happen_to_be_alike_do_not_look_certain():
    assert not lost([0.79, 0.81])


def test_a_better_candidate_never_stops():
    assert not lost([0.90, 0.92, 0.88])


@pytest.mark.parametrize(("candidate", "is_out"), [([5.0, 5.1], True), ([0.2, 0.3], False)])
def test_a_loss_is_raced_the_other_way_round(candidate: list[float], is_out: bool):
    assert lost(candidate, greater=False) is is_out
