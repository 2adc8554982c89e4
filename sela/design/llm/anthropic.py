"""Claude over the Messages API: the only file that knows the SDK, imported when it first calls.

Streams, so that the tokens of a cut call are known. Success is stop_reason end_turn alone: the
SDK reports a cut stream without an error and a refusal with an empty message.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import BaseModel

from sela.design.designer import Call
from sela.design.llm.chat import ModelReply, Order, Prompt, Stop
from sela.design.llm.prices import Price, Tokens, estimate_tokens, find_price
from sela.design.llm.retries import Retries, Trouble, status_trouble, tidy
from sela.design.llm.wire import count_at, part, text_at
from sela.design.settings import AnthropicSettings
from sela.errors import DesignerError

if TYPE_CHECKING:
    from anthropic import APIStatusError, AsyncAnthropic
    from anthropic.types import MessageParam, OutputConfigParam, TextBlockParam

STOPS: Mapping[str, Stop] = {
    "end_turn": "complete",
    "max_tokens": "truncated",
    "model_context_window_exceeded": "truncated",
    "refusal": "refused",
}
STREAMED_ERRORS = {"overloaded_error": 529, "rate_limit_error": 429, "api_error": 500}
CONNECT_SECONDS = 10.0
REPLY_CHARACTERS = 400_000


class Claude:
    """A ChatModel. `close` ends its connections."""

    def __init__(
        self,
        settings: AnthropicSettings,
        *,
        retries: Retries | None = None,
        prices: Mapping[str, Price] | None = None,
        trust_env: bool = True,
    ) -> None:
        if not settings.key:
            raise DesignerError("unauthorized", "No key for Claude: set one in the environment.")
        self._settings = settings
        self._key = settings.key
        self._retries = retries or Retries()
        self._prices = prices or {}
        self._trust_env = trust_env
        self._without_effort: frozenset[str] = frozenset()
        """Models that were found to know no effort."""

    @property
    def name(self) -> str:
        return self._settings.model

    def estimate_usd(self, prompt: Prompt, order: Order) -> float | None:
        price = find_price(self._model(order), self._prices, base_url=self._settings.base_url)
        schema = len(json.dumps(order.schema.model_json_schema()))
        tokens = estimate_tokens(prompt.characters + schema)
        worst = Tokens(cache_write_1h=tokens, output=order.max_tokens)
        return None if price is None else price.usd(worst)

    async def send(self, prompt: Prompt, order: Order) -> ModelReply:
        try:
            return await self._retries.run(lambda: self._attempt(prompt, order), order.deadline)
        except DesignerError as error:
            model = self._model(order)
            is_about_effort = error.reason == "rejected" and "effort" in str(error)
            if not is_about_effort or model in self._without_effort:
                raise
            self._without_effort |= {model}
        return await self.send(prompt, order)

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.close()

    async def _attempt(self, prompt: Prompt, order: Order) -> ModelReply:
        await asyncio.to_thread(importlib.import_module, "anthropic")
        seen, started = _Seen(), time.monotonic()
        try:
            async with self._translated():
                await self._read(prompt, order, seen)
            stop = STOPS.get(seen.stop or "")
            if stop is None:
                raise Trouble("cut", f"the stream ended with stop_reason {seen.stop}", passes=True)
        except Trouble as trouble:
            seen.stop = trouble.reason
            if seen.has_begun:
                trouble.calls = (self._call(order, seen, started),)
            raise
        call = self._call(order, seen, started)
        return ModelReply("".join(seen.texts), stop, (call,), seen.refusal)

    async def _read(self, prompt: Prompt, order: Order, seen: _Seen) -> None:
        import httpx2

        left = order.deadline.left_seconds
        async with order.deadline.timeout():
            events = await self._client.messages.create(
                model=self._model(order),
                max_tokens=order.max_tokens,
                system=[{"type": "text", "text": prompt.rules}],
                messages=_messages(prompt, self._settings.cache_ttl),
                output_config=self._output_config(order),
                timeout=httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS)),
                stream=True,
            )
            async with events:
                async for event in events:
                    seen.take(event.to_dict())

    @asynccontextmanager
    async def _translated(self) -> AsyncGenerator[None]:
        """Every way in which the SDK is known to fail, as a Trouble."""
        import anthropic
        import httpx2

        try:
            yield
        except anthropic.APIStatusError as error:
            raise self._status_trouble(error) from error
        except (TimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException) as error:
            raise Trouble("timeout", f"no full reply in time ({type(error).__name__})") from error
        except anthropic.APIConnectionError as error:
            raise Trouble("unreachable", self._tidy(error), passes=True) from error
        except (anthropic.APIError, httpx2.HTTPError, json.JSONDecodeError) as error:
            raise Trouble("cut", self._tidy(error), passes=True) from error

    def _status_trouble(self, error: APIStatusError) -> Trouble:
        kind = text_at(error.body, "error", "type") or text_at(error.body, "type")
        status = error.status_code if error.status_code >= 300 else STREAMED_ERRORS.get(kind, 500)
        message = text_at(error.body, "error", "message") or str(error)
        return status_trouble(status, self._key.scrub(message), error.response.headers.get)

    def _tidy(self, error: Exception) -> str:
        return tidy(self._key.scrub(f"{type(error).__name__}: {error}"))

    def _model(self, order: Order) -> str:
        own = self._settings.repair_model if order.role == "repair" else None
        return own or self._settings.model

    def _output_config(self, order: Order) -> OutputConfigParam:
        is_known = self._model(order) not in self._without_effort
        effort = self._settings.effort.get(order.role) if is_known else None
        config: OutputConfigParam = {
            "format": {"type": "json_schema", "schema": _schema(order.schema)}
        }
        if effort is not None:
            config["effort"] = effort
        return config

    def _call(self, order: Order, seen: _Seen, started: float) -> Call:
        model, tokens = self._model(order), seen.tokens
        price = find_price(model, self._prices, base_url=self._settings.base_url)
        return Call(
            role=order.role,
            model=model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cost_usd=None if price is None else price.usd(tokens),
            seconds=time.monotonic() - started,
            stop_reason=seen.stop or "",
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write_5m + tokens.cache_write_1h,
        )

    @cached_property
    def _client(self) -> AsyncAnthropic:
        import httpx2
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(
            api_key=self._key.reveal(),
            base_url=self._settings.base_url,
            max_retries=0,
            http_client=httpx2.AsyncClient(trust_env=self._trust_env, follow_redirects=False),
        )


@dataclass
class _Seen:
    """What a stream has told so far."""

    usage: dict[str, object] = field(default_factory=dict[str, object])
    texts: list[str] = field(default_factory=list[str])
    stop: str | None = None
    refusal: str = ""
    characters: int = 0
    """Of everything that was streamed, thoughts too."""
    has_begun: bool = False

    def take(self, event: Mapping[str, object]) -> None:
        kind = event.get("type")
        if kind == "message_start":
            self.has_begun = True
            self._count(part(event, "message", "usage"))
        elif kind == "content_block_delta":
            text = text_at(event, "delta", "text")
            self.texts.append(text)
            self.characters += len(text) + len(text_at(event, "delta", "thinking"))
            if self.characters > REPLY_CHARACTERS:
                raise Trouble("too_large", "the reply is larger than any module could be")
        elif kind == "message_delta":
            self.stop = text_at(event, "delta", "stop_reason") or None
            self.refusal = text_at(event, "delta", "stop_details", "category")
            self._count(part(event, "usage"))

    @property
    def tokens(self) -> Tokens:
        """As billed; the output of a cut stream is estimated from what came through."""
        written = count_at(self.usage, "cache_creation_input_tokens") or 0
        hour = count_at(self.usage, "cache_creation", "ephemeral_1h_input_tokens") or 0
        output = count_at(self.usage, "output_tokens") or 0
        if self.stop not in STOPS:
            output = max(output, estimate_tokens(self.characters))
        return Tokens(
            input=count_at(self.usage, "input_tokens") or 0,
            output=output,
            cache_read=count_at(self.usage, "cache_read_input_tokens") or 0,
            cache_write_5m=max(0, written - hour),
            cache_write_1h=hour,
        )

    def _count(self, usage: object) -> None:
        if isinstance(usage, dict):
            self.usage |= {str(k): v for k, v in usage.items() if v is not None}


def _messages(prompt: Prompt, ttl: str) -> list[MessageParam]:
    cached: TextBlockParam = {
        "type": "text",
        "text": prompt.problem,
        "cache_control": {"type": "ephemeral", "ttl": "5m" if ttl == "5m" else "1h"},
    }
    messages: list[MessageParam] = [
        {"role": "user", "content": [cached, {"type": "text", "text": prompt.request}]}
    ]
    for turn in prompt.follow_ups:
        # An assistant turn may not be empty.
        messages.append({"role": "assistant", "content": turn.reply.strip() or "(nothing)"})
        messages.append({"role": "user", "content": turn.complaint})
    return messages


def _schema(schema: type[BaseModel]) -> dict[str, object]:
    from anthropic import transform_schema

    return transform_schema(schema)
