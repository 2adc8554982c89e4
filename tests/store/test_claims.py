"""One process runs a search; a second is told, a dead one is followed."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from sela.errors import StoreError
from sela.store.owner import may_be_alive, this_process
from sela.store.sql import SqlStore
from tests.store.conftest import World
from tests.store.samples import CONFIGURATION, SCORED, new_search, owner


def test_a_living_process_keeps_its_search(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    store.claim(id, owner(1))
    with pytest.raises(StoreError, match=r"being run by process 1 on somewhere"):
        world.open().claim(id, owner(2))


def test_a_dead_process_is_followed_at_once(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    first = store.claim(id, owner(1))
    world.dead.add(owner(1))
    assert world.open().claim(id, owner(2)).epoch == first.epoch + 1


def test_a_lease_that_ran_out_is_followed(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    store.claim(id, owner(1))
    world.clock.now += 61
    assert world.open().claim(id, owner(2)).owner == owner(2)


def test_a_renewed_lease_holds_on(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    claim = store.claim(id, owner(1))
    world.clock.now += 50
    renewed = store.renew(claim)
    world.clock.now += 50
    assert renewed.lease_until > world.clock.now
    with pytest.raises(StoreError, match="being run"):
        world.open().claim(id, owner(2))


def test_a_released_search_is_free_and_keeps_its_epoch(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    store.release(store.claim(id, owner(1)))
    assert world.open().claim(id, owner(2)).epoch == 2


def test_a_process_may_claim_its_own_search_again(store: SqlStore) -> None:
    id = new_search(store).id
    first = store.claim(id, owner(1))
    assert store.claim(id, owner(1)).epoch == first.epoch + 1


def test_who_was_followed_writes_no_more(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    claim = store.claim(id, owner(1))
    world.clock.now += 61
    world.open().claim(id, owner(2))
    with pytest.raises(StoreError, match=r"taken over by process 2 on somewhere"):
        store.start_rollout(id, 1, 1, CONFIGURATION)
    with pytest.raises(StoreError, match="taken over"):
        store.renew(claim)
    store.release(claim)
    assert store.events(id)[-1].kind == "claimed"


def test_a_result_of_who_was_followed_is_not_counted(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    store.claim(id, owner(1))
    attempt = store.start_rollout(id, 1, 1, CONFIGURATION)
    world.dead.add(owner(1))
    other = world.open()
    other.claim(id, owner(2))
    other.lose_running(id)
    again = other.start_rollout(id, 1, 1, CONFIGURATION)
    assert not store.finish_rollout(id, 1, attempt, SCORED)
    assert other.finish_rollout(id, 1, again, SCORED)
    assert [e.kind for e in other.events(id)].count("rollout_finished") == 1


def test_a_search_that_nobody_claimed_may_be_written_by_all(store: SqlStore, world: World) -> None:
    id = new_search(store).id
    world.open().set_state(id, "idle")
    store.set_state(id, "paused")
    assert store.search(id).state == "paused"


def test_this_process_is_alive_and_one_that_took_its_number_is_another() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert may_be_alive(me)
    assert not may_be_alive(replace(me, started=me.started - 100))


def test_of_a_process_on_another_machine_nothing_is_known() -> None:
    assert may_be_alive(replace(this_process(), host="elsewhere", pid=1))
