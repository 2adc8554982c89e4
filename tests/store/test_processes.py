"""Several processes on one data folder, and processes that are killed."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sela.store.sql import SqlStore, open_store
from tests.store import writer
from tests.store.samples import new_search

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["pytest", "tests.store.writer"])
PATIENCE_SECONDS = 60


@pytest.mark.parametrize("kills", [15, pytest.param(200, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_loses_no_acknowledged_rollout(tmp_path: Path, kills: int) -> None:
    folder, rng = tmp_path / "store", Random(kills)
    store = open_store(folder)
    id = new_search(store).id
    acknowledged: list[writer.Acknowledged] = []
    for seed in range(kills):
        acknowledged += _killed_writer(folder, id, seed, rng)
        assert store.verify(id) == ()
    _assert_nothing_lost(store, id, acknowledged)
    store.close()


def test_a_disk_that_is_full_is_told_and_what_was_acknowledged_stays(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    id = new_search(store).id
    told, telling = FORKSERVER.Pipe(duplex=False)
    process = _start(writer.run_rollouts_on_a_full_disk, tmp_path, id, telling)
    telling.close()
    *acknowledged, error = _received(told)
    _join([process])
    assert "unusable" in error
    assert store.verify(id) == ()
    _assert_nothing_lost(store, id, acknowledged)


def test_processes_that_write_at_once_wait_for_each_other(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    id = new_search(store).id
    processes = [_start(writer.create_and_notice, tmp_path, id, 15, seed) for seed in range(4)]
    _join(processes)
    noticed = [event for event in store.events(id) if event.kind == "noticed"]
    assert Counter(event.body["by"] for event in noticed) == {seed: 15 for seed in range(4)}
    assert [event.seq for event in store.events(id)] == list(range(1, 62))
    assert len(store.searches()) == 61
    assert store.verify(id) == ()


def test_a_fresh_folder_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    _join([_start(writer.open_fresh, tmp_path / "store") for _ in range(6)])
    assert len(open_store(tmp_path / "store").searches()) == 6


def test_of_many_that_claim_at_once_one_gets_the_search(tmp_path: Path) -> None:
    folder, won, released = tmp_path / "store", tmp_path / "won", tmp_path / "released"
    id = new_search(open_store(folder)).id
    won.mkdir()
    os.mkfifo(released)
    processes = [_start(writer.try_to_claim, folder, id, won, released) for _ in range(5)]
    with released.open("w"):  # opens when the winner reads: then it holds the claim
        losers = [p for p in processes if str(p.pid) not in os.listdir(won)]
        assert len(losers) == 4
        _join(losers)
    _join(processes)
    assert len(os.listdir(won)) == 1


def _start(target: object, *arguments: object) -> ForkServerProcess:
    process = FORKSERVER.Process(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def _join(processes: list[ForkServerProcess]) -> None:
    for process in processes:
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0


def _killed_writer(folder: Path, id: str, seed: int, rng: Random) -> list[writer.Acknowledged]:
    """What a writer was told to be safe before it was killed, after some rollouts or in one."""
    told, telling = FORKSERVER.Pipe(duplex=False)
    process = _start(writer.run_rollouts, folder, id, telling, seed)
    telling.close()
    acknowledged: list[writer.Acknowledged] = []
    for _ in range(rng.randrange(3)):
        assert told.poll(PATIENCE_SECONDS)
        acknowledged.append(told.recv())
    process.join(rng.uniform(0.0, 0.1))
    assert process.exitcode is None, "the writer ended by itself"
    process.kill()
    process.join(PATIENCE_SECONDS)
    return [*acknowledged, *_received(told)]


def _received(told: Connection) -> list[Any]:
    """Everything that was sent before the other end was closed."""
    received: list[Any] = []
    with suppress(EOFError):
        while told.poll(PATIENCE_SECONDS):
            received.append(told.recv())
    return received


def _assert_nothing_lost(store: SqlStore, id: str, acknowledged: list[writer.Acknowledged]) -> None:
    rollouts = {rollout.number: rollout for rollout in store.rollouts(id)}
    assert len(acknowledged) > 5
    for number, attempt, score in acknowledged:
        rollout = rollouts[number]
        assert rollout.experiment is not None
        assert (rollout.attempt, rollout.experiment.score) == (attempt, score)
    finished = Counter(e.rollout for e in store.events(id) if e.kind == "rollout_finished")
    assert set(finished.values()) == {1}
    assert sorted(rollouts) == list(range(1, len(rollouts) + 1))
