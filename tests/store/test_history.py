"""A search that is opened again goes on as if it had never stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sela.design.insight import Configuration
from sela.experiments.experiment import Experiment, Verdict
from sela.search.search import Ask, Search
from sela.search.strategies import STRATEGIES
from sela.store.history import reward_score, search_events
from sela.store.sql import SqlStore
from tests.search.toy import INSIGHTS, drawn, run, value
from tests.store.samples import FAILED, SCORED, new_search


def experiment(configuration: Configuration, score: float | None) -> Experiment:
    if score is None:
        return replace(FAILED, configuration=configuration)
    return Experiment(configuration, Verdict.SCORED, (score,), score)


class Stored:
    """A search whose every step is stored, as the engine does it."""

    def __init__(self, store: SqlStore, strategy: str) -> None:
        self.search = Search(strategy, 0, True)
        self.store = store
        self.id = new_search(store).id

    def add(self, *ids: str) -> None:
        insights = [insight for insight in INSIGHTS if insight.id in ids]
        self.store.add_insights(self.id, insights)
        self.search.add(insights)

    def start(self) -> Ask:
        ask = self.search.ask()
        assert ask is not None
        self.store.start_rollout(self.id, ask.rollout, ask.node_id, ask.configuration)
        return ask

    def finish(self, ask: Ask, score: float | None) -> None:
        done = experiment(ask.configuration, score)
        assert self.store.finish_rollout(self.id, ask.rollout, 1, done)
        self.search.tell(ask.rollout, reward_score(done), done.compute_seconds)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_is_replayed_from_what_was_stored(store: SqlStore, strategy: str) -> None:
    stored = Stored(store, strategy)
    stored.add("e1", "d1", "m1")
    stored.finish(stored.start(), 0.7)
    second, third = stored.start(), stored.start()
    stored.finish(third, None)
    stored.finish(second, 0.75)
    stored.add("f1", "m2", "m3", "v1")
    store.forbid(stored.id, "m1")
    stored.search.forbid("m1")
    store.prefer(stored.id, "f1")
    stored.search.prefer("f1")
    dropped = stored.start()
    store.abandon_rollout(stored.id, dropped.rollout)
    stored.search.abandon(dropped.rollout)
    running = stored.start()

    replayed = Search(strategy, 0, True)
    replayed.replay(search_events(store.events(stored.id)))
    assert replayed.running() == (running,)
    assert drawn(replayed) == drawn(stored.search)
    assert run(replayed, 9) == run(stored.search, 9)


def test_a_lost_rollout_is_asked_once_and_told_once(store: SqlStore) -> None:
    stored = Stored(store, "mcts")
    stored.add("m1")
    ask = stored.start()
    store.lose_running(stored.id)
    attempt = store.start_rollout(stored.id, ask.rollout, ask.node_id, ask.configuration)
    again = experiment(ask.configuration, value(ask.configuration))
    store.finish_rollout(stored.id, 1, 1, replace(again, score=0.1))
    store.finish_rollout(stored.id, 1, attempt, again)
    replayed = Search("mcts", 0, True)
    replayed.replay(search_events(store.events(stored.id)))
    assert [(t.rollout, t.score) for t in replayed.trials()] == [(1, 0.70)]


@pytest.mark.parametrize(
    ("verdict", "score"),
    [
        (Verdict.SCORED, 0.2),
        (Verdict.RACED_OUT, 0.2),
        (Verdict.REJECTED, None),
        (Verdict.FAILED, None),
    ],
)
def test_the_search_is_told_the_score_of_what_is_honest(
    verdict: Verdict, score: float | None
) -> None:
    assert reward_score(replace(SCORED, verdict=verdict)) == score
