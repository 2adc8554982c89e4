"""What is posted to a chat completions endpoint, on each rung of the ladder.

Servers differ in what they bear, so the reply's shape is asked for by json_schema, by json_object,
or in words alone; the words always hold the schema. Source of the quirks: the servers' own pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from sela.design.llm.chat import Order, Prompt
from sela.design.llm.schemas import EXAMPLES, CodeReply

RUNGS = ("json_schema", "json_object", "words")
UNSUPPORTED = frozenset({"default", "maxItems", "minItems", "maxLength", "minLength"})
"""Words of a schema that strict servers refuse; replies are checked against them here."""


@dataclass(frozen=True)
class Habits:
    """What one endpoint and model has been found to bear."""

    sends_temperature: bool
    rung: int = 0
    limit_name: str = "max_tokens"

    def give_way(self, message: str) -> Habits | None:
        """One habit less, the one that the refusal names if it names one; None at the end."""
        if self.sends_temperature and "temperature" in message:
            return replace(self, sends_temperature=False)
        if self.limit_name == "max_tokens" and "max_completion_tokens" in message:
            return replace(self, limit_name="max_completion_tokens")
        return replace(self, rung=self.rung + 1) if self.rung + 1 < len(RUNGS) else None


def payload(
    model: str, temperature: float | None, prompt: Prompt, order: Order, habits: Habits
) -> dict[str, object]:
    """The JSON of one request."""
    asked: dict[str, object] = {
        "model": model,
        "messages": _messages(prompt, order.schema),
        habits.limit_name: order.max_tokens,
        "stream": False,
    }
    if habits.sends_temperature:
        asked["temperature"] = temperature
    rung = RUNGS[habits.rung]
    if rung == "json_schema":
        shape = {"name": "reply", "strict": True, "schema": _strict(order.schema)}
        asked["response_format"] = {"type": "json_schema", "json_schema": shape}
    elif rung == "json_object":
        asked["response_format"] = {"type": "json_object"}
    return asked


def _messages(prompt: Prompt, schema: type[BaseModel]) -> list[dict[str, str]]:
    asked = f"{prompt.problem}\n\n{prompt.request}\n\n{shape_in_words(schema)}"
    messages = [
        {"role": "system", "content": prompt.rules},
        {"role": "user", "content": asked},
    ]
    for turn in prompt.follow_ups:
        messages.append({"role": "assistant", "content": turn.reply.strip() or "(nothing)"})
        messages.append({"role": "user", "content": turn.complaint})
    return messages


def shape_in_words(schema: type[BaseModel]) -> str:
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
