import pytest

from sela.evaluation.racing import RacingRule, is_lost

BEST = [0.80, 0.82, 0.78, 0.81, 0.79]


def lost(candidate: list[float], best: list[float] = BEST, *, greater: bool = True) -> bool:
    return is_lost(candidate, best, greater_is_better=greater)


def test_a_candidate_far_behind_stops_after_one_fold():
    assert lost([0.60])


def test_a_candidate_slightly_behind_goes_on():
    assert not lost([0.795])
    assert not lost([0.795, 0.815])


def test_the_same_small_lag_stops_the_sooner_the_fewer_folds_are_left():
    assert not lost([0.785])
    assert lost([0.785, 0.805, 0.765, 0.795])


def test_a_better_candidate_never_stops():
    assert not lost([0.90, 0.92, 0.88])


def test_after_the_last_fold_there_is_nothing_to_save():
    assert not lost([0.1, 0.1, 0.1, 0.1, 0.1])


def test_a_single_fold_is_never_raced():
    assert not lost([0.1], [0.9])


def test_where_differences_vary_much_racing_waits_longer():
    others = [[0.9, 0.7, 0.6, 0.95, 0.7], [0.6, 0.95, 0.9, 0.6, 0.85]]

    assert lost([0.74])
    assert not is_lost([0.74], BEST, greater_is_better=True, others=others)


def test_a_rule_without_a_chance_never_stops():
    assert not is_lost([0.1], BEST, greater_is_better=True, rule=RacingRule(chance=0.0))


@pytest.mark.parametrize(("candidate", "is_out"), [([5.0, 5.1], True), ([0.2, 0.3], False)])
def test_a_loss_is_raced_the_other_way_round(candidate: list[float], is_out: bool):
    assert lost(candidate, greater=False) is is_out
