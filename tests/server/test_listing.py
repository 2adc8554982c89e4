"""What a model reads before its first call: the list of tools."""

from __future__ import annotations

import json
from typing import Any

from mcp.types import Tool

from tests.server.connect import connected
from tests.server.scripted_engine import ScriptedEngine

NAMES = [
    "propose_insights",
    "start_search",
    "step_search",
    "get_tree",
    "get_best_pipeline",
    "list_searches",
    "control_search",
    "predict",
    "draw_tree",
]

START_ARGUMENTS = {
    "dataset",
    "target",
    "metric",
    "description",
    "designer",
    "strategy",
    "rollouts",
    "max_seconds",
    "max_usd",
    "workers",
    "folds",
    "test_fraction",
    "seed",
    "request_key",
    "group",
    "time",
    "fold_column",
    "test_data",
    "drop",
    "keep",
    "positive",
}
PROPOSE_ARGUMENTS = {
    "dataset",
    "search_id",
    "target",
    "description",
    "stage",
    "insights",
    "count",
}


async def listed() -> list[Tool]:
    async with connected(ScriptedEngine()) as client:
        return (await client.list_tools()).tools


async def test_the_tools_have_their_fixed_names_in_a_fixed_order() -> None:
    assert [tool.name for tool in await listed()] == NAMES


async def test_every_tool_says_what_it_is_for_and_what_it_does_to_the_world() -> None:
    for tool in await listed():
        assert tool.title and tool.description and len(tool.description) > 80
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is not None
        assert tool.annotations.open_world_hint is not None


async def test_every_argument_is_bounded_and_none_is_a_surprise() -> None:
    for tool in await listed():
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema.get("properties", {}).items():
            assert is_bounded(schema), (tool.name, name, schema)


async def test_the_fixed_arguments_of_the_tools_are_there() -> None:
    arguments = {t.name: set(t.input_schema.get("properties", {})) for t in await listed()}
    assert arguments["start_search"] >= START_ARGUMENTS
    assert arguments["propose_insights"] >= PROPOSE_ARGUMENTS
    assert arguments["step_search"] == {"search_id", "rollouts", "wait_seconds", "answer"}
    assert arguments["get_tree"] == {"search_id", "node_id", "detail", "cursor"}
    assert arguments["get_best_pipeline"] >= {"search_id", "finalize", "output_dir"}
    assert arguments["predict"] >= {"search_id", "dataset", "output_path"}


async def test_the_list_costs_a_model_few_tokens() -> None:
    tools = [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in await listed()]
    assert len(json.dumps(tools)) / 4 < 5_000


def is_bounded(schema: dict[str, Any]) -> bool:
    """Whether a schema limits what may be given."""
    limits = {"maximum", "maxLength", "maxItems", "enum", "pattern", "$ref"}
    if "anyOf" in schema:
        return all(is_bounded(option) for option in schema["anyOf"])
    return schema.get("type") == "boolean" or bool(limits & set(schema))
