"""Any endpoint that speaks chat completions, by plain httpx.

A rung of the ladder that the endpoint refuses is stepped down from, and that is remembered for it
and its model. A body is read up to a size; a redirect is not followed; usage that is not told is
estimated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from sela.design.designer import Call
from sela.design.llm.chat import ModelReply, Order, Prompt, Stop
from sela.design.llm.chat_payload import Habits, payload, shape_in_words
from sela.design.llm.prices import Price, Tokens, estimate_tokens, find_price
from sela.design.llm.retries import Retries, Trouble, status_trouble, tidy
from sela.design.llm.secret import Secret
from sela.design.llm.wire import amount_at, count_at, part, text_at
from sela.design.settings import OpenAISettings
from sela.errors import DesignerError

STEP_DOWN = frozenset({400, 404, 415, 422, 501})
STOPS: Mapping[str, Stop] = {"length": "truncated", "content_filter": "refused"}
BODY_BYTES = 4_000_000
CONNECT_SECONDS = 10.0


class OpenAICompatible:
    """A ChatModel. `close` ends its connections."""

    def __init__(
        self,
        settings: OpenAISettings,
        *,
        retries: Retries | None = None,
        prices: Mapping[str, Price] | None = None,
        trust_env: bool = True,
    ) -> None:
        if not settings.base_url or not settings.model:
            raise DesignerError(
                "not_set_up", "The openai designer needs the address of an endpoint and a model."
            )
        if not settings.base_url.startswith(("http://", "https://")):
            raise DesignerError("not_set_up", f"No http(s) address: {settings.base_url!r}.")
        self._base_url = settings.base_url.rstrip("/")
        self._settings = settings
        self._key = settings.key or Secret("")
        self._retries = retries or Retries()
        self._price = find_price(settings.model, prices or {}, base_url=self._base_url)
        self._trust_env = trust_env
        self._habits = Habits(sends_temperature=settings.temperature is not None)

    @property
    def name(self) -> str:
        return self._settings.model

    def estimate_usd(self, prompt: Prompt, order: Order) -> float | None:
        if self._price is None:
            return None
        words = len(shape_in_words(order.schema))
        tokens = estimate_tokens(prompt.characters + words)
        return self._price.usd(Tokens(input=tokens, output=order.max_tokens))

    async def send(self, prompt: Prompt, order: Order) -> ModelReply:
        return await self._retries.run(lambda: self._climb_down(prompt, order), order.deadline)

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _climb_down(self, prompt: Prompt, order: Order) -> ModelReply:
        """One exchange on the highest rung that this endpoint is known to bear."""
        habits = self._habits
        while True:
            answer = await self._post(habits, prompt, order)
            if answer.status < 300:
                reply = self._reply(answer, prompt, order)
                self._habits = habits
                return reply
            message = _error_message(answer.body)
            lower = habits.give_way(message) if answer.status in STEP_DOWN else None
            if lower is None:
                raise status_trouble(answer.status, self._key.scrub(message), answer.headers.get)
            habits = lower

    async def _post(self, habits: Habits, prompt: Prompt, order: Order) -> _Answer:
        started, left = time.monotonic(), order.deadline.left_seconds
        try:
            async with (
                order.deadline.timeout(),
                self._client.stream(
                    "POST",
                    f"{self._base_url}/chat/completions",
                    json=self._payload(habits, prompt, order),
                    timeout=httpx.Timeout(left, connect=min(left, CONNECT_SECONDS)),
                ) as response,
            ):
                body = await _read_capped(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Trouble("unreachable", self._tidy(error), passes=True) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            call = self._worst_call(prompt, order, "timeout", started)
            raise Trouble("timeout", "no full reply in time", calls=(call,)) from error
        except httpx.HTTPError as error:
            call = self._worst_call(prompt, order, "cut", started)
            raise Trouble("cut", self._tidy(error), calls=(call,)) from error
        return _Answer(response.status_code, response.headers, body, time.monotonic() - started)

    def _payload(self, habits: Habits, prompt: Prompt, order: Order) -> dict[str, object]:
        settings = self._settings
        asked = payload(settings.model, settings.temperature, prompt, order, habits)
        if habits.rung == 0 and httpx.URL(self._base_url).host.endswith("openrouter.ai"):
            asked["provider"] = {"require_parameters": True}
        return asked

    def _reply(self, answer: _Answer, prompt: Prompt, order: Order) -> ModelReply:
        body = self._parsed(answer, prompt, order)
        fault = part(body, "error") or part(body, "choices", 0, "error")
        if fault is not None:
            raise self._told_trouble(fault, answer)
        finish = text_at(body, "choices", 0, "finish_reason")
        refusal = text_at(body, "choices", 0, "message", "refusal")
        stop: Stop = "refused" if refusal else STOPS.get(finish, "complete")
        text = _content(part(body, "choices", 0, "message", "content"))
        call = self._call(body, text, prompt, order, finish or stop, answer.seconds)
        return ModelReply(text, stop, (call,), tidy(refusal)[:80])

    def _parsed(self, answer: _Answer, prompt: Prompt, order: Order) -> dict[str, Any]:
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            if not answer.body.lstrip().startswith(b"{"):
                message = "the endpoint did not answer in JSON; is its address right (…/v1)?"
                raise Trouble("not_an_api", message) from error
            call = self._worst_call(prompt, order, "cut", time.monotonic() - answer.seconds)
            raise Trouble("cut", "the body is broken JSON", calls=(call,)) from error
        if not isinstance(body, dict):
            raise Trouble("not_an_api", "the endpoint's answer is not a JSON object")
        return body

    def _told_trouble(self, fault: object, answer: _Answer) -> Trouble:
        """An error that came with status 200, as OpenRouter has them."""
        message = text_at(fault, "message") or str(fault)
        status = count_at(fault, "code") or 500
        return status_trouble(
            status if status >= 300 else 500, self._key.scrub(message), answer.headers.get
        )

    def _call(
        self, body: object, text: str, prompt: Prompt, order: Order, stop: str, seconds: float
    ) -> Call:
        """What one exchange cost; tokens are estimated where the endpoint does not tell them."""
        told_input = count_at(body, "usage", "prompt_tokens")
        told_output = count_at(body, "usage", "completion_tokens")
        cached = count_at(body, "usage", "prompt_tokens_details", "cached_tokens") or 0
        sent = told_input if told_input is not None else estimate_tokens(prompt.characters)
        cached = min(cached, sent)
        tokens = Tokens(
            input=sent - cached,
            output=told_output if told_output is not None else estimate_tokens(len(text)),
            cache_read=cached,
        )
        cost = amount_at(body, "usage", "cost")  # OpenRouter and its like tell it.
        if cost is None and self._price is not None:
            cost = self._price.usd(tokens)
        return Call(
            role=order.role,
            model=self._settings.model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cost_usd=cost,
            seconds=seconds,
            stop_reason=stop,
            cache_read_tokens=tokens.cache_read,
        )

    def _worst_call(self, prompt: Prompt, order: Order, stop: str, started: float) -> Call:
        """A call whose usage was never told, counted as the most that it can have cost."""
        return Call(
            role=order.role,
            model=self._settings.model,
            input_tokens=estimate_tokens(prompt.characters),
            output_tokens=order.max_tokens,
            cost_usd=self.estimate_usd(prompt, order),
            seconds=time.monotonic() - started,
            stop_reason=stop,
        )

    def _tidy(self, error: Exception) -> str:
        return tidy(self._key.scrub(f"{type(error).__name__}: {error}"))

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self._key.reveal()}"} if self._key else {}
        return httpx.AsyncClient(headers=headers, follow_redirects=False, trust_env=self._trust_env)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float


def _content(content: object) -> str:
    """The text of a message, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(text_at(piece, "text") for piece in content)
    return content if isinstance(content, str) else ""


def _error_message(body: bytes) -> str:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return tidy(body[:300].decode("utf-8", "replace"))
    for path in (("error", "message"), ("error",), ("message",), ("detail",)):
        if text := text_at(parsed, *path):
            return text
    return tidy(str(parsed)[:300])


async def _read_capped(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > BODY_BYTES:
            raise Trouble("too_large", f"the reply is larger than {BODY_BYTES // 1_000_000} MB")
    return bytes(body)
