"""What a Messages API endpoint streams, by scenario."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.design.loopback import Reply

USAGE = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 6000,
    "output_tokens": 1,
}
OUTPUT_TOKENS = 200
COST = (1000 * 2.0 + 6000 * 0.10 + OUTPUT_TOKENS * 10.0) / 1e6
"""Of one complete call to claude-sonnet-5-5 with this usage."""


def said(value: object, *, stop: str = "end_turn", details: object = None) -> Reply:
    """A thinking block, then a text block: JSON of the value, or the text itself."""
    text = value if isinstance(value, str) else json.dumps(value)
    half = len(text) // 2
    events = [
        _start(),
        _block(0, {"type": "thinking", "thinking": "", "signature": ""}),
        _delta(0, {"type": "thinking_delta", "thinking": "Let me see."}),
        {"type": "content_block_stop", "index": 0},
        _block(1, {"type": "text", "text": ""}),
        _delta(1, {"type": "text_delta", "text": text[:half]}),
        _delta(1, {"type": "text_delta", "text": text[half:]}),
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None, "stop_details": details},
            "usage": {"output_tokens": OUTPUT_TOKENS},
        },
        {"type": "message_stop"},
    ]
    return _streamed(events)


def refused(category: str) -> Reply:
    details = {"type": "refusal", "category": category, "explanation": "no"}
    return said("", stop="refusal", details=details)


def cut(*, framing: str) -> Reply:
    """The first half of a stream."""
    whole = said({"plan": "half", "code": "import pandas"})
    return replace(whole, body=whole.body[:6], framing=framing, is_cut=True)


def dripping(pause_seconds: float) -> Reply:
    """A complete stream, one event at a time, each in time and all together not."""
    return replace(said({"plan": "slow", "code": "x = 1"}), pause_seconds=pause_seconds)


def failing(status: int, kind: str, headers: dict[str, str] | None = None) -> Reply:
    error = {"type": "error", "error": {"type": kind, "message": f"told: {kind}"}}
    return Reply(status, (json.dumps(error).encode(),), headers or {})


def failing_midway() -> Reply:
    """An error event in the stream, as an overload brings it."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    return _streamed([_start(), error])


def html() -> Reply:
    return Reply(
        200, (b"<html>Sign in to the guest network</html>",), {"content-type": "text/html"}
    )


def _start() -> dict[str, Any]:
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": USAGE,
    }  # fmt: skip
    return {"type": "message_start", "message": message}


def _block(index: int, block: dict[str, str]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, delta: dict[str, str]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _streamed(events: list[dict[str, Any]]) -> Reply:
    pieces = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)
    return Reply(200, tuple(pieces), {"content-type": "text/event-stream"}, framing="chunked")
