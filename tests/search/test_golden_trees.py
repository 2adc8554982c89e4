from __future__ import annotations

import pytest

from sela.search.search import Search
from sela.search.strategies import STRATEGIES
from tests.search.golden import FOLDER, grown
from tests.search.toy import BEST_VALUE, INSIGHTS, run, value


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_grows_its_golden_tree(strategy: str) -> None:
    assert grown(strategy) == (FOLDER / f"{strategy}.txt").read_text()


@pytest.mark.parametrize("strategy", ["guided", "mcts", "greedy"])
def test_a_learning_strategy_finds_the_best_of_72_in_16_rollouts(strategy: str) -> None:
    tried = run(Search(strategy, 1, True, INSIGHTS), 16)
    assert max(map(value, tried)) == pytest.approx(BEST_VALUE)


@pytest.mark.parametrize("strategy", ["guided", "mcts", "greedy"])
def test_a_learning_strategy_minimises_an_error_just_as_well(strategy: str) -> None:
    search = Search(strategy, 1, False, INSIGHTS)
    tried = run(search, 16, lambda c: 100 - 50 * value(c))
    assert max(map(value, tried)) == pytest.approx(BEST_VALUE)
