"""Strict arguments and short errors: what is wrong, what is allowed, in words a model can use."""

from __future__ import annotations

import re
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Extension
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolRequestParams, CallToolResult, TextContent

PYDANTIC_LINK = re.compile(r"\n\s*For further information visit \S+")
PYDANTIC_DETAIL = re.compile(r" \[type=[a-z_.]+, input_value=(.*?), input_type=\w+\]")
PYDANTIC_HEAD = re.compile(r"^\d+ validation errors? for \w+\n")
MAX_ERROR = 2_000


class StrictArguments(Extension):
    """Refuses arguments that a tool does not have, and tells errors without noise."""

    identifier = "io.github.sela-mcp/strict-arguments"

    def __init__(self, tools: list[Tool]) -> None:
        self._arguments = {t.name: sorted(t.parameters.get("properties", {})) for t in tools}

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: ServerRequestContext[Any, Any],
        call_next: CallNext,
    ) -> HandlerResult:
        """Refuse before the call, tidy after it."""
        known = self._arguments.get(params.name)
        if known is None:
            names = ", ".join(self._arguments)
            return _refusal(f"There is no tool {params.name!r}. Tools: {names}.")
        if extra := sorted(set(params.arguments or {}) - set(known)):
            takes = ", ".join(known) or "none"
            return _refusal(f"{params.name} has no argument {', '.join(extra)}. It takes: {takes}.")
        result = await call_next(ctx)
        return _tidied(result, params.name) if isinstance(result, CallToolResult) else result


def _tidied(result: CallToolResult, tool: str) -> CallToolResult:
    if result.is_error:
        for block in result.content:
            if isinstance(block, TextContent):
                block.text = tidy(block.text, tool)
    return result


def tidy(text: str, tool: str) -> str:
    """An error without the prefix, links and types that help no model."""
    if text == f"Error executing tool {tool}":
        return f"{tool} failed inside the server. This is a fault of ours; its log has the cause."
    text = text.removeprefix(f"Error executing tool {tool}: ")
    if PYDANTIC_HEAD.search(text):
        text = PYDANTIC_HEAD.sub("", text)
        text = PYDANTIC_LINK.sub("", text)
        text = PYDANTIC_DETAIL.sub(r" (given: \1)", text)
        lines = [line.strip() for line in text.splitlines()]
        pairs = [f"{a}: {b}" for a, b in zip(lines[::2], lines[1::2], strict=False)]
        text = "; ".join(pairs) + f". See the arguments of {tool}."
    return text[:MAX_ERROR]


def _refusal(text: str) -> CallToolResult:
    return CallToolResult(is_error=True, content=[TextContent(type="text", text=text)])
