"""What chat completions endpoints answer, by scenario and quirk."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.design.loopback import Reply

INPUT_TOKENS, OUTPUT_TOKENS = 900, 150
USAGE = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS}


def said(
    value: object,
    *,
    finish: str = "stop",
    usage: dict[str, Any] | None = USAGE,
    refusal: str | None = None,
) -> Reply:
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body: dict[str, Any] = {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    if usage is not None:
        body["usage"] = usage
    return answered(body)


def answered(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, (json.dumps(body).encode(),), headers or {})


def failing(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    return answered({"error": {"message": message, "code": status}}, status, headers)


def cut(*, framing: str) -> Reply:
    whole = said({"plan": "half", "code": "x = 1"}).body[0]
    return Reply(200, (whole[: len(whole) // 2],), framing=framing, is_cut=True)


def broken_body() -> Reply:
    """A complete HTTP body that is half of a JSON text."""
    whole = said({"plan": "half", "code": "x = 1"}).body[0]
    return Reply(200, (whole[: len(whole) // 2],))


def dripping(pause_seconds: float) -> Reply:
    whole = said({"plan": "slow", "code": "x = 1"}).body[0]
    pieces = tuple(whole[i : i + 8] for i in range(0, len(whole), 8))
    return Reply(200, pieces, pause_seconds=pause_seconds, framing="chunked")


def huge() -> Reply:
    return Reply(200, (b" " * 1_000_000,) * 8, framing="chunked")


def silent(seconds: float) -> Reply:
    return replace(said({"plan": "late", "code": "x = 1"}), wait_seconds=seconds)
