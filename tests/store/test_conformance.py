"""What every store promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sela.design.insight import Configuration
from sela.errors import NotFoundError, RequestError
from sela.store.records import InsightRecord, TestUse
from sela.store.sql import SqlStore
from tests.store.conftest import World
from tests.store.samples import (
    CALL,
    CONFIGURATION,
    ESTIMATE,
    FAILED,
    INSIGHTS,
    PROBLEM,
    SCORED,
    new_search,
    request,
)


def test_a_new_search_stands_as_it_was_asked_for(store: SqlStore) -> None:
    record = new_search(store, rollouts=7, max_seconds=60.0, max_usd=1.5)
    assert record == store.search(record.id)
    assert record.request == request(rollouts=7, max_seconds=60.0, max_usd=1.5)
    assert (record.state, record.problem, record.wall_seconds) == ("preparing", None, 0.0)
    assert (record.rollouts, record.max_seconds, record.max_usd) == (7, 60.0, 1.5)
    assert record.created_at == 1_000.0


def test_ids_are_two_words_that_no_other_search_has(store: SqlStore) -> None:
    ids = [new_search(store).id for _ in range(30)]
    assert len(set(ids)) == 30
    assert all(id.replace("-", "").isalpha() for id in ids)


def test_searches_come_newest_first_whatever_the_clock_says(store: SqlStore, world: World) -> None:
    old = new_search(store)
    world.clock.now -= 500
    new = new_search(store)
    assert [record.id for record in store.searches()] == [new.id, old.id]


def test_an_unknown_search_is_told_with_the_nearest_and_the_known(store: SqlStore) -> None:
    with pytest.raises(NotFoundError, match="there is none yet"):
        store.search("x")
    known = new_search(store).id
    with pytest.raises(
        NotFoundError, match=f"Did you mean {known}\\? Known, newest first: {known}"
    ):
        store.rollouts(known[:-1])


def test_a_request_key_makes_one_search(store: SqlStore) -> None:
    first = new_search(store, request_key="k")
    assert new_search(store, request_key="k") == first
    assert store.search_by_request_key("k") == first
    assert store.search_by_request_key("other") is None
    assert len(store.searches()) == 1


def test_a_request_key_is_not_for_another_request(store: SqlStore) -> None:
    first = new_search(store, request_key="k")
    with pytest.raises(RequestError, match=f"'k' belongs to search {first.id}"):
        new_search(store, request_key="k", rollouts=99)


def test_state_problem_budget_and_seconds_are_kept(store: SqlStore) -> None:
    id = new_search(store).id
    store.set_problem(id, PROBLEM)
    store.set_state(id, "running", "On it.")
    store.extend(id, rollouts=50)
    store.extend(id, max_usd=2.0)
    store.add_seconds(id, 1.5)
    store.add_seconds(id, 2.0)
    record = store.search(id)
    assert record.problem == PROBLEM
    assert (record.state, record.message) == ("running", "On it.")
    assert (record.rollouts, record.max_seconds, record.max_usd) == (50, None, 2.0)
    assert record.wall_seconds == 3.5


def test_the_problem_is_settled_once(store: SqlStore) -> None:
    id = new_search(store).id
    store.set_problem(id, PROBLEM)
    with pytest.raises(RequestError, match="settled already"):
        store.set_problem(id, PROBLEM)


def test_setting_the_same_state_again_is_no_event(store: SqlStore) -> None:
    id = new_search(store).id
    for _ in range(3):
        store.set_state(id, "running")
    assert [event.kind for event in store.events(id)] == ["search_created", "state_set"]


def test_insights_keep_their_order_code_and_standing(store: SqlStore) -> None:
    id = new_search(store).id
    store.add_insights(id, INSIGHTS[1:])
    store.add_insights(id, INSIGHTS[:1])
    store.set_code(id, "d1", "old", plan="p")
    store.set_code(id, "d1", "new", plan="Do it.", origin="claude", notes=["mended"])
    store.prefer(id, "d1")
    store.forbid(id, "m1")
    written = replace(INSIGHTS[0], code="new")
    assert store.insights(id) == (
        InsightRecord(INSIGHTS[1], "forbidden"),
        InsightRecord(written, "preferred", "Do it.", "claude", ("mended",)),
    )


def test_an_insight_id_is_taken_once(store: SqlStore) -> None:
    id = new_search(store).id
    store.add_insights(id, INSIGHTS)
    with pytest.raises(RequestError, match="'m1' is in the pool"):
        store.add_insights(id, INSIGHTS[1:])
    assert len(store.insights(id)) == 2


@pytest.mark.parametrize("method", ["forbid", "prefer"])
def test_an_unknown_insight_is_refused_with_those_there_are(store: SqlStore, method: str) -> None:
    id = new_search(store).id
    store.add_insights(id, INSIGHTS)
    with pytest.raises(NotFoundError, match=r"No insight 'zz' in this search. There are: d1, m1"):
        getattr(store, method)(id, "zz")


def test_two_searches_may_have_insights_of_the_same_id(store: SqlStore) -> None:
    one, other = new_search(store).id, new_search(store).id
    store.add_insights(one, INSIGHTS)
    store.add_insights(other, INSIGHTS)
    store.set_code(one, "d1", "of one")
    assert store.insights(other)[0].insight.code is None


def test_a_rollout_comes_back_as_it_was(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    attempt = store.start_rollout(id, 1, 5, CONFIGURATION)
    (running,) = store.rollouts(id)
    assert (running.state, running.experiment, running.attempt) == ("running", None, 1)
    world.clock.now += 9
    assert store.finish_rollout(id, 1, attempt, SCORED, plan="Plan.", notes=["a", "b"])
    (done,) = store.rollouts(id)
    assert done.experiment == SCORED
    assert (done.state, done.node_id, done.configuration) == ("finished", 5, CONFIGURATION)
    assert (done.plan, done.notes) == ("Plan.", ("a", "b"))
    assert (done.started_at, done.finished_at) == (1_000.0, 1_009.0)


def test_a_failure_comes_back_with_its_reason(store: SqlStore) -> None:
    id = new_search(store).id
    store.finish_rollout(id, 1, store.start_rollout(id, 1, 5, CONFIGURATION), FAILED)
    assert store.rollouts(id)[0].experiment == FAILED


def test_rollouts_come_by_number(store: SqlStore) -> None:
    id = new_search(store).id
    for number in (2, 10, 1):
        store.start_rollout(id, number, number, CONFIGURATION)
    assert [r.number for r in store.rollouts(id)] == [1, 2, 10]


def test_a_rollout_is_counted_once(store: SqlStore) -> None:
    id = new_search(store).id
    attempt = store.start_rollout(id, 1, 5, CONFIGURATION)
    assert store.finish_rollout(id, 1, attempt, SCORED)
    assert not store.finish_rollout(id, 1, attempt, FAILED)
    assert store.rollouts(id)[0].experiment == SCORED
    assert store.events(id)[-1].kind == "rollout_superseded"


def test_a_rollout_that_runs_or_has_finished_is_not_started_again(store: SqlStore) -> None:
    id = new_search(store).id
    store.start_rollout(id, 1, 5, CONFIGURATION)
    with pytest.raises(RequestError, match=r"Rollout 1 .* is running"):
        store.start_rollout(id, 1, 5, CONFIGURATION)
    store.finish_rollout(id, 1, 1, SCORED)
    with pytest.raises(RequestError, match=r"Rollout 1 .* is finished"):
        store.start_rollout(id, 1, 5, CONFIGURATION)


def test_a_lost_rollout_is_run_again_and_its_late_result_is_not_counted(store: SqlStore) -> None:
    id = new_search(store).id
    first = store.start_rollout(id, 1, 5, CONFIGURATION)
    (lost,) = store.lose_running(id)
    assert (lost.number, lost.state) == (1, "lost")
    second = store.start_rollout(id, 1, 5, CONFIGURATION)
    assert (first, second) == (1, 2)
    assert not store.finish_rollout(id, 1, first, FAILED)
    assert store.rollouts(id)[0].state == "running"
    assert store.finish_rollout(id, 1, second, SCORED)
    assert store.rollouts(id)[0].experiment == SCORED


def test_losing_twice_tells_of_the_same_rollouts(store: SqlStore) -> None:
    id = new_search(store).id
    store.start_rollout(id, 1, 5, CONFIGURATION)
    assert store.lose_running(id) == store.lose_running(id)


def test_an_abandoned_rollout_is_over(store: SqlStore) -> None:
    id = new_search(store).id
    attempt = store.start_rollout(id, 1, 5, CONFIGURATION)
    store.abandon_rollout(id, 1)
    assert store.rollouts(id)[0].state == "abandoned"
    assert not store.finish_rollout(id, 1, attempt, SCORED)
    assert store.lose_running(id) == ()
    with pytest.raises(RequestError, match="is abandoned"):
        store.abandon_rollout(id, 1)


def test_calls_are_a_ledger(store: SqlStore) -> None:
    id = new_search(store).id
    store.add_call(id, CALL)
    store.add_call(id, replace(CALL, cost_usd=0.25), rollout=3)
    unknown, known = store.calls(id)
    assert (unknown.call, unknown.rollout) == (CALL, None)
    assert (known.call.cost_usd, known.rollout) == (0.25, 3)


def test_the_sealed_rows_are_used_once_unless_a_reason_is_given(store: SqlStore) -> None:
    id = new_search(store).id
    assert store.use_test(id, "finalize") == TestUse(1_000.0, "finalize", None)
    with pytest.raises(RequestError, match="used before"):
        store.use_test(id, "finalize")
    store.use_test(id, "finalize", override_reason="more rollouts were run")
    assert [use.override_reason for use in store.test_uses(id)] == [None, "more rollouts were run"]


def test_the_final_estimate_comes_back_and_may_be_replaced(store: SqlStore) -> None:
    id = new_search(store).id
    assert store.final(id) is None
    blob = store.put_blob(b"a model")
    store.set_final(id, ESTIMATE, blobs={"model": blob})
    final = store.final(id)
    assert final is not None
    assert (final.estimate, final.blobs) == (ESTIMATE, {"model": blob})
    store.set_final(id, replace(ESTIMATE, chosen="pipeline"))
    replaced = store.final(id)
    assert replaced is not None
    assert (replaced.estimate.chosen, replaced.blobs) == ("pipeline", {})


def test_events_are_numbered_without_gaps_in_each_search(store: SqlStore) -> None:
    one, other = new_search(store).id, new_search(store).id
    for number in range(3):
        store.add_event(one, "noticed", {"number": number, "text": "ü\x00"})
        store.add_event(other, "noticed", {})
    events = store.events(one)
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert events[-1].body == {"number": 2, "text": "ü\x00"}


def test_an_event_of_the_stores_own_cannot_be_forged(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="written by the store itself"):
        store.add_event(new_search(store).id, "rollout_finished", {})


def test_all_is_there_after_reopening_and_verifies(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    store.set_problem(id, replace(PROBLEM, blobs={"table": store.put_blob(b"rows")}))
    store.add_insights(id, INSIGHTS)
    store.set_code(id, "d1", "code")
    store.forbid(id, "d1")
    for number, experiment in enumerate((SCORED, FAILED, SCORED), start=1):
        attempt = store.start_rollout(id, number, number, Configuration())
        store.finish_rollout(id, number, attempt, experiment)
    store.start_rollout(id, 4, 4, CONFIGURATION)
    store.lose_running(id)
    store.start_rollout(id, 4, 4, CONFIGURATION)
    store.add_call(id, CALL)
    store.use_test(id, "finalize")
    store.set_final(id, ESTIMATE)
    store.add_seconds(id, 0.1)
    store.extend(id, rollouts=100)
    again = world.open()
    assert again.verify(id) == ()
    assert again.search(id) == store.search(id)
    assert again.events(id) == store.events(id)
    assert again.rollouts(id) == store.rollouts(id)
    again.close()
