import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandboxes.base import MIB, Limits, Outcome, SandboxError
from sandboxes.folders import PoolFolder
from sandboxes.isolation.isolation import Launch
from sandboxes.isolation.none import NoIsolation
from sandboxes.kernel import KernelSandbox
from sandboxes.opening import open_pool
from sandboxes.usage import tree
from tests.sandboxes.jobs import printed
from tests.sandboxes.users import CHECKOUT
from tests.sandboxes.walls import ALL

TINY = Limits(memory_bytes=500 * MIB, processes=30, output_bytes=64 * 1024)
GONE_SECONDS = 1.0
ENDINGS = {
    "exit": "import os; os._exit(0)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "memory bomb": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "endless loop": "import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: 0",
    "output": "while True: print('x' * 10000)",
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1234)",
}


@pytest.mark.parametrize("tier", ALL)
def test_nothing_outlives_a_server_that_is_killed(tier: str, tmp_path: Path):
    command = [sys.executable, "-m", "tests.sandboxes.server", tier, str(tmp_path)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"running\n"
        family = {psutil.Process(pid) for pid in tree(server.pid) if pid != server.pid}
        server.kill()
        deadline = time.monotonic() + GONE_SECONDS
        while _living(family) and time.monotonic() < deadline:
            time.sleep(0.01)

    assert len(family) >= 5
    assert _living(family) == []


def test_a_pool_sweeps_the_folders_of_dead_servers_only(tmp_path: Path):
    living = PoolFolder(tmp_path)
    code = (
        "import os, sys; from pathlib import Path; from sandboxes.folders import PoolFolder;"
        "PoolFolder(Path(sys.argv[1])); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, check=True)
    assert len(list(tmp_path.glob("p*"))) == 2

    PoolFolder(tmp_path).remove()

    assert list(tmp_path.glob("p*")) == [living.path]
    living.remove()


@pytest.mark.parametrize("tier", ALL)
async def test_closing_a_pool_leaves_no_process_and_no_folder(tier: str, tmp_path: Path):
    pool = open_pool(ALL[tier], tmp_path, limits=TINY, spare=0)
    async with pool.lease() as kernel:
        assert isinstance(kernel, KernelSandbox)
        family = {psutil.Process(pid) for pid in tree(kernel.pid)}
        await printed(kernel, "print(1)")
        descriptors = len(os.listdir("/proc/self/fd"))
    await pool.close()

    assert _living(family) == []
    assert list(tmp_path.glob("p*")) == []
    assert len(os.listdir("/proc/self/fd")) < descriptors


async def test_a_kernel_that_cannot_start_says_why(tmp_path: Path):
    class Broken(NoIsolation):
        def launch(self, program, folder):
            launch = super().launch(program, folder)
            return Launch((sys.executable, "-c", "raise SystemExit('no such wall')"), launch.env)

    pool = open_pool(Broken(), tmp_path, limits=TINY)
    with pytest.raises(SandboxError, match="no such wall"):
        async with pool.lease():
            pass
    await pool.close()
    assert list(tmp_path.glob("p*")) == []


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path):
    scratch = tmp_path / ("x" * 100)
    pool = open_pool(NoIsolation(), scratch, limits=TINY, spare=0)
    async with pool.lease() as kernel:
        assert await printed(kernel, "print(42)") == "42"
    await pool.close()


@pytest.mark.slow
@pytest.mark.parametrize("tier", [tier for tier in ALL if tier != "none"])
async def test_a_hundred_kernels_leave_nothing(tier: str, tmp_path: Path):
    pool = open_pool(ALL[tier], tmp_path, limits=TINY, size=2, spare=0)
    families: set[psutil.Process] = set()

    async def use(how: str) -> Outcome:
        async with pool.lease() as kernel:
            assert isinstance(kernel, KernelSandbox)
            families.update(_processes(kernel.pid))
            return (await kernel.run(ENDINGS[how], timeout_seconds=1)).outcome

    before = len(os.listdir("/proc/self/fd"))
    names = list(ENDINGS)
    outcomes = await asyncio.gather(*(use(names[n % len(names)]) for n in range(100)))
    await pool.close()

    assert _living(families) == []
    assert len(families) >= 300
    assert list(tmp_path.glob("p*")) == []
    assert len(os.listdir("/proc/self/fd")) <= before + 5
    assert set(outcomes[::7]) == {Outcome.KILLED}
    assert set(outcomes[2::7]) <= {Outcome.OUT_OF_MEMORY, Outcome.TIMED_OUT}


@pytest.mark.slow
@pytest.mark.parametrize("tier", [tier for tier in ALL if tier != "none"])
async def test_ten_kernels_at_once_stay_within_their_memory_and_finish(tier: str, tmp_path: Path):
    limits = Limits(memory_bytes=600 * MIB)
    pool = open_pool(ALL[tier], tmp_path, limits=limits, size=10, spare=0, preload=("numpy",))
    body = """
        import numpy
        x = numpy.random.default_rng(0).normal(size=(3000, 1000))
        print(round(float((x.T @ x).trace())))
    """

    async def use() -> str:
        async with pool.lease() as kernel:
            return await printed(kernel, body)

    answers = await asyncio.gather(*(use() for _ in range(10)))
    await pool.close()

    assert len(set(answers)) == 1


def _processes(root: int) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for pid in tree(root):
        try:
            found.add(psutil.Process(pid))
        except psutil.NoSuchProcess:
            continue
    return found


def _living(processes: set[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
