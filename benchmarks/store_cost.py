"""What the store costs a rollout. Run: python -m benchmarks.store_cost [--rollouts N] [--url URL]

A rollout is stored as: started, a 1 MB blob, finished with 20 kB of log. Prints milliseconds:
median and 99th percentile of each, and the cost of reading a search of that many rollouts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np

from sela.design.insight import Configuration
from sela.experiments.experiment import Experiment, Verdict
from sela.live.request import SearchRequest
from sela.store.sql import SqlStore, open_store

BLOB_BYTES = 1_000_000
LOG_CHARS = 20_000


def costs(store: SqlStore, search_id: str, rollouts: int) -> dict[str, np.ndarray]:
    """Seconds of each operation: (rollouts,) by name."""
    rng, configuration = Random(0), Configuration((None, "d1", "f1", "m1", None))
    seconds: dict[str, list[float]] = {"start": [], "blob": [], "finish": []}

    def timed(name: str, call: Callable[[], object]) -> object:
        began = time.perf_counter()
        result = call()
        seconds[name].append(time.perf_counter() - began)
        return result

    for number in range(1, rollouts + 1):
        data = rng.randbytes(BLOB_BYTES)
        timed("start", lambda n=number: store.start_rollout(search_id, n, n, configuration))
        blob = str(timed("blob", lambda d=data: store.put_blob(d)))
        experiment = Experiment(
            configuration, Verdict.SCORED, (0.5,) * 5, 0.5, log="x" * LOG_CHARS, predictions=blob
        )
        timed("finish", lambda n=number, e=experiment: store.finish_rollout(search_id, n, 1, e))
    return {name: np.array(values) for name, values in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rollouts", type=int, default=200)
    parser.add_argument("--url", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), url=arguments.url)
        search = store.create_search(
            SearchRequest("data.csv", "y"), designer="d", strategy="s", sandbox_tier="A"
        )
        for name, values in costs(store, search.id, arguments.rollouts).items():
            low, high = np.quantile(values, [0.5, 0.99]) * 1000
            print(f"{name:7} {low:6.1f} ms median {high:7.1f} ms 99th percentile")
        for name, read in (
            ("rollouts", lambda: store.rollouts(search.id)),
            ("events", lambda: store.events(search.id)),
            ("verify", lambda: store.verify(search.id)),
        ):
            began = time.perf_counter()
            read()
            print(f"{name:9} of {arguments.rollouts}: {time.perf_counter() - began:.2f} s")
        store.close()


if __name__ == "__main__":
    main()
