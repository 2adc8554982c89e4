"""What the processes of the crash and concurrency tests do. Imported before they are forked."""

from __future__ import annotations

import os
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from sela.design.insight import Configuration
from sela.errors import StoreError
from sela.experiments.experiment import Experiment, Verdict
from sela.store.owner import this_process
from sela.store.sql import open_store
from tests.store.samples import new_search

FULL_BYTES = 1_500_000
Acknowledged = tuple[int, int, float]
"""Number, attempt and score of a rollout that the store said to have counted."""


def run_rollouts(folder: Path, search_id: str, told: Connection, seed: int) -> None:
    """Run rollouts for ever, the lost ones first; tell what the store acknowledged."""
    rng = Random(seed)
    store = open_store(folder)
    store.claim(search_id, this_process())
    again = [rollout.number for rollout in store.lose_running(search_id)]
    following = max((r.number for r in store.rollouts(search_id)), default=0) + 1
    while True:
        number = again.pop(0) if again else following
        following = max(following, number + 1)
        attempt = store.start_rollout(search_id, number, number, Configuration())
        blob = store.put_blob(rng.randbytes(30_000))
        score = rng.random()
        experiment = Experiment(
            Configuration(), Verdict.SCORED, (score,), score, log="x" * 3000, predictions=blob
        )
        assert store.finish_rollout(search_id, number, attempt, experiment)
        told.send((number, attempt, score))


def run_rollouts_on_a_full_disk(folder: Path, search_id: str, told: Connection) -> None:
    """The same where no file may grow beyond some size; tell the error, if it is the store's."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
    try:
        run_rollouts(folder, search_id, told, seed=0)
    except StoreError as error:
        told.send(str(error))


def create_and_notice(folder: Path, search_id: str, count: int, seed: int) -> None:
    """Make a search and add events to a common one, many times, as others do the same."""
    store = open_store(folder, rng=Random(seed))
    for number in range(count):
        new_search(store)
        store.add_event(search_id, "noticed", {"by": seed, "number": number})


def open_fresh(folder: Path) -> None:
    """Open a data folder that nobody has opened before."""
    new_search(open_store(folder, rng=Random(os.getpid())))


def try_to_claim(folder: Path, search_id: str, won: Path, released: Path) -> None:
    """Claim, and if that succeeds stay alive until the test says so."""
    store = open_store(folder)
    try:
        store.claim(search_id, this_process())
    except StoreError:
        return
    (won / str(os.getpid())).touch()
    with released.open() as pipe:
        pipe.read()
