"""No call blocks longer than it was told, and none loses work."""

from __future__ import annotations

import asyncio
import time

import pytest
from mcp import MCPError

from tests.server.connect import ERAS, call, connected, text_of
from tests.server.scripted_engine import ScriptedEngine


@pytest.mark.parametrize("era", ERAS)
async def test_a_step_returns_in_time_and_the_work_goes_on(era: str) -> None:
    engine = ScriptedEngine(seconds_per_rollout=0.4)
    async with connected(engine, era) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=5)
        started = time.monotonic()
        first = await call(client, "step_search", search_id="s1", rollouts=5, wait_seconds=0.5)
        assert time.monotonic() - started < 2.5
        assert first["rollouts_done"] < 5 and "step_search" in first["next"]
        await asyncio.gather(*engine.background)
        later = await call(client, "step_search", search_id="s1", wait_seconds=0)
    assert later["rollouts_done"] == 5 and later["state"] == "finished"
    await engine.close()


class StuckEngine(ScriptedEngine):
    """Its steps and finals never come back."""

    async def step_search(self, search_id: str, **_: object) -> object:  # type: ignore[override]
        return await asyncio.Event().wait()

    async def best(self, search_id: str, **_: object) -> object:  # type: ignore[override]
        return await asyncio.Event().wait()


async def test_a_stuck_engine_cannot_hold_a_call() -> None:
    async with connected(StuckEngine()) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class")
        started = time.monotonic()
        step = await call(client, "step_search", search_id="s1", wait_seconds=0)
        best = await call(client, "get_best_pipeline", search_id="s1", wait_seconds=0)
        assert time.monotonic() - started < 4
    assert step["rollouts_done"] == 0
    assert not best["is_final"] and "same call again" in best["next"]


async def test_a_slow_final_is_fetched_by_the_same_call() -> None:
    engine = ScriptedEngine(seconds_per_rollout=1.2)
    async with connected(engine) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=1)
        await call(client, "step_search", search_id="s1", wait_seconds=5)
        request = {"search_id": "s1", "finalize": True, "wait_seconds": 0}
        answers = [await call(client, "get_best_pipeline", **request) for _ in range(2)]
    assert [a["is_final"] for a in answers] == [False, True]
    assert answers[1]["test_uses"] == 1


@pytest.mark.parametrize("era", ERAS)
async def test_progress_rises_and_tells_the_news(era: str) -> None:
    told: list[tuple[float, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    engine = ScriptedEngine(seconds_per_rollout=0.7)
    async with connected(engine, era) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=4)
        await client.call_tool(
            "step_search", {"search_id": "s1", "rollouts": 4}, progress_callback=listen
        )
    numbers = [progress for progress, _ in told]
    assert len(numbers) >= 2 and numbers == sorted(set(numbers))
    assert any(message and message.startswith("Rollout") for _, message in told)


@pytest.mark.parametrize("era", ERAS)
async def test_giving_up_a_call_ends_only_the_wait(era: str) -> None:
    engine = ScriptedEngine(seconds_per_rollout=0.3)
    async with connected(engine, era) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=4)
        with pytest.raises(MCPError, match=r"[Tt]imed out"):
            await client.call_tool(
                "step_search", {"search_id": "s1", "rollouts": 4}, read_timeout_seconds=0.4
            )
        await asyncio.gather(*engine.background)
        after = await client.call_tool("list_searches", {})
    assert "4 of 4" in text_of(after)
