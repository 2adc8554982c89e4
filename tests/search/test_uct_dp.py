from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from sela.design.insight import Configuration
from sela.search.knowledge import Knowledge, Trial
from sela.search.space import space_of
from sela.search.uct_dp import paper_reward, uct_dp, uct_dp_score
from tests.search.toy import insight

SPACE = space_of(
    [insight("d1", "data_preprocessing"), insight("m1", "model_training")],
)


def choose(*trials: tuple[tuple[str | None, ...], float | None]) -> tuple[str | None, ...] | None:
    told = [Trial(n, Configuration(c), score, 1.0) for n, (c, score) in enumerate(trials, 1)]
    found = uct_dp(Knowledge(SPACE, told, (), True), np.random.default_rng(0))
    return None if found is None else found.choices


def test_a_visited_child_scores_its_mean_and_what_its_parent_explored() -> None:
    # v = 1.5 over 2 visits, parent seen 8 times, alpha 1.4: 0.75 + 1.4 sqrt(ln 8 / 2)
    score = uct_dp_score(1.5, 2, 8, explore=1.4, unvisited=0.8)
    assert score == pytest.approx(0.75 + 1.4 * sqrt(log(8) / 2))
    assert score == pytest.approx(2.1775, abs=1e-4)


def test_an_unvisited_child_counts_as_a_share_of_a_visit() -> None:
    # 0 / 0.8 + 1.4 sqrt(ln 8 / 0.8)
    assert uct_dp_score(0.0, 0, 8, explore=1.4, unvisited=0.8) == pytest.approx(2.2572, abs=1e-4)


def test_a_parent_seen_once_explores_nothing() -> None:
    assert uct_dp_score(0.7, 1, 1, explore=1.4, unvisited=0.8) == pytest.approx(0.7)


def test_the_reward_is_the_papers_normalised_score() -> None:
    assert paper_reward(0.8, greater_is_better=True) == 0.8
    assert paper_reward(4.0, greater_is_better=False) == pytest.approx(0.2)
    assert paper_reward(None, greater_is_better=True) == 0.0


def test_later_stages_are_left_as_they_are() -> None:
    # After the baseline only the root is expanded, and its only child (no EDA) was visited, so
    # that child is expanded. Its children are "as is", expanded in its turn, and d1.
    assert choose(((None,) * 5, 0.7)) in (
        (None, "d1", None, None, None),
        (None, None, None, "m1", None),
    )


def test_the_maximum_over_the_whole_tree_is_taken_as_computed_by_hand() -> None:
    baseline = (None, None, None, None, None)
    preprocessed = (None, "d1", None, None, None)
    # Untried: (m1) and (d1, m1). Known: the root's child "-", seen 2 of 2, and its children "-"
    # and "d1", seen once each.
    #   "-":   mean 0.6 + 1.4 sqrt(ln 2 / 2) = 1.4242
    #   "-/-"  mean 0.7 + 1.4 sqrt(ln 2 / 1) = 1.8656   <- the highest
    #   "-/d1" mean 0.5 + 1.4 sqrt(ln 2 / 1) = 1.6656
    assert choose((baseline, 0.7), (preprocessed, 0.5)) == (None, None, None, "m1", None)
    # With the scores exchanged, the branch of d1 is the highest.
    assert choose((baseline, 0.5), (preprocessed, 0.7)) == (None, "d1", None, "m1", None)


def test_a_failure_lowers_its_branch() -> None:
    chosen = choose(((None,) * 5, 0.7), ((None, "d1", None, None, None), None))
    assert chosen == (None, None, None, "m1", None)


def test_nothing_is_chosen_when_all_was_tried() -> None:
    every = [(None, d, None, m, None) for d in (None, "d1") for m in (None, "m1")]
    assert choose(*((choices, 0.5) for choices in every)) is None
