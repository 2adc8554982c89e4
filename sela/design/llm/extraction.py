"""Reading a reply that should be one JSON object and seldom is quite that."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sela.design.llm.schemas import CodeReply

M = TypeVar("M", bound=BaseModel)
_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```([a-zA-Z]*)[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
COMPLAINT_CHARACTERS = 800


class UnreadableReplyError(Exception):
    """A reply that does not fit. The message is fit to be sent back to the model."""


def read_reply(text: str, schema: type[M]) -> M:
    """The reply in `text`: JSON as it is, after thoughts, in a fence, or amid prose.

    For a CodeReply a plain python fence will do, as small models break the escapes of a JSON
    string. UnreadableReplyError says what is wrong.
    """
    body = _THINKING.sub("", text).strip()
    complaint = "it holds no JSON object"
    candidates = _objects(body)
    code = _fenced_code(body)
    if code and issubclass(schema, CodeReply):
        candidates.append({"code": code, "plan": _FENCE.split(body)[0].strip()})
    for candidate in candidates:
        try:
            return schema.model_validate(candidate)
        except ValidationError as error:
            complaint = describe(error)
    raise UnreadableReplyError(complaint)


def describe(error: ValidationError) -> str:
    """Where a reply breaks its schema, without repeating its text."""
    parts = [
        f"{'.'.join(str(step) for step in fault['loc']) or 'reply'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)[:5]
    ]
    return "; ".join(parts)[:COMPLAINT_CHARACTERS]


def _objects(body: str) -> list[dict[str, Any]]:
    """Candidates, the most likely first, at most a few of them."""
    texts = [body, *(inside for tag, inside in _FENCE.findall(body) if tag.lower() in ("", "json"))]
    found = [value for text in texts if (value := _object_at(text, 0)) is not None]
    if not found:
        starts = [match.start() for match in re.finditer(r"\{", body)][:20]
        found = [value for at in starts if (value := _object_at(body, at)) is not None]
    return found[:5]


def _object_at(text: str, start: int) -> dict[str, Any] | None:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text[start:].lstrip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fenced_code(body: str) -> str | None:
    blocks = [inside for tag, inside in _FENCE.findall(body) if tag.lower() in ("python", "py")]
    return max(blocks, key=len) if blocks else None
