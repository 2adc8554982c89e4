from typing import Any

from sela.evaluation.estimate import Interval
from sela.evaluation.statement import copies_sentence, no_skill_sentence, statement

FACTS: dict[str, Any] = {
    "test_score": 0.79,
    "interval": Interval(0.75, 0.83),
    "gain": 0.03,
    "gain_interval": Interval(0.01, 0.05),
    "reevaluated_score": 0.80,
    "optimism_gap": 0.012,
    "n_test": 200,
    "test_uses": 1,
}


def said(**changes: Any) -> str:
    return statement("roc_auc", **(FACTS | changes))


def test_the_score_comes_first_with_its_interval_and_rows():
    assert said().startswith(
        "On 200 sealed rows it reaches ROC AUC 0.79 (90% interval 0.75 to 0.83)."
    )


def test_a_gain_whose_interval_is_above_zero_is_a_gain():
    assert "0.03 ROC AUC better than the default baseline" in said()


def test_a_gain_that_may_be_chance_is_no_real_gain():
    text = said(gain_interval=Interval(-0.01, 0.07))

    assert "No real gain is shown" in text
    assert "may be chance" in text


def test_a_loss_is_told_as_one():
    assert "0.02 ROC AUC worse" in said(gain=-0.02, gain_interval=Interval(-0.04, 0.0))


def test_the_optimism_of_the_search_is_told():
    assert "The search score was 0.06 too optimistic." in said(optimism_gap=0.06)
    assert "The search score was 0.06 too pessimistic." in said(optimism_gap=-0.06)


def test_a_gap_within_the_error_of_the_test_score_says_nothing():
    assert "The search score agrees with that" in said()


def test_doubts_come_right_after_the_score():
    doubts = (no_skill_sentence("roc_auc", 0.5), copies_sentence("roc_auc", 30, 170, 0.61))
    text = said(doubts=doubts)

    assert text.index("always giving the same answer (ROC AUC 0.5)") < text.index("better than the")
    assert "30 of these rows are copies" in text and "on the other 170 it reaches ROC AUC" in text


def test_a_second_use_of_the_sealed_rows_is_told_with_the_number():
    assert "used 2 times" in said(test_uses=2)


def test_without_sealed_rows_the_fresh_folds_speak():
    text = said(test_score=None, optimism_gap=None, n_test=0)

    assert text.startswith("On fresh folds it reaches ROC AUC 0.8")
    assert "optimistic" not in text
