"""Whatever a kernel sends, the server's memory stays where it was."""

from pathlib import Path

import pytest

from sandboxes.base import MIB, Limits, Outcome
from sandboxes.opening import open_pool
from tests.sandboxes.jobs import run_body
from tests.sandboxes.walls import ALL

GROWTH_BYTES = 100 * MIB
FLOODS = {
    "a gigabyte of text": "for _ in range(1000): print('x' * 1_000_000)",
    "a million tiny messages": (
        "kernel = get_ipython().kernel\n"
        "parent = kernel.get_parent('shell')\n"
        "for n in range(1_000_000):\n"
        "    content = {'name': 'stdout', 'text': 'x'}\n"
        "    kernel.session.send(kernel.iopub_socket, 'stream', content, parent=parent)"
    ),
    "a picture of 500 MB": (
        "from IPython.display import display, Image\n"
        "display(Image(data=b'\\x89PNG' + bytes(500_000_000), format='png'))"
    ),
    "a hundred pictures": (
        "from IPython.display import display, Image\n"
        "for n in range(100): display(Image(data=b'\\x89PNG' + bytes(1_000_000), format='png'))"
    ),
}
JOB_FLOODS = {
    "a gigabyte of text": "for _ in range(1000): print('x' * 1_000_000)",
    "a gigabyte of frames": (
        "import os, struct\n"
        "head = struct.pack('!cIQ', b'P', 0, 1 << 30)\n"
        "os.write(4, head)\n"
        "while True: os.write(4, bytes(1 << 20))"
    ),
    "a million frames": (
        "import os, struct\n"
        "frame = struct.pack('!cIQ', b'R', 0, 0)\n"
        "for n in range(1_000_000): os.write(4, frame)"
    ),
}


def peak_bytes() -> int:
    """The most memory that this process had since `forget_peak`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def forget_peak() -> int:
    """Start measuring; what it has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_from_a_cell_does_not_fill_the_server(flood: str, tmp_path: Path):
    pool = open_pool(next(iter(ALL.values())), tmp_path, limits=Limits(), spare=0)
    async with pool.lease() as kernel:
        before = forget_peak()
        result = await kernel.run(FLOODS[flood], timeout_seconds=60)
        growth = peak_bytes() - before
    await pool.close()

    assert result.outcome is Outcome.OUTPUT_LIMIT
    assert growth < GROWTH_BYTES


@pytest.mark.parametrize("flood", JOB_FLOODS)
async def test_a_flood_from_a_job_does_not_fill_the_server(flood: str, tmp_path: Path):
    pool = open_pool(next(iter(ALL.values())), tmp_path, limits=Limits(), spare=0)
    async with pool.lease() as kernel:
        before = forget_peak()
        result = await run_body(kernel, JOB_FLOODS[flood], seconds=30)
        growth = peak_bytes() - before
        assert (await run_body(kernel, "print(1)")).text == "1\n"
    await pool.close()

    assert result.outcome is Outcome.OUTPUT_LIMIT
    assert growth < GROWTH_BYTES
