"""Fits with several threads, in a child of a process that imported the same libraries."""

from pathlib import Path

import pytest

from sandboxes.base import Job, Limits, Outcome
from sandboxes.opening import open_pool
from tests.sandboxes.jobs import printed
from tests.sandboxes.walls import ALL

FIT = """
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

def prepare(inputs):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 10))
    y = (X[:, 0] > 0).astype(int)
    models = [
        LGBMClassifier(n_estimators=20, n_jobs=2, verbose=-1),
        HistGradientBoostingClassifier(max_iter=10),
        RandomForestClassifier(20, n_jobs=2),
        KMeans(3, n_init=1),
    ]
    return [model.fit(X, y) for model in models], X

def answer(state, question):
    models, X = state
    return b",".join(str(len(model.predict(X))).encode() for model in models)
"""
PRELOAD = ("numpy", "lightgbm", "sklearn.ensemble", "sklearn.cluster")


@pytest.mark.slow
@pytest.mark.parametrize("tier", ALL)
async def test_fits_with_two_threads_do_not_hang(tier: str, tmp_path: Path):
    pool = open_pool(ALL[tier], tmp_path, limits=Limits(threads=2), spare=0, preload=PRELOAD)
    try:
        async with pool.lease() as kernel:
            for _ in range(2):
                job = Job("job", {"job": FIT}, questions=(b"a", b"b"), timeout_seconds=120)
                result = await kernel.run_job(job)
                assert result.outcome is Outcome.OK, result
                assert result.answers == (b"3000,3000,3000,3000",) * 2
    finally:
        await pool.close()


async def test_the_template_has_one_thread_after_its_imports(tmp_path: Path):
    pool = open_pool(next(iter(ALL.values())), tmp_path, spare=0, preload=PRELOAD)
    body = """
        import os
        status = open(f"/proc/{os.getppid()}/status").read()
        print([line.split()[1] for line in status.splitlines() if line.startswith("Threads")])
    """
    async with pool.lease() as kernel:
        if kernel.tier != "B":
            assert await printed(kernel, body) == "['1']"
    await pool.close()
