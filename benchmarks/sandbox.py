"""What the sandbox costs: `python -m benchmarks.sandbox [--repeats N] [--json FILE]`.

Every measure is of the wall that was chosen here against no wall, alternating in one run, so that
what else the machine does falls on both. Asked for: start-up at most +25 %, a fold's fit at most
+5 %, a warm wait of at most 0.3 s, all at the median.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from jupyter_client.manager import start_new_async_kernel

from sandboxes.base import Job, Outcome
from sandboxes.choose import choose_isolation
from sandboxes.isolation.isolation import Isolation
from sandboxes.isolation.none import NoIsolation
from sandboxes.opening import open_pool
from sandboxes.pool import KernelPool

Side = TypeVar("Side")
PRELOAD = ("numpy", "pandas", "sklearn.ensemble", "sklearn.pipeline", "lightgbm")
FIT = """
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier

def prepare(inputs):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 30))
    y = (X[:, 0] + X[:, 1] ** 2 + rng.normal(size=20_000) > 1).astype(int)
    models = [LGBMClassifier(n_estimators=100, verbose=-1), HistGradientBoostingClassifier()]
    return [model.fit(X, y) for model in models], X

def answer(state, question):
    models, X = state
    return str(sum(float(model.predict_proba(X)[:, 1].sum()) for model in models)).encode()
"""


@dataclass(frozen=True)
class Comparison:
    """Medians in seconds, with the wall and without."""

    name: str
    walled: float
    unwalled: float
    overhead: float
    """The wall's cost as a share: the median over pairs that ran one after the other."""
    repeats: int


def main() -> None:
    """Print the comparisons, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sela-bench-") as folder:
        tier, found, waits = asyncio.run(_measure(Path(folder), arguments.repeats))
    print(f"tier {tier}")
    for one in found:
        print(
            f"{one.name:<24} walled {one.walled:.3f} s, without {one.unwalled:.3f} s, "
            f"{one.overhead:+.1%} (median of {one.repeats})"
        )
    print(f"{'wait for a warm kernel':<24} median {statistics.median(waits):.4f} s")
    if arguments.json is not None:
        record = {"tier": tier, "waits": waits, "comparisons": [asdict(one) for one in found]}
        arguments.json.write_text(json.dumps(record, indent=1))


async def _measure(folder: Path, repeats: int) -> tuple[str, list[Comparison], list[float]]:
    wall = await asyncio.to_thread(choose_isolation, True, folder / "cache")
    walls = (wall, NoIsolation())
    bare = await _alternate(repeats, walls, folder, _start_seconds)
    full = await _alternate(repeats, walls, folder, _loaded_start_seconds)
    stock = await _against_stock(repeats, wall, folder)
    pools = [_pool(wall, folder, PRELOAD) for wall in walls]
    try:
        fits = await _fits(pools, repeats)
        waits = [await _wait_seconds(pools[0]) for _ in range(repeats)]
    finally:
        for pool in pools:
            await pool.close()
    starts = [_compare("start", bare), _compare("start with imports", full)]
    return wall.tier, [*starts, _compare("start, stock Jupyter", stock), *fits], waits


async def _alternate(
    repeats: int,
    walls: tuple[Isolation, Isolation],
    folder: Path,
    measure: Callable[[Isolation, Path], Awaitable[float]],
) -> list[tuple[float, float]]:
    await measure(walls[0], folder)
    pairs: list[tuple[float, float]] = []
    for repeat in range(repeats):
        found = {wall: await measure(wall, folder) for wall in in_turn(walls, repeat)}
        pairs.append((found[walls[0]], found[walls[1]]))
    return pairs


def in_turn(sides: tuple[Side, Side], repeat: int) -> tuple[Side, Side]:
    """The first of a pair is the second in every other repeat."""
    return sides if repeat % 2 == 0 else (sides[1], sides[0])


async def _against_stock(repeats: int, wall: Isolation, folder: Path) -> list[tuple[float, float]]:
    """Start-up with imports against a kernel as Jupyter starts it, with the same imports."""
    return [
        (await _loaded_start_seconds(wall, folder), await _stock_start_seconds())
        for _ in range(repeats)
    ]


async def _stock_start_seconds() -> float:
    start = time.perf_counter()
    manager, client = await start_new_async_kernel(kernel_name="python3")
    await client.execute_interactive("".join(f"import {name}\n" for name in PRELOAD), silent=True)
    seconds = time.perf_counter() - start
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return seconds


async def _start_seconds(wall: Isolation, folder: Path) -> float:
    return await _open_seconds(_pool(wall, folder, ()))


async def _loaded_start_seconds(wall: Isolation, folder: Path) -> float:
    return await _open_seconds(_pool(wall, folder, PRELOAD))


async def _open_seconds(pool: KernelPool) -> float:
    start = time.perf_counter()
    async with pool.lease():
        seconds = time.perf_counter() - start
    await pool.close()
    return seconds


async def _fits(pools: Sequence[KernelPool], repeats: int) -> list[Comparison]:
    """The same fits in both, as the wall clock inside and as the processor counted."""
    seconds: list[tuple[float, float]] = []
    processor: list[tuple[float, float]] = []
    for repeat in range(repeats + 1):
        found = {pool: await _fit(pool) for pool in in_turn((pools[0], pools[1]), repeat)}
        walled, unwalled = found[pools[0]], found[pools[1]]
        if repeat:
            seconds.append((walled[0], unwalled[0]))
            processor.append((walled[1], unwalled[1]))
    return [_compare("fit", seconds), _compare("fit, processor time", processor)]


async def _fit(pool: KernelPool) -> tuple[float, float]:
    async with pool.lease() as kernel:
        job = Job("job", {"job": FIT}, questions=(b"a",), timeout_seconds=300)
        result = await kernel.run_job(job)
    if result.outcome is not Outcome.OK:
        raise RuntimeError(f"The fit ended with {result.outcome}: {result.error}")
    return result.seconds, result.cpu_seconds


async def _wait_seconds(pool: KernelPool) -> float:
    """The time until a lease has its kernel, each kernel being spoilt by its lease."""
    start = time.perf_counter()
    async with pool.lease() as kernel:
        seconds = time.perf_counter() - start
        await kernel.run("1")
    await _rest(pool)
    return seconds


async def _rest(pool: KernelPool) -> None:
    """What a fold takes at the least: the replacement starts meanwhile."""
    while not pool.is_warm:
        await asyncio.sleep(0.05)


def _pool(wall: Isolation, folder: Path, preload: tuple[str, ...]) -> KernelPool:
    return open_pool(wall, folder / "scratch", size=1, spare=1 if preload else 0, preload=preload)


def _compare(name: str, pairs: Sequence[tuple[float, float]]) -> Comparison:
    walled, unwalled = (statistics.median(side) for side in zip(*pairs, strict=True))
    overhead = statistics.median(walled / unwalled - 1 for walled, unwalled in pairs)
    return Comparison(name, walled, unwalled, overhead, len(pairs))


if __name__ == "__main__":
    main()
