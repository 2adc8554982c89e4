"""Claude behind the real SDK, against a loopback Messages API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import pytest

from sela.design.llm.anthropic import Claude
from sela.design.llm.budget import Budget
from sela.design.llm.retries import Retries
from sela.design.llm.secret import Secret
from sela.design.model_designer import Manner, ModelDesigner
from sela.design.settings import AnthropicSettings
from sela.design.stages import CONTRACT, check_source
from sela.errors import BudgetError, DesignerError
from tests.design import messages_server as api
from tests.design.loopback import Loopback, Reply, serving
from tests.design.problems import CODE, briefing, idea, repair, request

pytestmark = pytest.mark.usefixtures("loaded_sdk")
KEY = "sk-ant-secret-0123"
GOOD = {"plan": "Take the ratio.", "code": CODE}
INSIGHTS = {
    "insights": [
        {"stage": "feature_engineering", "text": "Add the ratio of income to age"},
        {"stage": "model_training", "text": "Train LightGBM with 400 trees", "cost": "l"},
    ]
}


@dataclass
class Scene:
    server: Loopback
    designer: ModelDesigner
    budget: Budget


@asynccontextmanager
async def scene(
    *replies: Reply, seconds: float = 5.0, limit_usd: float | None = None, retries: int = 3
) -> AsyncIterator[Scene]:
    async with serving(*replies) as server:
        settings = AnthropicSettings(key=Secret(KEY), base_url=server.url)
        claude = Claude(settings, retries=Retries(retries, 0.01), trust_env=False)
        budget = Budget(limit_usd)
        manner = Manner(CONTRACT, check_source, seconds=seconds)
        try:
            yield Scene(server, ModelDesigner(claude, manner, budget), budget)
        finally:
            await claude.close()


async def failure(*replies: Reply, seconds: float = 5.0, retries: int = 3) -> DesignerError:
    """The error of writing one stage, its cost counted in the budget to the cent."""
    async with scene(*replies, seconds=seconds, retries=retries) as s:
        started = monotonic()
        with pytest.raises(DesignerError) as caught:
            await s.designer.write(briefing(), request())
        assert monotonic() - started < seconds + 3.0
        spent = sum(call.cost_usd or 0.0 for call in caught.value.calls)
        assert s.budget.spent_usd == pytest.approx(spent)
        return caught.value


async def test_one_call_gives_plan_and_code_with_its_price() -> None:
    async with scene(api.said(GOOD)) as s:
        written = await s.designer.write(briefing(), request())
    assert (written.code, written.plan, written.origin) == (
        CODE,
        "Take the ratio.",
        "claude-sonnet-5-5",
    )
    [call] = written.calls
    assert (call.role, call.input_tokens, call.cache_read_tokens) == ("code", 1000, 6000)
    assert (call.output_tokens, call.stop_reason) == (200, "end_turn")
    assert call.cost_usd == pytest.approx(api.COST)
    assert s.budget.spent_usd == pytest.approx(api.COST)


async def test_one_call_gives_insights_for_all_stages_without_those_that_are_known() -> None:
    async with scene(api.said(INSIGHTS)) as s:
        proposal = await s.designer.propose(briefing(idea()), count=5)
    assert [(i.id, i.stage, i.cost) for i in proposal.insights] == [("mt1", "model_training", "l")]
    assert "says the same as fe1" in proposal.notes[0]
    assert len(s.server.received) == 1


async def test_having_nothing_new_is_told_with_what_it_cost() -> None:
    async with scene(api.said({"insights": []})) as s:
        with pytest.raises(DesignerError, match="no new idea") as caught:
            await s.designer.propose(briefing(), count=5)
    assert (caught.value.reason, len(caught.value.calls)) == ("nothing_new", 1)


async def test_the_request_is_what_the_current_api_wants() -> None:
    async with scene(api.said(GOOD)) as s:
        await s.designer.write(briefing(), request())
        await s.designer.write(briefing(), repair("no such column"))
    code, mend = s.server.received
    assert code.headers["authorization"] == f"Bearer {KEY}"
    assert not {"temperature", "top_p", "top_k", "tool_choice", "tools"} & set(code.body)
    assert code.body["output_config"]["effort"] == "medium"
    assert mend.body["output_config"]["effort"] == "low"
    assert code.body["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert (code.body["model"], mend.body["model"]) == ("claude-sonnet-5-5", "claude-haiku-5-5")


async def test_the_stable_prefix_is_cached_and_its_bytes_never_change() -> None:
    async with scene(api.said(INSIGHTS), api.said(GOOD)) as s:
        await s.designer.propose(briefing(), count=5)
        await s.designer.write(briefing(idea(), idea("fe2", "Log of income")), request())
        await s.designer.write(briefing(), repair("no such column"))
    prefixes = set[str]()
    for received in s.server.received:
        first, second = received.body["messages"][0]["content"]
        assert first["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
        assert "cache_control" not in second
        prefixes.add(json.dumps([received.body["system"], first]))
    assert len(prefixes) == 1


async def test_a_429_is_waited_out_as_long_as_it_asks() -> None:
    busy = api.failing(429, "rate_limit_error", {"retry-after-ms": "80"})
    async with scene(busy, api.said(GOOD)) as s:
        started = monotonic()
        written = await s.designer.write(briefing(), request())
    assert monotonic() - started >= 0.08
    assert len(written.calls) == 1


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    busy = api.failing(429, "rate_limit_error", {"retry-after": "3600"})
    started = monotonic()
    error = await failure(busy, seconds=2.0)
    assert monotonic() - started < 1.8
    assert (error.reason, error.calls) == ("rate_limited", ())


async def test_429_for_ever_ends_as_rate_limited_and_costs_nothing() -> None:
    error = await failure(api.failing(429, "rate_limit_error"))
    assert (error.reason, error.calls) == ("rate_limited", ())


async def test_529_for_ever_ends_as_overloaded() -> None:
    assert (await failure(api.failing(529, "overloaded_error"))).reason == "overloaded"


async def test_an_overload_is_tried_again() -> None:
    async with scene(api.failing(529, "overloaded_error"), api.said(GOOD)) as s:
        assert (await s.designer.write(briefing(), request())).code == CODE


async def test_an_overload_in_the_middle_of_a_stream_is_counted() -> None:
    error = await failure(api.failing_midway())
    assert (error.reason, len(error.calls)) == ("overloaded", 1)
    assert error.calls[0].input_tokens == 1000


async def test_a_silent_server_ends_at_our_own_deadline() -> None:
    silent = Reply(200, (b"x",), wait_seconds=30.0)
    error = await failure(silent, seconds=0.4)
    assert (error.reason, error.calls) == ("timeout", ())


async def test_a_dripping_stream_ends_at_our_own_deadline_and_is_counted() -> None:
    error = await failure(api.dripping(0.12), seconds=0.5)
    assert error.reason == "timeout"
    assert error.calls[0].input_tokens == 1000


@pytest.mark.parametrize("framing", ["chunked", "close"])
async def test_a_cut_stream_is_tried_once_more_and_both_are_counted(framing: str) -> None:
    async with scene(api.cut(framing=framing), api.said(GOOD)) as s:
        written = await s.designer.write(briefing(), request())
    assert [call.stop_reason for call in written.calls] == ["cut", "end_turn"]
    assert written.calls[0].input_tokens == 1000
    assert s.budget.spent_usd > api.COST


async def test_streams_that_are_cut_every_time_end_as_cut() -> None:
    error = await failure(api.cut(framing="chunked"))
    assert (error.reason, len(error.calls)) == ("cut", 2)


async def test_malformed_json_is_asked_for_again_with_the_complaint() -> None:
    async with scene(api.said("{'plan': oops"), api.said(GOOD)) as s:
        written = await s.designer.write(briefing(), request())
    assert len(written.calls) == 2
    bad, complaint = s.server.received[1].body["messages"][1:]
    assert bad == {"role": "assistant", "content": "{'plan': oops"}
    assert "does not fit" in complaint["content"]


async def test_a_wrong_schema_twice_ends_as_malformed_with_both_calls() -> None:
    error = await failure(api.said({"plan": "no code"}))
    assert (error.reason, len(error.calls)) == ("malformed", 2)
    assert "code" in str(error)


async def test_a_truncated_reply_is_asked_for_once_with_twice_the_tokens() -> None:
    async with scene(api.said('{"plan": "', stop="max_tokens"), api.said(GOOD)) as s:
        written = await s.designer.write(briefing(), request())
    assert [r.body["max_tokens"] for r in s.server.received] == [8000, 16000]
    assert [call.stop_reason for call in written.calls] == ["max_tokens", "end_turn"]


async def test_a_reply_truncated_twice_ends_as_truncated() -> None:
    error = await failure(api.said("{", stop="max_tokens"))
    assert (error.reason, len(error.calls)) == ("truncated", 2)


@pytest.mark.parametrize("category", ["frontier_llm", "cyber"])
async def test_a_refusal_is_told_by_its_category_and_not_asked_again(category: str) -> None:
    error = await failure(api.refused(category))
    assert (error.reason, len(error.calls)) == ("refused", 1)
    assert category in str(error)


async def test_a_wrong_key_is_told_at_once_without_showing_it() -> None:
    async with scene(api.failing(401, f"authentication_error for {KEY}")) as s:
        with pytest.raises(DesignerError) as caught:
            await s.designer.write(briefing(), request())
    assert (caught.value.reason, len(s.server.received)) == ("unauthorized", 1)
    assert KEY not in str(caught.value)


async def test_an_effort_that_a_model_does_not_know_is_left_out_from_then_on() -> None:
    refusal = api.failing(400, "output_config.effort: not supported by this model")
    async with scene(refusal, api.said(GOOD)) as s:
        await s.designer.write(briefing(), request())
        await s.designer.write(briefing(), request())
    efforts = ["effort" in r.body["output_config"] for r in s.server.received]
    assert efforts == [True, False, False]


async def test_an_empty_reply_is_asked_for_once_more() -> None:
    error = await failure(api.said(""))
    assert (error.reason, len(error.calls)) == ("empty", 2)


async def test_a_page_instead_of_a_stream_is_no_success() -> None:
    assert (await failure(api.html(), retries=1)).reason == "cut"


async def test_a_redirect_is_not_followed() -> None:
    away = Reply(307, (), {"location": "http://127.0.0.1:9/steal"})
    error = await failure(away)
    assert error.reason == "redirected"


async def test_an_endless_reply_is_broken_off() -> None:
    error = await failure(api.said("x" * 900_000))
    assert (error.reason, len(error.calls)) == ("too_large", 1)


async def test_a_dead_address_ends_as_unreachable() -> None:
    settings = AnthropicSettings(key=Secret(KEY), base_url="http://127.0.0.1:9")
    claude = Claude(settings, retries=Retries(1, 0.01), trust_env=False)
    designer = ModelDesigner(claude, Manner(CONTRACT, check_source, seconds=3), Budget())
    with pytest.raises(DesignerError) as caught:
        await designer.write(briefing(), request())
    assert caught.value.reason == "unreachable"


async def test_code_that_breaks_the_contract_is_asked_for_once_more() -> None:
    faulty = {"plan": "", "code": "import os\n\ndef build(profile):\n    return os"}
    async with scene(api.said(faulty), api.said(GOOD)) as s:
        written = await s.designer.write(briefing(), request())
    assert (written.code, len(written.calls)) == (CODE, 2)
    assert "imports os" in s.server.received[1].body["messages"][-1]["content"]


async def test_code_that_breaks_the_contract_twice_ends_as_static_check() -> None:
    error = await failure(api.said({"code": "x = 1"}))
    assert (error.reason, len(error.calls)) == ("static_check", 2)


async def test_a_call_that_cannot_be_afforded_is_not_made() -> None:
    async with scene(api.said(GOOD), limit_usd=0.01) as s:
        with pytest.raises(BudgetError, match="max_usd"):
            await s.designer.write(briefing(), request())
    assert s.server.received == []


async def test_a_second_attempt_that_cannot_be_afforded_ends_with_the_first_failure() -> None:
    async with scene(api.said("nonsense"), limit_usd=0.0) as s:
        with pytest.raises(BudgetError, match=r"may cost \$") as dear:
            await s.designer.write(briefing(), request())
        s.budget.limit_usd = float(str(dear.value).split("$")[1].split()[0]) + 0.001
        with pytest.raises(DesignerError) as caught:
            await s.designer.write(briefing(), request())
    assert (caught.value.reason, len(caught.value.calls)) == ("malformed", 1)
    assert len(s.server.received) == 1
