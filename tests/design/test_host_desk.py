"""Needs and tickets: what the host is asked, and what its answers lead to."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from sela.design.host import HostDesk, HostState
from sela.design.insight import Insight
from sela.design.stages import check_source
from sela.errors import NotFoundError, RequestError
from tests.design.problems import CODE, briefing, column, idea, profile, repair, request
from tests.design.test_prompts import FENCE, HOSTILE, outside

BAD = "import os\n\ndef build(profile):\n    return os"


def desk(state: HostState | None = None) -> HostDesk:
    return HostDesk("churn-7f", check_source, state)


def given(text: str, code: str | None = None) -> Insight:
    return Insight("", "model_training", text, "host", code=code)


def test_the_first_need_alone_carries_the_contract() -> None:
    own = desk()
    own.ask_insights(briefing(), count=6)
    own.ask_code(briefing(), request())
    first, second = own.show()
    assert (first.kind, first.ticket) == ("insights", "churn-7f-ideas-1")
    assert (second.kind, second.ticket) == ("code", "churn-7f-fe1-2")
    assert "build(profile, estimator)" in (first.contract or "") and second.contract is None


def test_what_is_open_is_not_asked_twice() -> None:
    own = desk()
    one, two = (own.ask_code(briefing(), request()) for _ in range(2))
    assert one.ticket == two.ticket
    assert own.ask_insights(briefing(), count=1) == own.ask_insights(briefing(), count=1)


def test_code_closes_its_ticket_and_a_fence_around_it_is_taken_off() -> None:
    own = desk()
    ticket = own.ask_code(briefing(), request()).ticket
    accepted = own.answer(ticket, code=f"```python\n{CODE}```")
    assert (accepted.asked.outcome, accepted.asked.code) == ("answered", CODE)
    assert own.open == ()


def test_the_same_ticket_again_gives_the_first_result() -> None:
    own = desk()
    ticket = own.ask_code(briefing(), request()).ticket
    first = own.answer(ticket, code=CODE)
    again = own.answer(ticket, code="something else")
    assert again.is_repeat and again.asked == first.asked


def test_a_stale_or_unknown_ticket_is_told_the_right_one() -> None:
    own = desk()
    stale = own.ask_code(briefing(), request()).ticket
    own.show()
    own.expire()
    fresh = own.ask_code(briefing(), request(idea("fe2", "Log of income"))).ticket
    for wrong in (stale, "churn-7f-fe9-99", "x" * 5000):
        with pytest.raises(NotFoundError, match=rf"Waiting for an answer: {fresh} \(code\)") as e:
            own.answer(wrong, code=CODE)
        assert len(str(e.value)) < 400


def test_an_answer_of_the_wrong_kind_is_told_the_right_shape() -> None:
    own = desk()
    ideas = own.ask_insights(briefing(), count=3).ticket
    code = own.ask_code(briefing(), request()).ticket
    with pytest.raises(RequestError, match=r"insights: \[\{stage, text, code\?\}\]"):
        own.answer(ideas, code=CODE)
    with pytest.raises(RequestError, match=r"\{ticket, code\}"):
        own.answer(code, insights=[given("An idea without code")])


def test_code_in_the_shape_of_an_insight_is_taken_for_code() -> None:
    own = desk()
    ticket = own.ask_code(briefing(), request()).ticket
    assert own.answer(ticket, insights=[given("mine", CODE)]).asked.code == CODE


def test_code_that_cannot_run_is_asked_for_twice_more_and_then_given_up() -> None:
    own = desk()
    ticket = first = own.ask_code(briefing(), request()).ticket
    kinds = list[str]()
    for _ in range(3):
        assert "imports os" in own.answer(ticket, code=BAD).problem
        kinds.append(own.find(first).kind)
        ticket = own.find(first).ticket
    assert kinds == ["repair"] * 3
    assert own.open == () and own.find(first).outcome == "expired"


def test_code_that_is_mended_closes_the_first_ticket_too() -> None:
    own = desk()
    first = own.ask_code(briefing(), request()).ticket
    own.answer(first, code=BAD)
    own.answer(own.find(first).ticket, code=CODE)
    assert own.find(first).code == CODE


def test_insights_keep_good_code_and_lose_bad_code() -> None:
    own = desk()
    ticket = own.ask_insights(briefing(), count=3).ticket
    accepted = own.answer(ticket, insights=[given("Train a forest", CODE), given("Boost", BAD)])
    assert [i.code for i in accepted.asked.insights] == [CODE, None]
    assert "imports os" in accepted.problem


def test_only_what_was_shown_expires() -> None:
    own = desk()
    own.ask_code(briefing(), request())
    own.show()
    later = own.ask_code(briefing(), request(idea("fe2", "Log of income"))).ticket
    assert [asked.insight_id for asked in own.expire()] == ["fe1"]
    assert [asked.ticket for asked in own.open] == [later]


def test_a_sibling_written_ahead_is_not_asked_for_again() -> None:
    pool = [idea("fe1"), idea("fe2", "Log of income")]
    own = desk()
    own.ask_code(briefing(*pool), request(pool[0]))
    own.ask_ahead(pool, 3)
    own.answer(own.open[1].ticket, code=CODE)
    assert own.ask_code(briefing(*pool), request(pool[1])).code == CODE


def test_a_repair_does_not_tell_the_host_a_cell_that_the_error_quotes() -> None:
    own = desk()
    context = own.ask_code(briefing(), repair("cannot convert 'Smith' in 'income'")).context
    assert "Smith" not in context and "'income'" in context


def test_each_failure_of_an_insight_is_a_need_of_its_own() -> None:
    own = desk()
    tickets = {own.ask_code(briefing(), repair("one", code=c)).ticket for c in ("a", "b", "a")}
    assert len(tickets) == 2


def test_the_state_survives_a_restart_with_open_and_unused_answers() -> None:
    own = desk()
    ideas = own.ask_insights(briefing(), count=3).ticket
    own.answer(ideas, insights=[given("Train a forest", CODE)])
    code = own.ask_code(briefing(), request()).ticket
    restored = desk(HostState.from_json(own.state.to_json()))
    assert restored.state == own.state
    assert restored.ask_insights(briefing(), count=3).insights[0].text == "Train a forest"
    assert restored.ask_code(briefing(), request()).ticket == code


def test_ideas_that_reached_the_pool_are_not_handed_out_again() -> None:
    own = desk()
    first = own.ask_insights(briefing(), count=3).ticket
    own.answer(first, insights=[given("Train a forest")])
    pool = replace(given("Train a forest"), id="mt1")
    assert own.ask_insights(briefing(pool), count=3).ticket != first


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_fence_and_needs_stay_small(text: str) -> None:
    def contexts(told: str) -> list[str]:
        own = desk()
        table = profile(*(column(f"{told}{i}" if told else f"c{i}") for i in range(300)))
        bad = Insight("fe1", "feature_engineering", told, "host", code=told)
        own.ask_insights(briefing(bad, table=table, description=told), count=5)
        own.ask_code(briefing(), request(bad, path=(bad, bad)))
        own.ask_code(briefing(), replace(repair(told, traceback=told * 9), insight=bad))
        needs = own.show(10_000)
        assert sum(need.characters for need in needs) <= 4_200
        return [need.context for need in needs]

    for hostile, plain in zip(contexts(text), contexts("plain"), strict=True):
        assert outside(hostile) == outside(plain)
        for block in FENCE.findall(hostile):
            json.loads(block)


def test_needs_of_one_answer_stay_below_their_limit() -> None:
    own = desk()
    own.ask_insights(briefing(), count=9)
    for number in range(9):
        own.ask_code(briefing(), request(idea(f"fe{number}", f"Idea {number} " + "long " * 60)))
    shown = own.show()
    sizes = [len(json.dumps(vars(need))) for need in shown]
    assert 2 <= len(shown) < 10 and sum(sizes) < 3_300
    assert re.fullmatch(r"churn-7f-\w+-\d+", shown[-1].ticket)


def test_what_is_closed_keeps_no_text_and_code_no_longer_than_the_pool_lacks_it() -> None:
    own = desk()
    ticket = own.ask_code(briefing(), request()).ticket
    own.answer(ticket, code=CODE)
    assert own.find(ticket).context == "" and own.find(ticket).code == CODE
    own.ask_insights(briefing(replace(idea(), code=CODE)), count=3)
    assert own.find(ticket).code is None
    assert own.answer(ticket, code=CODE).is_repeat


def test_no_more_is_asked_ahead_than_may_be_open_and_nothing_twice() -> None:
    pool = [idea(f"fe{n}", f"Idea number {n}") for n in range(1, 6)]
    own = desk()
    own.ask_ahead(pool, 2)
    own.ask_ahead(pool, 2)
    assert [asked.insight_id for asked in own.open] == ["fe1", "fe2"]
    own.show()
    own.expire()
    own.ask_ahead(pool, 2)
    assert [asked.insight_id for asked in own.open] == ["fe3", "fe4"]


def test_an_id_that_came_to_mean_another_idea_does_not_get_its_code() -> None:
    own = desk()
    own.ask_ahead([idea("fe1", "Log of income")], 1)
    own.answer(own.open[0].ticket, code=CODE)
    assert own.ask_code(briefing(), request(idea("fe1", "Square of age"))).code is None
