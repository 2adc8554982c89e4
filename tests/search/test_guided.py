from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from sela.design.insight import Configuration, Insight
from sela.search.guided import expected_improvement
from sela.search.search import Search
from sela.search.value_model import Posterior
from tests.search.toy import INSIGHTS, insight, run


def count(configuration: Configuration) -> int:
    return sum(choice is not None for choice in configuration.model_key)


def test_expected_improvement_is_the_integral_it_stands_for() -> None:
    by_hand, _ = quad(lambda r: max(r - 0.4, 0) * norm.pdf(r, 0.1, 0.5), 0.4, 5)
    found = expected_improvement(Posterior(np.array([0.1]), np.array([0.5])), 0.4)
    assert found[0] == pytest.approx(by_hand, rel=1e-5)


def test_the_second_rollout_tries_the_model_that_promises_most_and_nothing_else() -> None:
    second = run(Search("guided", 0, True, INSIGHTS), 2)[1]
    assert second.model_key == (None, None, "m1", None)


def test_models_are_tried_before_preprocessing_that_promises_as_much() -> None:
    pool = [
        insight("d1", "data_preprocessing", 0.8),
        insight("m1", "model_training", 0.8),
        insight("v1", "model_evaluation", 0.8),
    ]
    assert run(Search("guided", 0, True, pool), 2)[1].of("model_training") == "m1"


def test_untried_insights_come_in_by_ones_and_twos_at_first() -> None:
    seen: set[str | None] = {None}
    newcomers: list[int] = []
    for configuration in run(Search("guided", 0, True, INSIGHTS), 8):
        newcomers.append(len(set(configuration.model_key) - seen))
        seen |= set(configuration.model_key)
    assert newcomers[:2] == [0, 1]
    assert max(newcomers) <= 2


def test_what_costs_many_times_the_baseline_waits() -> None:
    slow = [
        Insight("f1", "feature_engineering", "Slow.", "toy", 0.6, cost="l"),
        Insight("v1", "model_evaluation", "Slow too.", "toy", 0.6, cost="l"),
    ]
    quick = [insight(f"m{n}", "model_training", 0.6) for n in range(4)]
    for seed in range(4):
        first = run(
            Search("guided", seed, True, [*slow, *quick]), 6, lambda c: 0.7 + count(c) / 100
        )
        assert not any({"f1", "v1"} <= set(c.choices) for c in first)


def test_what_helped_alone_is_combined() -> None:
    pool = [insight("d1", "data_preprocessing"), insight("f1", "feature_engineering")]
    tried = run(
        Search("guided", 0, True, pool),
        4,
        lambda c: 0.7 + 0.1 * (c.choices[1] == "d1") + 0.1 * (c.choices[2] == "f1"),
    )
    assert ("d1", "f1") in [c.choices[1:3] for c in tried]


def test_an_insight_that_failed_waits_behind_those_that_did_not() -> None:
    pool = [insight(f"m{n}", "model_training", 0.9 - n / 100) for n in range(4)]
    tried = run(
        Search("guided", 0, True, [*pool, insight("d1", "data_preprocessing", 0.3)]),
        6,
        lambda c: None if c.of("model_training") == "m0" else 0.7,
    )
    assert [c.of("model_training") for c in tried].count("m0") == 1


def test_of_equal_promises_the_cheaper_one_is_tried_first() -> None:
    slow = Insight("m1", "model_training", "Slow.", "toy", 0.7, cost="l")
    fast = Insight("m2", "model_training", "Fast.", "toy", 0.7, cost="s")
    for seed in range(8):
        assert run(Search("guided", seed, True, [slow, fast]), 2)[1].of("model_training") == "m2"


def test_each_eda_runs_once_in_every_second_rollout() -> None:
    tried = run(Search("guided", 0, True, INSIGHTS), 8)
    assert [c.of("eda") for c in tried] == [None, "e1", None, "e2", None, None, None, None]


def test_measured_seconds_do_not_change_what_is_asked() -> None:
    quick, slow = Search("guided", 0, True, INSIGHTS), Search("guided", 0, True, INSIGHTS)
    for rollout in range(1, 25):
        one, other = quick.ask(), slow.ask()
        assert one == other
        score = 0.7 + (rollout % 5) / 100
        quick.tell(rollout, score, 0.1)
        slow.tell(rollout, score, 1000.0 / rollout)


@pytest.mark.parametrize("size", [3, 15])
def test_a_large_pool_is_searched_as_well_as_a_small_one(size: int) -> None:
    stages = ("data_preprocessing", "feature_engineering", "model_training", "model_evaluation")
    pool = [insight(f"{stage[0]}{stage[6]}{n}", stage) for stage in stages for n in range(size)]
    tried = run(Search("guided", 0, True, pool), 25, lambda c: 0.5 + count(c) / 10)
    assert len({c.model_key for c in tried}) == 25
    assert max(map(count, tried)) == 4
