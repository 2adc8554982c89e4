"""An assistant thinks a whole search through, over a real MCP client and a server process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.design.scripted_host import ScriptedHost
from tests.live.workshops import csv

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def server(home: Path) -> StdioServerParameters:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "OPENAI_"))}
    env = own | {"SELA_HOME": str(home), "OMP_NUM_THREADS": "1", "SELA_MAX_WORKERS": "1"}
    return StdioServerParameters(
        command=sys.executable, args=["-m", "server", "serve"], cwd=ROOT, env=env
    )


async def test_ten_rollouts_take_at_most_thirteen_small_calls(tmp_path: Path) -> None:
    async with Client(server(tmp_path / "home")) as client:
        host = ScriptedHost(client)
        started = await host.call(
            "start_search",
            dataset=csv(tmp_path),
            target="price",
            designer="host",
            rollouts=10,
            folds=3,
        )
        step = await host.step(started["search_id"])
        while step["state"] != "finished" and host.calls < 20:
            step = await host.step(started["search_id"], host.answers(step.get("needs") or []))
        best = await host.call("get_best_pipeline", search_id=started["search_id"])
        calls = host.calls
        tree = await host.call("get_tree", search_id=started["search_id"])
    assert step["rollouts_done"] == 10
    assert calls <= 13
    assert max(host.sizes) < 4_000
    assert host.contracts == 1
    assert best["search_score"] is not None
    assert "Clip heavy tails softly" in tree["text"]
