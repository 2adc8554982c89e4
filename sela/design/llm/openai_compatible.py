"""Any endpoint that speaks chat completions, by plain httpx.

What servers can do differs, so the shape is asked for on a ladder: json_schema, json_object, words
alone. A rung that is refused is stepped down from, and that is remembered for the endpoint and
model. The words always hold the schema. Source of the quirks: the servers' own documentation.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import httpx
from pydantic import BaseModel

from sela.design.designer import Call
from sela.design.llm.chat import ModelReply, Order, Prompt, Stop
from sela.design.llm.prices import Price, Tokens, estimate_tokens, find_price
from sela.design.llm.retries import Retries, Trouble, status_trouble, tidy
from sela.design.llm.schemas import EXAMPLES, CodeReply
from sela.design.llm.secret import Secret
from sela.design.llm.wire import amount_at, count_at, part, text_at
from sela.design.settings import OpenAISettings
from sela.errors import DesignerError

RUNGS = ("json_schema", "json_object", "words")
STEP_DOWN = frozenset({400, 404, 415, 422, 501})
STOPS: Mapping[str, Stop] = {"length": "truncated", "content_filter": "refused"}
UNSUPPORTED = frozenset({"default", "maxItems", "minItems", "maxLength", "minLength"})
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
        self._habits = _Habits(sends_temperature=settings.temperature is not None)

    @property
    def name(self) -> str:
        return self._settings.model

    def estimate_usd(self, prompt: Prompt, order: Order) -> float | None:
        if self._price is None:
            return None
        words = len(_shape_in_words(order.schema))
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
            answer = await self._post(self._payload(prompt, order, habits), prompt, order)
            if answer.status < 300:
                reply = self._reply(answer, prompt, order)
                self._habits = habits
                return reply
            message = _error_message(answer.body)
            lower = habits.give_way(message) if answer.status in STEP_DOWN else None
            if lower is None:
                raise status_trouble(answer.status, self._key.scrub(message), answer.headers.get)
            habits = lower

    async def _post(self, payload: Mapping[str, object], prompt: Prompt, order: Order) -> _Answer:
        started, left = time.monotonic(), order.deadline.left_seconds
        try:
            async with (
                order.deadline.timeout(),
                self._client.stream(
                    "POST",
                    f"{self._base_url}/chat/completions",
                    json=payload,
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

    def _payload(self, prompt: Prompt, order: Order, habits: _Habits) -> dict[str, object]:
        payload: dict[str, object] = {
            "model": self._settings.model,
            "messages": _messages(prompt, order.schema),
            habits.limit_name: order.max_tokens,
            "stream": False,
        }
        if habits.sends_temperature:
            payload["temperature"] = self._settings.temperature
        rung = RUNGS[habits.rung]
        if rung == "json_schema":
            shape = {"name": "reply", "strict": True, "schema": _strict(order.schema)}
            payload["response_format"] = {"type": "json_schema", "json_schema": shape}
            if (httpx.URL(self._base_url).host).endswith("openrouter.ai"):
                payload["provider"] = {"require_parameters": True}
        elif rung == "json_object":
            payload["response_format"] = {"type": "json_object"}
        return payload

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


@dataclass(frozen=True)
class _Habits:
    """What one endpoint and model has been found to bear."""

    sends_temperature: bool
    rung: int = 0
    limit_name: str = "max_tokens"

    def give_way(self, message: str) -> _Habits | None:
        """One habit less, the one that the refusal names if it names one; None at the end."""
        if self.sends_temperature and "temperature" in message:
            return replace(self, sends_temperature=False)
        if self.limit_name == "max_tokens" and "max_completion_tokens" in message:
            return replace(self, limit_name="max_completion_tokens")
        return replace(self, rung=self.rung + 1) if self.rung + 1 < len(RUNGS) else None


def _messages(prompt: Prompt, schema: type[BaseModel]) -> list[dict[str, str]]:
    asked = f"{prompt.problem}\n\n{prompt.request}\n\n{_shape_in_words(schema)}"
    messages = [
        {"role": "system", "content": prompt.rules},
        {"role": "user", "content": asked},
    ]
    for turn in prompt.follow_ups:
        messages.append({"role": "assistant", "content": turn.reply.strip() or "(nothing)"})
        messages.append({"role": "user", "content": turn.complaint})
    return messages


def _shape_in_words(schema: type[BaseModel]) -> str:
    """The schema and an example, for endpoints that enforce nothing."""
    text = json.dumps(schema.model_json_schema(), sort_keys=True, separators=(",", ":"))
    words = f"Reply with one JSON object and nothing else. Its JSON schema:\n{text}\n"
    words += f"An example of its form only:\n{EXAMPLES[schema]}" if schema in EXAMPLES else ""
    if issubclass(schema, CodeReply):
        words += "\nIf you cannot write code inside JSON, reply with one ```python block instead."
    return words


def _strict(schema: type[BaseModel]) -> dict[str, Any]:
    """The schema as strict servers want it: no further properties, every property required."""
    return _tighten(schema.model_json_schema())


def _tighten(node: Any) -> Any:
    if isinstance(node, list):
        return [_tighten(item) for item in node]
    if not isinstance(node, dict):
        return node
    tight = {key: _tighten(value) for key, value in node.items() if key not in UNSUPPORTED}
    if tight.get("type") == "object":
        tight |= {"additionalProperties": False, "required": list(tight.get("properties", {}))}
    return tight


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
