import asyncio

import pytest

from sandboxes.base import SandboxError
from sandboxes.pool import KernelPool
from tests.sandboxes.scripted import ScriptedSandbox


class Workshop:
    """Starts sandboxes, remembers them, and fails when told to."""

    def __init__(self) -> None:
        self.started: list[ScriptedSandbox] = []
        self.failures: list[Exception] = []
        self.is_finished = False

    async def start(self) -> ScriptedSandbox:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop()
        self.started.append(ScriptedSandbox())
        return self.started[-1]

    async def finish(self) -> None:
        self.is_finished = True

    def pool(self, size: int = 2, spare: int = 1) -> KernelPool:
        return KernelPool(self.start, self.finish, size=size, spare=spare, tier="none")


async def test_a_clean_sandbox_is_leased_again():
    pool = Workshop().pool(size=1, spare=0)
    async with pool.lease() as first:
        pass
    async with pool.lease() as second:
        assert second is first


async def test_a_used_sandbox_is_closed_and_replaced():
    workshop = Workshop()
    pool = workshop.pool(size=1, spare=0)
    async with pool.lease() as first:
        await first.run("x = 1")
    async with pool.lease() as second:
        assert second is not first
    assert not first.is_alive
    assert len(workshop.started) == 2


async def test_a_sandbox_that_died_in_the_pool_is_not_leased():
    workshop = Workshop()
    pool = workshop.pool(size=1, spare=0)
    async with pool.lease() as first:
        pass
    workshop.started[0].is_alive = False
    async with pool.lease() as second:
        assert second is not first


async def test_leases_beyond_the_size_wait():
    pool = Workshop().pool(size=2)
    async with pool.lease(), pool.lease():
        third = asyncio.create_task(_lease_once(pool))
        assert not (await asyncio.wait({third}, timeout=0.05))[0]
    await asyncio.wait_for(third, 1)


async def test_one_more_than_the_size_is_kept_ready():
    workshop = Workshop()
    pool = workshop.pool(size=2)
    async with pool.lease():
        await _settled()
        assert len(workshop.started) == 3
    await _settled()
    assert len(workshop.started) == 3


async def test_a_sandbox_that_does_not_start_is_told_to_whoever_waits_and_tried_again():
    workshop = Workshop()
    workshop.failures = [SandboxError("no wall")]
    pool = workshop.pool(size=1, spare=0)
    with pytest.raises(SandboxError, match="no wall"):
        await _lease_once(pool)
    await _lease_once(pool)


async def test_an_error_in_a_lease_gives_the_sandbox_back():
    workshop = Workshop()
    pool = workshop.pool(size=1, spare=0)
    with pytest.raises(ZeroDivisionError):
        async with pool.lease():
            _ = 1 / 0
    await asyncio.wait_for(_lease_once(pool), 1)
    assert len(workshop.started) == 1


async def test_a_cancelled_wait_loses_no_sandbox():
    workshop = Workshop()
    pool = workshop.pool(size=1, spare=0)
    async with pool.lease():
        waiting = asyncio.create_task(_lease_once(pool))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(_lease_once(pool), 1)


async def test_a_closed_pool_has_closed_everything_and_leases_no_more():
    workshop = Workshop()
    pool = workshop.pool()
    async with pool.lease():
        await _settled()
        await pool.close()
        assert not any(sandbox.is_alive for sandbox in workshop.started)
    await pool.close()

    assert workshop.is_finished
    with pytest.raises(SandboxError, match="closed"):
        await _lease_once(pool)


async def _lease_once(pool: KernelPool) -> None:
    async with pool.lease():
        pass


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
