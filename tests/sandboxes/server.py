"""A server that waits to be killed: `python -m tests.sandboxes.server TIER SCRATCH`.

Its kernels run a job that leaves a process in a session of its own.
"""

import asyncio
import sys
from pathlib import Path

from sandboxes.base import Job
from sandboxes.opening import open_pool
from tests.sandboxes.walls import ALL

STUBBORN = """
import os, signal, time

def prepare(inputs):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(2):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1234)
            os._exit(0)
    open("started", "w").close()
    time.sleep(1234)
"""


async def serve(tier: str, scratch: Path) -> None:
    """Print the id of the kernel's process when the job runs; then wait."""
    pool = open_pool(ALL[tier], scratch, spare=0)
    async with pool.lease() as kernel:
        stubborn = Job("job", {"job": STUBBORN}, timeout_seconds=600)
        job = asyncio.create_task(kernel.run_job(stubborn))
        while not list(scratch.glob("p*/k*/work/job-1/started")):
            await asyncio.sleep(0.05)
        print("running", flush=True)
        await job


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
