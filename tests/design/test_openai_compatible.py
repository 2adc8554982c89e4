"""Chat completions behind real httpx, against a loopback endpoint with its quirks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import pytest

from sela.design.llm.budget import Budget
from sela.design.llm.openai_compatible import OpenAICompatible
from sela.design.llm.prices import Price
from sela.design.llm.retries import Retries
from sela.design.llm.secret import Secret
from sela.design.model_designer import Manner, ModelDesigner
from sela.design.settings import OpenAISettings
from sela.design.stages import CONTRACT, check_source
from sela.errors import BudgetError, DesignerError
from tests.design import chat_server as api
from tests.design.loopback import Loopback, Reply, serving
from tests.design.problems import CODE, briefing, request

GOOD = {"plan": "Take the ratio.", "code": CODE}
PRICES = {"qwen": Price(1.0, 2.0, source="a test")}
COST = (api.INPUT_TOKENS * 1.0 + api.OUTPUT_TOKENS * 2.0) / 1e6


@dataclass
class Scene:
    server: Loopback
    designer: ModelDesigner
    budget: Budget


@asynccontextmanager
async def scene(
    *replies: Reply,
    seconds: float = 5.0,
    prices: Mapping[str, Price] = PRICES,
    limit_usd: float | None = None,
    key: str | None = None,
    temperature: float | None = None,
    retries: int = 3,
) -> AsyncIterator[Scene]:
    async with serving(*replies) as server:
        settings = OpenAISettings(
            f"{server.url}/v1", "qwen", Secret(key) if key else None, temperature
        )
        model = OpenAICompatible(
            settings, retries=Retries(retries, 0.01), prices=prices, trust_env=False
        )
        budget = Budget(limit_usd)
        manner = Manner(CONTRACT, check_source, seconds=seconds)
        try:
            yield Scene(server, ModelDesigner(model, manner, budget), budget)
        finally:
            await model.close()


async def failure(*replies: Reply, seconds: float = 5.0, key: str | None = None) -> DesignerError:
    """The error of writing one stage, its cost counted in the budget to the cent."""
    async with scene(*replies, seconds=seconds, key=key) as s:
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
    assert (written.code, written.plan, written.origin) == (CODE, "Take the ratio.", "qwen")
    assert written.calls[0].cost_usd == pytest.approx(COST)
    assert (written.calls[0].input_tokens, written.calls[0].stop_reason) == (900, "stop")


async def test_a_local_endpoint_needs_no_key_and_is_free() -> None:
    async with scene(api.said(GOOD), prices={}, limit_usd=0.0) as s:
        written = await s.designer.write(briefing(), request())
    [received] = s.server.received
    assert "authorization" not in received.headers
    assert not {"temperature", "seed", "n", "tools"} & set(received.body)
    assert written.calls[0].cost_usd == 0.0


async def test_the_price_that_the_endpoint_tells_is_taken() -> None:
    told = api.said(GOOD, usage={**api.USAGE, "cost": 0.0125})
    async with scene(told, prices={}) as s:
        written = await s.designer.write(briefing(), request())
    assert written.calls[0].cost_usd == 0.0125


@pytest.mark.parametrize("cost", [-5, "free", True, float("nan")])
async def test_a_price_that_is_none_is_not_taken(cost: object) -> None:
    async with scene(api.said(GOOD, usage={**api.USAGE, "cost": cost})) as s:
        written = await s.designer.write(briefing(), request())
    assert written.calls[0].cost_usd == pytest.approx(COST)


async def test_without_usage_the_tokens_are_estimated() -> None:
    async with scene(api.said(GOOD, usage=None)) as s:
        written = await s.designer.write(briefing(), request())
    assert written.calls[0].input_tokens > 1000
    assert (written.calls[0].cost_usd or 0) > 0


async def test_it_steps_down_the_ladder_and_remembers_where_it_stands() -> None:
    no_schema = api.failing(400, "response_format json_schema is not supported")
    no_object = api.failing(422, "'response_format.type' must be 'text'")
    async with scene(no_schema, no_object, api.said(GOOD)) as s:
        await s.designer.write(briefing(), request())
        await s.designer.write(briefing(), request())
    formats = [r.body.get("response_format", {}).get("type") for r in s.server.received]
    assert formats == ["json_schema", "json_object", None, None]


async def test_the_schema_and_an_example_are_always_in_the_words() -> None:
    async with scene(api.said(GOOD)) as s:
        await s.designer.write(briefing(), request())
    asked = s.server.received[0].body["messages"][-1]["content"]
    assert "JSON schema" in asked and '"plan"' in asked


async def test_a_temperature_that_is_refused_is_left_out() -> None:
    refusal = api.failing(400, "Unsupported value: 'temperature' does not support 0.2")
    async with scene(refusal, api.said(GOOD), temperature=0.2) as s:
        await s.designer.write(briefing(), request())
    first, second = s.server.received
    assert first.body["temperature"] == 0.2
    assert "temperature" not in second.body
    assert second.body["response_format"]["type"] == "json_schema"


async def test_a_limit_that_has_another_name_is_given_by_it() -> None:
    refusal = api.failing(400, "Use 'max_completion_tokens' instead of 'max_tokens'")
    async with scene(refusal, api.said(GOOD)) as s:
        await s.designer.write(briefing(), request())
    assert "max_tokens" not in s.server.received[1].body
    assert s.server.received[1].body["max_completion_tokens"] == 8000


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{json.dumps({'code': 'draft = 1'})}?</think>\n{json.dumps(GOOD)}",
        f"Here you are:\n```json\n{json.dumps(GOOD)}\n```\nGood luck!",
        f"Sure! {json.dumps(GOOD)} That is it.",
        f"Take the ratio.\n```python\n{CODE}```\n",
        json.dumps(GOOD).replace("\\n", "\n"),
    ],
    ids=["thoughts", "fence", "prose", "python", "raw newlines"],
)
async def test_a_reply_is_found_amid_what_surrounds_it(text: str) -> None:
    async with scene(api.said(text)) as s:
        written = await s.designer.write(briefing(), request())
    assert written.code == CODE
    assert written.plan == "Take the ratio."


async def test_a_429_is_waited_out() -> None:
    busy = api.failing(429, "slow down", {"retry-after": "0.08"})
    async with scene(busy, api.said(GOOD)) as s:
        started = monotonic()
        await s.designer.write(briefing(), request())
    assert monotonic() - started >= 0.08


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    started = monotonic()
    error = await failure(api.failing(429, "later", {"retry-after": "3600"}))
    assert monotonic() - started < 4.0
    assert error.reason == "rate_limited"


@pytest.mark.parametrize(
    ("reply", "reason", "calls"),
    [
        (api.failing(429, "slow down"), "rate_limited", 0),
        (api.failing(529, "overloaded"), "overloaded", 0),
        (api.failing(503, "loading model"), "overloaded", 0),
        (api.failing(500, "boom"), "server_error", 0),
        (api.failing(401, "who are you"), "unauthorized", 0),
        (api.failing(402, "add credit"), "no_credit", 0),
        (api.failing(404, "model not found"), "not_found", 0),
        (api.failing(400, "no"), "rejected", 0),
        (api.answered({"error": {"message": "down", "code": 503}}), "overloaded", 0),
        (api.answered({"choices": [{"error": {"code": 502}}]}), "server_error", 0),
        (api.answered({"error": "something"}), "server_error", 0),
        (Reply(200, (b"<html>hi</html>",), {"content-type": "text/html"}), "not_an_api", 0),
        (api.answered([1, 2]), "not_an_api", 0),
        (Reply(302, (), {"location": "http://127.0.0.1:9/"}), "redirected", 0),
        (api.huge(), "too_large", 0),
        (api.said(GOOD, finish="length"), "truncated", 2),
        (api.said(GOOD, finish="content_filter"), "refused", 1),
        (api.said(None, refusal="I cannot help with that"), "refused", 1),
        (api.said("   \n  "), "empty", 2),
        (api.said(None), "empty", 2),
        (api.answered({"choices": []}), "empty", 2),
        (api.said("no JSON today"), "malformed", 2),
        (api.said({"plan": "no code"}), "malformed", 2),
        (api.said({"plan": 3, "code": ["x"]}), "malformed", 2),
        (api.said({"code": "x = 1"}), "static_check", 2),
        (api.cut(framing="chunked"), "cut", 2),
        (api.cut(framing="length"), "cut", 2),
        (api.broken_body(), "cut", 2),
    ],
)  # fmt: skip
async def test_every_failure_has_its_reason_and_its_calls(
    reply: Reply, reason: str, calls: int
) -> None:
    error = await failure(reply)
    assert (error.reason, len(error.calls)) == (reason, calls)


async def test_a_body_cut_by_closing_is_noticed() -> None:
    assert (await failure(api.cut(framing="close"))).reason == "cut"


async def test_a_silent_endpoint_ends_at_our_own_deadline_and_counts_the_worst() -> None:
    error = await failure(api.silent(30.0), seconds=0.4)
    assert error.reason == "timeout"
    assert (error.calls[0].cost_usd or 0) >= 8000 * 2.0 / 1e6


async def test_a_dripping_body_ends_at_our_own_deadline() -> None:
    assert (await failure(api.dripping(0.05), seconds=0.4)).reason == "timeout"


async def test_a_dead_address_ends_as_unreachable() -> None:
    settings = OpenAISettings("http://127.0.0.1:9/v1", "qwen")
    model = OpenAICompatible(settings, retries=Retries(1, 0.01), trust_env=False)
    designer = ModelDesigner(model, Manner(CONTRACT, check_source, seconds=3), Budget())
    with pytest.raises(DesignerError) as caught:
        await designer.write(briefing(), request())
    assert (caught.value.reason, caught.value.calls) == ("unreachable", ())


async def test_a_key_that_the_endpoint_echoes_is_not_shown() -> None:
    error = await failure(api.failing(401, "Incorrect key: sk-or-777"), key="sk-or-777")
    assert "sk-or-777" not in str(error)


async def test_a_limit_of_money_is_not_kept_with_an_unknown_price() -> None:
    model = OpenAICompatible(OpenAISettings("https://models.example.org/v1", "mystery"))
    designer = ModelDesigner(model, Manner(CONTRACT, check_source), Budget(1.0))
    with pytest.raises(BudgetError, match="price of mystery is unknown"):
        await designer.write(briefing(), request())


async def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(DesignerError, match="address"):
        OpenAICompatible(OpenAISettings("localhost:11434/v1", "qwen"))
