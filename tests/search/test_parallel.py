from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sela.search.search import Ask, Search
from sela.search.strategies import STRATEGIES
from tests.search.toy import BEST_VALUE, INSIGHTS, value

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@every_strategy
def test_rollouts_at_once_never_try_the_same_pipeline(strategy: str) -> None:
    search = Search(strategy, 0, True, INSIGHTS)
    asks = [search.ask() for _ in range(30)]
    assert len({ask.configuration.model_key for ask in asks if ask is not None}) == 30


@every_strategy
def test_the_last_configuration_is_not_given_out_twice(strategy: str) -> None:
    search = Search(strategy, 0, True, INSIGHTS)
    asks = [search.ask() for _ in range(80)]
    assert sum(ask is not None for ask in asks) == 72


@pytest.mark.parametrize("strategy", ["guided", "mcts"])
def test_four_workers_find_the_best_in_few_more_rollouts_than_one(strategy: str) -> None:
    assert _rollouts_to_best(strategy, workers=4) <= _rollouts_to_best(strategy, workers=1) + 12


@settings(max_examples=25, deadline=None)
@given(data=st.data(), strategy=st.sampled_from(list(STRATEGIES)))
def test_visits_add_up_in_whatever_order_rollouts_end(data: st.DataObject, strategy: str) -> None:
    search, running, told, failed = Search(strategy, 0, True, INSIGHTS), [], 0, 0
    for _ in range(data.draw(st.integers(1, 30))):
        action = data.draw(st.sampled_from(["ask", "tell", "fail", "abandon"]))
        if action == "ask":
            ask = search.ask()
            running.extend([ask] if ask else [])
        elif running:
            ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
            if action == "abandon":
                search.abandon(ended.rollout)
                continue
            score = value(ended.configuration) if action == "tell" else None
            search.tell(ended.rollout, score, 1.0)
            told, failed = told + 1, failed + (score is None)
    _assert_consistent(search, told=told, failed=failed, running=len(running))


def _assert_consistent(search: Search, *, told: int, failed: int, running: int) -> None:
    nodes = search.nodes()
    root = nodes[0]
    assert (root.visits, root.failures, root.running) == (told, failed, running)
    for node in nodes:
        children = [child for child in nodes if child.parent == node.id]
        if children:
            assert sum(child.visits for child in children) == node.visits
            assert sum(child.running for child in children) == node.running
            assert sum(child.failures for child in children) == node.failures


def _rollouts_to_best(strategy: str, *, workers: int) -> int:
    search, running = Search(strategy, 0, True, INSIGHTS), list[Ask]()
    for count in range(1, 73):
        ask = search.ask()
        assert ask is not None
        running.append(ask)
        if len(running) == workers:
            ended = running.pop(0)
            search.tell(ended.rollout, value(ended.configuration), 1.0)
            if value(ended.configuration) == pytest.approx(BEST_VALUE):
                return count
    return 73
