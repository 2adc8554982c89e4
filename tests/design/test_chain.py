"""A chain keeps a search alive, and says who stepped in and why."""

from __future__ import annotations

import pytest

from sela.design.chain import ChainDesigner
from sela.design.designer import Briefing, Call, CodeRequest, Proposal, WrittenCode
from sela.design.scripted import ScriptedDesigner
from sela.errors import BudgetError, DesignerError
from tests.design.problems import briefing, idea, repair, request

CALL = Call("code", "claude", 10, 20, 0.5, 1.0, "end_turn")


def down(reason: str = "overloaded") -> DesignerError:
    return DesignerError(reason, f"it is {reason}", (CALL,))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_the_next_steps_in_and_the_node_says_why() -> None:
    claude = ScriptedDesigner(codes=[down()], name="claude")
    chain = ChainDesigner([claude, ScriptedDesigner(codes=["x = 1"], name="playbook")])
    written = await chain.write(briefing(), request())
    assert (written.code, written.origin) == ("x = 1", "playbook")
    assert written.notes == ("claude: overloaded → playbook",)
    assert written.calls == (CALL,)


async def test_a_proposal_falls_through_two_and_keeps_all_calls() -> None:
    one = ScriptedDesigner([down("refused")], name="claude")
    two = ScriptedDesigner([down("nothing_new")], name="qwen")
    three = ScriptedDesigner([Proposal((idea(),), (CALL,))], name="playbook")
    proposal = await ChainDesigner([one, two, three]).propose(briefing(), count=3)
    assert proposal.notes == ("claude: refused → playbook", "qwen: nothing_new → playbook")
    assert len(proposal.calls) == 3


async def test_when_none_can_answer_the_first_real_trouble_is_told_with_all_calls() -> None:
    one = ScriptedDesigner([down("overloaded")], name="claude")
    two = ScriptedDesigner([down("nothing_new")], name="playbook")
    with pytest.raises(DesignerError, match="claude: it is overloaded; playbook:") as caught:
        await ChainDesigner([one, two]).propose(briefing(), count=3)
    assert (caught.value.reason, len(caught.value.calls)) == ("overloaded", 2)


class Poor:
    """A designer whose money is gone."""

    name = "claude"

    async def propose(self, briefing: Briefing, **_: object) -> Proposal:
        raise BudgetError("no money left")

    async def write(self, briefing: Briefing, request: CodeRequest) -> WrittenCode:
        raise BudgetError("no money left")


async def test_without_money_the_free_one_steps_in() -> None:
    chain = ChainDesigner([Poor(), ScriptedDesigner(codes=["x = 1"] * 9, name="playbook")])
    for _ in range(5):
        written = await chain.write(briefing(), request())
    assert written.notes == ("claude: budget → playbook",)


async def test_one_that_fails_in_a_row_rests_for_a_while_and_is_tried_again() -> None:
    clock = Clock()
    claude = ScriptedDesigner(codes=[down(), down(), "from claude"], name="claude")
    chain = ChainDesigner(
        [claude, ScriptedDesigner(codes=["x = 1"] * 9, name="playbook")],
        failures_to_open=2,
        rest_seconds=60,
        clock=clock,
    )
    notes = [(await chain.write(briefing(), request())).notes for _ in range(3)]
    assert notes[2] == ("claude: resting → playbook",)
    assert len(claude.asked) == 2
    clock.now = 61
    assert (await chain.write(briefing(), request())).code == "from claude"


async def test_a_success_in_between_forgives_what_failed_before() -> None:
    claude = ScriptedDesigner(codes=[down(), "one", down(), "two"], name="claude")
    chain = ChainDesigner(
        [claude, ScriptedDesigner(codes=["x = 1"] * 9, name="playbook")], failures_to_open=2
    )
    codes = [(await chain.write(briefing(), request())).code for _ in range(4)]
    assert codes == ["x = 1", "one", "x = 1", "two"]


async def test_a_wrong_key_opens_the_breaker_at_once() -> None:
    claude = ScriptedDesigner(codes=[down("unauthorized"), "never"], name="claude")
    chain = ChainDesigner([claude, ScriptedDesigner(codes=["x = 1"] * 2, name="playbook")])
    for _ in range(2):
        assert (await chain.write(briefing(), request())).code == "x = 1"
    assert len(claude.asked) == 1


async def test_having_nothing_new_is_no_trouble() -> None:
    claude = ScriptedDesigner([down("nothing_new")] * 5, ["fine"], name="claude")
    chain = ChainDesigner([claude, ScriptedDesigner([[idea()]] * 5, name="playbook")])
    for _ in range(5):
        await chain.propose(briefing(), count=1)
    assert (await chain.write(briefing(), request())).code == "fine"


async def test_an_insight_is_written_by_whoever_had_it_and_repaired_by_the_first() -> None:
    claude = ScriptedDesigner(codes=["mended"], name="claude")
    chain = ChainDesigner([claude, ScriptedDesigner(codes=["own"], name="playbook")])
    theirs = request(idea("fe9"))
    theirs = CodeRequest(type(theirs.insight)("fe9", "eda", "Look at gaps", "playbook"))
    assert (await chain.write(briefing(), theirs)).code == "own"
    assert claude.asked == []
    assert (await chain.write(briefing(), repair("oh"))).code == "mended"
