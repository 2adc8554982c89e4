from __future__ import annotations

import pytest

from sela.design.insight import STAGES, Configuration
from sela.errors import NotFoundError, RequestError
from sela.search.events import Abandoned, Added, Asked, Forbidden, Preferred, Told
from sela.search.search import Ask, Search
from sela.search.strategies import STRATEGIES
from tests.search.toy import INSIGHTS, drawn, insight, run, value

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@every_strategy
def test_the_first_rollout_is_the_baseline(strategy: str) -> None:
    ask = Search(strategy, 0, True, INSIGHTS).ask()
    assert ask is not None
    assert (ask.rollout, ask.configuration) == (1, Configuration())


@every_strategy
def test_every_model_configuration_is_tried_once_and_then_there_is_nothing_new(
    strategy: str,
) -> None:
    tried = run(Search(strategy, 0, True, INSIGHTS), 200)
    assert len(tried) == len({c.model_key for c in tried}) == 3 * 3 * 4 * 2


@every_strategy
def test_a_search_that_ran_out_goes_on_with_a_new_insight(strategy: str) -> None:
    search = Search(strategy, 0, True, [insight("m1", "model_training")])
    assert len(run(search, 10)) == 2
    search.add([insight("m2", "model_training")])
    assert [c.of("model_training") for c in run(search, 10)] == ["m2"]


@every_strategy
def test_the_same_seed_and_tells_give_the_same_asks(strategy: str) -> None:
    one = run(Search(strategy, 5, True, INSIGHTS), 25)
    assert one == run(Search(strategy, 5, True, INSIGHTS), 25)


@every_strategy
def test_a_forbidden_insight_is_used_no_more(strategy: str) -> None:
    search = Search(strategy, 0, True, INSIGHTS)
    run(search, 5)
    search.forbid("m1")
    assert all("m1" not in c.choices for c in run(search, 100))


@every_strategy
def test_a_preferred_insight_is_in_the_next_rollout_and_in_every_second_one(
    strategy: str,
) -> None:
    search = Search(strategy, 0, True, INSIGHTS)
    run(search, 3)
    search.prefer("m3")
    tried = run(search, 9)
    assert all(c.of("model_training") == "m3" for c in tried[::2])


@every_strategy
def test_a_failed_rollout_is_not_tried_again(strategy: str) -> None:
    search = Search(strategy, 0, True, INSIGHTS)
    tried = run(search, 100, lambda c: None if "d2" in c.choices else value(c))
    assert len(tried) == 72


@every_strategy
def test_a_search_in_which_all_fails_goes_on(strategy: str) -> None:
    assert len(run(Search(strategy, 0, True, INSIGHTS), 15, lambda _: None)) == 15


def test_without_insights_there_is_the_baseline_and_nothing_else() -> None:
    assert len(run(Search("guided", 0, True), 5)) == 1


def test_an_abandoned_rollout_leaves_no_trace_and_may_be_tried_again() -> None:
    search = Search("guided", 0, True, [insight("m1", "model_training")])
    run(search, 1)
    ask = search.ask()
    assert ask is not None
    assert search.ask() is None
    search.abandon(ask.rollout)
    again = search.ask()
    assert again is not None
    assert (again.rollout, again.configuration) == (3, ask.configuration)


def test_a_rollout_is_told_once() -> None:
    search = Search("random", 0, True, INSIGHTS)
    run(search, 1)
    with pytest.raises(ValueError, match="Rollout 1 does not run"):
        search.tell(1, 0.5, 1.0)


def test_an_insight_is_added_once() -> None:
    with pytest.raises(RequestError, match="'m1' is in the pool"):
        Search("random", 0, True, [*INSIGHTS, insight("m1", "model_training")])


def test_an_unknown_strategy_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="guided, mcts, uct_dp, greedy, random, none"):
        Search("alpha_zero", 0, True)


def test_an_unknown_insight_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"No insight 'm9' .* m1"):
        Search("random", 0, True, [insight("m1", "model_training")]).forbid("m9")


def test_nodes_come_depth_first_with_scores_in_the_metrics_unit() -> None:
    search = Search("guided", 0, False, [insight("m1", "model_training")])
    run(search, 2, lambda c: 3.0 if c.is_baseline else 2.0)
    nodes = search.nodes()
    assert [n.insight_id for n in nodes] == [None, None, None, None, None, None, "m1", None]
    root = nodes[0]
    assert (root.id, root.parent, root.stage, root.visits) == (0, None, None, 2)
    assert (root.mean, root.best) == (2.5, 2.0)
    assert nodes[4].stage == "model_training"
    assert search.path(nodes[6].id) == (None, None, None, "m1")


def test_the_leaf_of_an_ask_is_the_end_of_its_path() -> None:
    search = Search("mcts", 0, True, INSIGHTS)
    for _ in range(10):
        ask = search.ask()
        assert ask is not None
        assert search.path(ask.node_id) == ask.configuration.choices
        assert len(search.path(ask.node_id)) == len(STAGES)


def test_an_unknown_node_is_refused() -> None:
    with pytest.raises(NotFoundError, match="No node 7"):
        Search("mcts", 0, True).path(7)


@every_strategy
def test_a_replayed_search_goes_on_as_the_first_would_have(strategy: str) -> None:
    first, events = _eventful(strategy)
    second = Search(strategy, 3, True)
    second.replay(events)
    assert drawn(second) == drawn(first)
    assert second.running() == first.running()
    assert _rest(second) == _rest(first)


def test_a_replay_bears_rollouts_that_were_stored_out_of_order() -> None:
    search = Search("random", 0, True, INSIGHTS)
    first, third = Configuration(), Configuration((None, None, None, "m1", None))
    search.replay([Asked(1, first), Asked(3, third), Told(3, 0.5, 1.0), Told(1, 0.5, 1.0)])
    ask = search.ask()
    assert ask is not None
    assert ask.rollout == 4


def _eventful(strategy: str) -> tuple[Search, list]:
    """A search with everything in it, and the events that tell of it."""
    search, events = Search(strategy, 3, True), []

    def add(*names: str) -> None:
        given = tuple(i for i in INSIGHTS if i.id in names)
        search.add(given)
        events.append(Added(given))

    def ask() -> Ask:
        asked = search.ask()
        assert asked is not None
        events.append(Asked(asked.rollout, asked.configuration))
        return asked

    def tell(asked: Ask, score: float | None) -> None:
        search.tell(asked.rollout, score, 1.0)
        events.append(Told(asked.rollout, score, 1.0))

    add("e1", "d1", "m1", "m2")
    tell(ask(), 0.7)
    second, third = ask(), ask()
    tell(third, 0.8)
    tell(second, None)
    add("f1", "f2", "v1", "m3")
    search.forbid("m1")
    events.append(Forbidden("m1"))
    search.prefer("f2")
    events.append(Preferred("f2"))
    dropped = ask()
    search.abandon(dropped.rollout)
    events.append(Abandoned(dropped.rollout))
    tell(ask(), 0.75)
    ask()
    return search, events


def _rest(search: Search) -> list[Configuration]:
    return run(search, 12)
