from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from sandboxes.base import MIB, Limits, Sandbox
from sandboxes.opening import open_pool
from sandboxes.pool import KernelPool
from tests.sandboxes.walls import ALL, WALLS

SMALL = Limits(
    memory_bytes=700 * MIB,
    processes=40,
    file_bytes=8 * MIB,
    folder_bytes=32 * MIB,
    output_bytes=64 * 1024,
    answer_bytes=1 * MIB,
    cell_seconds=10,
)
PARAMETERS = [
    pytest.param(tier, marks=[pytest.mark.slow] if tier == "none" and WALLS else []) for tier in ALL
]
"""No wall at all is tested by default only where there is no other."""
GREETER = Path(__file__).parent / "greeter"


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=PARAMETERS)
async def pool(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[KernelPool]:
    """A pool with small limits behind each wall in turn."""
    scratch = tmp_path_factory.mktemp("scratch")
    packages = {"tests.sandboxes.greeter": GREETER}
    pool = open_pool(
        ALL[request.param], scratch, limits=SMALL, size=1, packages=packages, preload=("numpy",)
    )
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(pool: KernelPool) -> AsyncGenerator[Sandbox]:
    """A kernel of the pool: the same for each test while no test spoils it."""
    async with pool.lease() as sandbox:
        yield sandbox
