"""Each example does what it says."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.examples.model_server import serving_model

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    """The module of one example."""
    return importlib.import_module(name)


async def test_headless_searches_step_by_step(
    small_data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await example("headless").main(small_data, "target", rollouts=2)
    out = capsys.readouterr().out
    assert "everything as is" in out and "sealed rows" in out


async def test_the_mcp_client_follows_the_answers(
    scripted_server: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    best = await example("mcp_client").main("/d/a.csv", "class", 5, scripted_server)
    assert best["is_final"]
    assert "rollout 5" in capfd.readouterr().out


async def test_a_host_drives_ten_rollouts_in_few_calls(scripted_server: list[str]) -> None:
    assert await example("host_thinks").main(10, scripted_server) <= 13


@pytest.mark.slow
async def test_a_host_drives_the_real_engine_in_few_calls() -> None:
    assert await example("host_thinks").main(10) <= 13


@pytest.mark.slow
async def test_claude_thinks(small_data: str, tmp_path: Path) -> None:
    with serving_model() as (address, asked):
        environment = {
            "ANTHROPIC_API_KEY": "a-key-for-the-double",
            "ANTHROPIC_BASE_URL": address,
            "SELA_HOME": str(tmp_path / "home"),
            "SELA_UNSAFE": "1",
            "SELA_MAX_WORKERS": "1",
        }
        ended = await example("claude_thinks").main(small_data, "target", 3, environment)
    assert asked and all(path.endswith("/messages") for path in asked)
    assert ended.rollouts_done == 3 and ended.cost_usd and ended.cost_usd > 0


@pytest.mark.slow
async def test_a_local_model_thinks(small_data: str, tmp_path: Path) -> None:
    with serving_model() as (address, asked):
        environment = {
            "OPENAI_BASE_URL": f"{address}/v1",
            "SELA_OPENAI_MODEL": "small",
            "SELA_HOME": str(tmp_path / "home"),
            "SELA_UNSAFE": "1",
            "SELA_MAX_WORKERS": "1",
        }
        ended = await example("local_model_thinks").main(small_data, "target", 3, environment)
    assert asked and all(path.endswith("/chat/completions") for path in asked)
    assert ended.rollouts_done == 3 and ended.cost_usd == 0


def test_the_claude_desktop_configuration_starts_the_server() -> None:
    config = json.loads((EXAMPLES / "claude_desktop_config.json").read_text())
    entry = config["mcpServers"]["sela"]
    assert entry["command"].endswith("sela-mcp") and "SELA_ROOTS" in entry["env"]
