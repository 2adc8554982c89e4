"""Limits that only the host can see: memory of many processes, folders, process counts."""

from pathlib import Path

import pytest

from sandboxes.base import MIB, Limits, Outcome
from sandboxes.opening import open_pool
from tests.sandboxes.jobs import run_body
from tests.sandboxes.walls import ALL

SMALL = Limits(
    memory_bytes=500 * MIB,
    processes=20,
    file_bytes=8 * MIB,
    folder_bytes=24 * MIB,
    answer_bytes=MIB,
)
EXCESSES = {
    "memory of many processes": (
        "import os, time\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        x = bytearray(os.urandom(1 << 20) * 150)\n"
        "        time.sleep(99)\n"
        "time.sleep(99)",
        Outcome.OUT_OF_MEMORY,
    ),
    "many files": (
        "import time\nfor n in range(8): open(str(n), 'wb').write(bytes(5 << 20))\ntime.sleep(99)",
        Outcome.DISK_LIMIT,
    ),
    "files that were unlinked": (
        "import os, time\n"
        "files = []\n"
        "for n in range(8):\n"
        "    files.append(open('f', 'wb'))\n"
        "    files[-1].write(bytes(5 << 20)); files[-1].flush(); os.unlink('f')\n"
        "time.sleep(99)",
        Outcome.DISK_LIMIT,
    ),
    "many processes": (
        "import os, time\n"
        "for n in range(60):\n"
        "    try:\n"
        "        if os.fork() == 0: time.sleep(99)\n"
        "    except OSError: os._exit(1)\n"
        "time.sleep(99)",
        Outcome.KILLED,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("excess", EXCESSES)
@pytest.mark.parametrize("tier", ALL)
async def test_an_excess_ends_with_the_limit_that_it_hit(tier: str, excess: str, tmp_path: Path):
    body, outcome = EXCESSES[excess]
    pool = open_pool(ALL[tier], tmp_path, limits=SMALL, spare=0)
    try:
        async with pool.lease() as kernel:
            assert (await run_body(kernel, body)).outcome is outcome
    finally:
        await pool.close()


async def test_a_folder_that_fills_up_ends_the_kernel_and_the_pool_has_another(tmp_path: Path):
    body, outcome = EXCESSES["many files"]
    pool = open_pool(next(iter(ALL.values())), tmp_path, limits=SMALL, spare=0)
    try:
        async with pool.lease() as kernel:
            assert (await run_body(kernel, body)).outcome is outcome
            assert not kernel.is_alive
        async with pool.lease() as kernel:
            assert (await run_body(kernel, "print(1)")).outcome is Outcome.OK
    finally:
        await pool.close()
