"""The host as a designer: it waits for answers, and a stand-in keeps the search alive."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sela.design.host import HostDesigner, HostDesk, HostState
from sela.design.insight import Insight
from sela.design.scripted import ScriptedDesigner
from sela.design.stages import check_source
from sela.errors import DesignerError
from tests.design.problems import CODE, briefing, idea, request


def host(stand_in: ScriptedDesigner, **more: object) -> HostDesigner:
    desk = HostDesk("s1", check_source)
    return HostDesigner(desk, stand_in, **more)  # type: ignore[arg-type]


async def until_waiting(designer: HostDesigner) -> str:
    """The ticket of the first need, once the search stands still for it."""
    async with asyncio.timeout(5):
        while not designer.is_waiting:
            await asyncio.sleep(0)
    return designer.show()[0].ticket


async def test_code_from_the_host_is_what_is_written() -> None:
    designer = host(ScriptedDesigner())
    writing = asyncio.create_task(designer.write(briefing(), request()))
    designer.answer(await until_waiting(designer), code=CODE)
    written = await writing
    assert (written.code, written.origin, written.calls) == (CODE, "host", ())
    assert not designer.is_waiting


async def test_insights_from_the_host_get_ids_and_lose_what_is_known() -> None:
    designer = host(ScriptedDesigner())
    proposing = asyncio.create_task(designer.propose(briefing(idea()), count=5))
    given = [
        Insight("", "feature_engineering", "Income divided by age", "host"),
        Insight("", "model_training", "Train a forest", "host", code=CODE),
    ]
    designer.answer(await until_waiting(designer), insights=given)
    proposal = await proposing
    assert [(i.id, i.code) for i in proposal.insights] == [("mt1", CODE)]
    assert "says the same as fe1" in proposal.notes[0]


async def test_without_an_answer_the_stand_in_steps_in_and_the_node_says_so() -> None:
    designer = host(ScriptedDesigner(codes=["x = 1"], name="playbook"))
    writing = asyncio.create_task(designer.write(briefing(), request()))
    await until_waiting(designer)
    designer.go_on()
    written = await writing
    assert (written.code, written.origin) == ("x = 1", "playbook")
    assert written.notes == ("host: no code → playbook",)


async def test_without_ideas_of_the_host_the_stand_in_has_them() -> None:
    designer = host(ScriptedDesigner([[idea("fe7", "Log of income")]], name="playbook"))
    proposing = asyncio.create_task(designer.propose(briefing(), count=5))
    designer.answer(await until_waiting(designer), insights=[])
    assert (await proposing).notes == ("host: no new idea → playbook",)


async def test_when_the_stand_in_cannot_either_both_are_told() -> None:
    designer = host(ScriptedDesigner(codes=[DesignerError("not_mine", "not its idea")]))
    writing = asyncio.create_task(designer.write(briefing(), request()))
    await until_waiting(designer)
    designer.go_on()
    with pytest.raises(DesignerError, match="host: no code; not its idea"):
        await writing


async def test_siblings_on_one_path_wait_together_and_are_answered_in_one_call() -> None:
    designer = host(ScriptedDesigner())
    two = [request(idea("fe1")), request(idea("fe2", "Log of income"))]
    writing = asyncio.gather(*(designer.write(briefing(), r) for r in two))
    await until_waiting(designer)
    for need in designer.show():
        designer.answer(need.ticket, code=CODE)
    assert [written.code for written in await writing] == [CODE, CODE]


async def test_nobody_is_waited_for_without_a_host() -> None:
    designer = host(ScriptedDesigner([[idea()]], ["x = 1"]), is_attended=False)
    assert (await designer.write(briefing(), request())).code == "x = 1"
    assert (await designer.propose(briefing(), count=1)).insights == (idea(),)


async def test_the_playbooks_own_idea_does_not_bother_the_host() -> None:
    designer = host(ScriptedDesigner(codes=["x = 1"], name="claude,playbook"))
    own = replace(idea(), origin="playbook")
    assert (await designer.write(briefing(), request(own))).code == "x = 1"


async def test_every_change_is_handed_over_to_be_stored() -> None:
    states = list[HostState]()
    designer = host(ScriptedDesigner(), on_change=states.append)
    writing = asyncio.create_task(designer.write(briefing(), request()))
    ticket = await until_waiting(designer)
    assert states[-1].asked[0].is_shown
    designer.answer(ticket, code=CODE)
    assert states[-1].asked[0].code == CODE
    await writing


async def test_a_cancelled_write_leaves_nobody_waiting() -> None:
    designer = host(ScriptedDesigner())
    writing = asyncio.create_task(designer.write(briefing(), request()))
    await until_waiting(designer)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert not designer.is_waiting


async def test_code_is_asked_for_along_with_the_result_of_the_ideas() -> None:
    designer = host(ScriptedDesigner())
    proposing = asyncio.create_task(designer.propose(briefing(), count=5))
    ideas = [Insight("", "model_training", f"Train model {n}", "host") for n in range(3)]
    designer.answer(await until_waiting(designer), insights=ideas)
    proposal = await proposing
    needs = designer.show()
    assert [need.kind for need in needs] == ["code"] * 3 and not designer.is_waiting
    for need in needs:
        designer.answer(need.ticket, code=CODE)
    written = await designer.write(briefing(), request(proposal.insights[2]))
    assert written.code == CODE
