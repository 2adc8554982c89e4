"""The tools through the highest public API, in both protocol eras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp.types import ImageContent

from tests.server.connect import ERAS, call, connected, refused, size_of, text_of
from tests.server.scripted_engine import PNG, ScriptedEngine


@pytest.mark.parametrize("era", ERAS)
async def test_a_conversation_leads_from_a_table_to_predictions(era: str, tmp_path: Path) -> None:
    async with connected(ScriptedEngine(), era) as client:
        preview = await call(client, "propose_insights", dataset="/d/a.csv", target="class")
        assert "Call start_search" in preview["next"]
        started = await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=5)
        search_id = started["search_id"]
        assert f'step_search(search_id="{search_id}"' in started["next"]
        stepped = await call(client, "step_search", search_id=search_id, rollouts=5)
        assert stepped["state"] == "finished" and len(stepped["new_rollouts"]) == 5
        assert "get_best_pipeline" in stepped["next"]
        best = await call(
            client,
            "get_best_pipeline",
            search_id=search_id,
            finalize=True,
            output_dir=str(tmp_path / "model"),
        )
        assert best["is_final"] and best["test_score"] == 0.54
        assert best["export"] == str(tmp_path / "model")
        output = tmp_path / "predictions.csv"
        done = await call(
            client, "predict", search_id=search_id, dataset="/d/b.csv", output_path=str(output)
        )
        assert done["rows"] == 1 and output.exists()


@pytest.mark.parametrize("era", ERAS)
async def test_unknown_arguments_are_refused_by_name(era: str) -> None:
    async with connected(ScriptedEngine(), era) as client:
        error = await refused(client, "start_search", dataset="/d/a.csv", target="class", budgte=3)
    assert error.startswith("start_search has no argument budgte. It takes: dataset,")


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("start_search", {"dataset": "/a", "target": "t", "rollouts": 0}, "rollouts"),
        ("start_search", {"dataset": "/a", "target": "t", "rollouts": 10**6}, "rollouts"),
        ("start_search", {"dataset": "/a", "target": "t", "strategy": "best"}, "strategy"),
        ("start_search", {"dataset": "/a", "target": "t", "designer": "gpt"}, "designer"),
        ("start_search", {"dataset": "/a", "target": "t", "metric": "/etc/m.py"}, "metric"),
        ("start_search", {"dataset": "/a", "target": "t", "max_usd": -1}, "max_usd"),
        ("start_search", {"dataset": "/a"}, "target"),
        ("step_search", {"search_id": "s1", "wait_seconds": 500}, "wait_seconds"),
        ("step_search", {"search_id": "s1", "answer": {"code": "x"}}, "ticket"),
        ("get_tree", {"search_id": "s1", "cursor": "-1"}, "cursor"),
        ("get_tree", {"search_id": "s1", "detail": "all"}, "detail"),
        ("control_search", {"search_id": "s1", "action": "kill"}, "action"),
        ("control_search", {"search_id": "s1", "action": "prefer"}, "insight_id"),
        ("control_search", {"search_id": "s1", "action": "extend"}, "rollouts"),
        ("propose_insights", {"target": "t"}, "dataset"),
        ("propose_insights", {"dataset": "/a"}, "target"),
        ("propose_insights", {"dataset": "/a", "target": "t", "stage": "x"}, "stage"),
    ],
)
async def test_wrong_arguments_are_named_without_noise(
    tool: str, arguments: dict[str, Any], named: str
) -> None:
    async with connected(ScriptedEngine()) as client:
        error = await refused(client, tool, **arguments)
    assert named in error
    assert "pydantic" not in error and "Traceback" not in error and len(error) < 600


async def test_engine_errors_reach_the_model_with_their_next_step() -> None:
    async with connected(ScriptedEngine()) as client:
        assert await refused(client, "step_search", search_id="zz") == (
            "No search 'zz'. Known: none. Call start_search to make one."
        )
        missing = await refused(client, "start_search", dataset="/d/missing.csv", target="t")
    assert missing == "There is no file /d/missing.csv. Give the path of a CSV file."


async def test_a_fault_of_ours_tells_the_model_nothing_of_its_inside() -> None:
    engine = ScriptedEngine()
    async with connected(engine) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class")
        engine.scripted["s1"].rollouts.append("secret")  # type: ignore[arg-type]
        error = await refused(client, "get_tree", search_id="s1")
    assert "fault of ours" in error and "secret" not in error


async def test_the_same_request_key_gives_the_same_search() -> None:
    async with connected(ScriptedEngine()) as client:
        request = {"dataset": "/d/a.csv", "target": "class", "request_key": "k"}
        first = await call(client, "start_search", **request)
        again = await call(client, "start_search", **request)
    assert first["search_id"] == again["search_id"]


async def test_each_form_of_an_answer_has_all_facts() -> None:
    async with connected(ScriptedEngine()) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=6)
        for tool, arguments in [
            ("step_search", {"search_id": "s1", "rollouts": 5}),
            ("get_tree", {"search_id": "s1"}),
            ("get_tree", {"search_id": "s1", "node_id": 2, "detail": "full"}),
            ("get_best_pipeline", {"search_id": "s1", "finalize": True}),
            ("list_searches", {}),
            ("control_search", {"search_id": "s1", "action": "pause"}),
            ("propose_insights", {"dataset": "/d/a.csv", "target": "class"}),
        ]:
            result = await client.call_tool(tool, arguments)
            text = text_of(result)
            missing = [f for f in leaves(result.structured_content) if str(f) not in text]
            assert not missing, (tool, missing)


async def test_answers_stay_small_whatever_the_engine_says() -> None:
    async with connected(ScriptedEngine(long_texts=True)) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=100)
        for tool, arguments in [
            ("step_search", {"search_id": "s1", "rollouts": 100}),
            ("get_tree", {"search_id": "s1"}),
            ("get_tree", {"search_id": "s1", "detail": "full"}),
            ("get_tree", {"search_id": "s1", "node_id": 2, "detail": "full"}),
            ("get_best_pipeline", {"search_id": "s1", "finalize": True}),
        ]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error and size_of(result) < 8_000, tool
            assert result.structured_content is not None and result.structured_content["next"]


async def test_host_driven_steps_are_half_as_long_and_bring_tickets() -> None:
    async with connected(ScriptedEngine(long_texts=True)) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", designer="host")
        result = await client.call_tool("step_search", {"search_id": "s1", "rollouts": 3})
        answer = result.structured_content
        assert answer is not None and size_of(result) < 4_000
        assert answer["needs"][0]["contract"] and '"ticket": "t1"' in answer["next"]
        idea = {"stage": "feature_engineering", "text": "Ratio of amount and duration."}
        given = {"ticket": "t1", "insights": [idea]}
        again = await call(client, "step_search", search_id="s1", answer=given)
        assert again["needs"][0]["ticket"] == "t2"
        stale = await refused(client, "step_search", search_id="s1", answer=[given])
    assert "t2" in stale


async def test_a_host_is_not_asked_to_wait_for_its_own_ideas() -> None:
    async with connected(ScriptedEngine()) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", designer="host")
        assert "you are the designer" in await refused(client, "propose_insights", search_id="s1")


async def test_a_paused_search_waits_for_the_user() -> None:
    async with connected(ScriptedEngine()) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class")
        paused = await call(client, "control_search", search_id="s1", action="pause")
        stepped = await call(client, "step_search", search_id="s1", wait_seconds=0)
    assert 'action="resume"' in paused["next"] and 'action="resume"' in stepped["next"]


async def test_pages_of_a_tree_add_up_to_the_whole() -> None:
    engine = ScriptedEngine()
    async with connected(engine) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=400)
        for _ in range(4):
            await call(client, "step_search", search_id="s1", rollouts=100)
        pages, cursor = [], {}
        while cursor is not None:
            page = await call(client, "get_tree", search_id="s1", detail="full", **cursor)
            pages.append(page["text"])
            cursor = {"cursor": page["next_cursor"]} if "next_cursor" in page else None
    lines = "\n".join(pages).splitlines()
    assert len(pages) > 2 and len(lines) == 401
    assert [int(line.split("#")[1].split()[0]) for line in lines] == list(range(401))


async def test_the_picture_travels_without_structure() -> None:
    async with connected(ScriptedEngine()) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class")
        result = await client.call_tool("draw_tree", {"search_id": "s1"})
    assert result.structured_content is None
    (picture,) = result.content
    assert isinstance(picture, ImageContent) and picture.mime_type == "image/png"
    assert PNG.startswith(b"\x89PNG")


async def test_insights_of_the_caller_join_the_pool() -> None:
    engine = ScriptedEngine()
    async with connected(engine) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class")
        idea = {
            "stage": "model_training",
            "text": "Extra trees.",
            "code": "def build(profile): ...",
        }
        added = await call(client, "propose_insights", search_id="s1", insights=[idea])
        more = await call(client, "propose_insights", search_id="s1", count=2)
    assert added["insights"][0]["text"] == "Extra trees." and len(more["insights"]) == 2
    assert engine.scripted["s1"].insights[0].code == "def build(profile): ..."


def leaves(value: Any) -> list[Any]:
    """All values inside, of whatever depth."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]
