from __future__ import annotations

from math import inf, log, sqrt

import numpy as np
import pytest

from sela.design.insight import Configuration
from sela.search.branches import Branch, grow
from sela.search.knowledge import Knowledge, Trial
from sela.search.mcts import mcts, uct
from sela.search.space import space_of
from tests.search.toy import insight


def test_a_child_scores_its_mean_reward_and_a_bonus_in_standard_deviations() -> None:
    child = Branch(visits=2, total=1.0)
    assert uct(child, Branch(visits=8)) == pytest.approx(0.5 + 0.5 * sqrt(log(8) / 2))


def test_a_rollout_under_way_lowers_the_bonus_and_not_the_mean() -> None:
    child = Branch(visits=2, unobserved=2, total=1.0)
    parent = Branch(visits=8, unobserved=2)
    assert uct(child, parent) == pytest.approx(0.5 + 0.5 * sqrt(log(10) / 4))


def test_a_child_that_nobody_saw_comes_first() -> None:
    assert uct(Branch(), Branch(visits=1)) == inf


def test_every_prefix_of_a_path_is_credited() -> None:
    branches = grow([(("a", None), 1.0), (("a", "b"), -0.5)], [("a", "b")])
    assert branches[()] == Branch(2, 1, 0.5)
    assert branches[("a",)] == Branch(2, 1, 0.5)
    assert branches[("a", "b")] == Branch(1, 1, -0.5)


def test_the_insight_of_the_higher_prior_is_tried_first() -> None:
    space = space_of(
        [
            insight("low", "data_preprocessing", 0.2),
            insight("high", "data_preprocessing", 0.9),
        ]
    )
    baseline = Trial(1, Configuration(), 0.7, 1.0)
    chosen = mcts(Knowledge(space, [baseline], (), True), np.random.default_rng(0))
    assert chosen is not None
    assert chosen.of("data_preprocessing") == "high"


def test_few_children_are_opened_while_visits_are_few() -> None:
    space = space_of([insight(f"d{n}", "data_preprocessing") for n in range(30)])
    trials = [Trial(1, Configuration(), 0.5, 1.0)]
    for rollout in range(2, 18):
        chosen = mcts(Knowledge(space, trials, (), True), np.random.default_rng(rollout))
        if chosen is None or len(trials) == 16:
            break
        score = 0.9 if chosen.choices[1] == "d0" else 0.4
        trials.append(Trial(rollout, chosen, score, 1.0))
    opened = {trial.configuration.choices[1] for trial in trials}
    assert "d29" not in opened
