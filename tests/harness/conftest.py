import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

import sela.harness
from sandboxes.base import Sandbox
from sandboxes.choose import choose_isolation, open_pool
from tests.harness.in_process import InProcessSandbox

PRELOAD = ("lightgbm", "sela.harness.refit", "sela.harness.predict", "sela.harness.explore")


@pytest.fixture
def here() -> InProcessSandbox:
    """A sandbox without walls, in this process."""
    return InProcessSandbox()


@pytest_asyncio.fixture
async def walled(tmp_path: Path) -> AsyncGenerator[Sandbox]:
    """A real kernel behind the best wall there is."""
    isolation = await asyncio.to_thread(choose_isolation, True, tmp_path / "cache")
    packages = {"sela.harness": Path(sela.harness.__file__).parent}
    pool = open_pool(isolation, tmp_path / "pool", spare=0, packages=packages, preload=PRELOAD)
    async with pool.lease() as sandbox:
        yield sandbox
    await pool.close()
