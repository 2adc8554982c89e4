from __future__ import annotations

from itertools import product

import numpy as np

from sela.search.candidates import MOST, candidates_of
from sela.search.knowledge import Knowledge, Trial
from sela.search.search import BASELINE
from sela.search.space import Untried, space_of
from tests.search.toy import INSIGHTS, insight


def test_choices_are_as_is_and_then_by_falling_prior() -> None:
    space = space_of([insight("m1", "model_training", 0.2), insight("m2", "model_training", 0.9)])
    assert space.choices[3] == (None, "m2", "m1")
    assert space.choices[0] == (None,)


def test_untried_counts_what_is_left_beneath_a_prefix() -> None:
    space = space_of(INSIGHTS)
    tried = [("d1", None, "m1", None), ("d1", "f1", None, None)]
    untried = Untried(space, tried)
    every = [k for k in product(*space.model) if k not in tried]
    for prefix in ((), ("d1",), ("d1", "f1"), ("d2",), ("d1", "f1", None, None)):
        assert untried.beneath(prefix) == sum(k[: len(prefix)] == prefix for k in every)


def test_nothing_is_left_beneath_what_is_not_in_the_space() -> None:
    space = space_of(INSIGHTS, frozenset({"d1"}))
    assert Untried(space, [("d1", None, None, None)]).beneath(("d1",)) == 0
    assert Untried(space, [("d1", None, None, None)]).beneath(()) == 2 * 3 * 4 * 2


def test_a_space_too_large_to_rank_is_sampled_near_what_was_tried() -> None:
    stages = ("data_preprocessing", "feature_engineering", "model_training", "model_evaluation")
    pool = [insight(f"{s[0]}{s[6]}{n}", s) for s in stages for n in range(20)]
    space = space_of(pool)
    knowledge = Knowledge(space, [Trial(1, BASELINE, 0.5, 1.0)], (), True)
    found = candidates_of(knowledge, newcomers=4, rng=np.random.default_rng(0))
    assert found is not None
    keys = {found.key(row) for row in range(len(found.codes))}
    assert len(keys) == len(found.codes) <= MOST
    assert all(_alone(i.id, i.stage) in keys for i in pool)


def _alone(id: str, stage: str):
    stages = ("data_preprocessing", "feature_engineering", "model_training", "model_evaluation")
    return tuple(id if s == stage else None for s in stages)
