"""Clients for the tests: in memory, in both protocol eras."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, TextContent

from sela.engine import Engine
from server.mcp_server import create_server
from server.paths import Paths

ERAS = ["legacy", "auto"]
"""The handshake era that hosts speak today, and the newest, which has no session."""


@asynccontextmanager
async def connected(
    engine: Engine, era: str = "auto", paths: Paths | None = None
) -> AsyncGenerator[Client]:
    """A client of a server over this engine."""

    async def open_engine() -> Engine:
        return engine

    async with Client(create_server(open_engine, paths), mode=era) as client:
        yield client


def text_of(result: CallToolResult) -> str:
    """The text that a host shows its model."""
    return "\n".join(b.text for b in result.content if isinstance(b, TextContent))


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a call that must succeed."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The error text of a call that must fail."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    return text_of(result)


def size_of(result: CallToolResult) -> int:
    """Characters of the longer of the two forms."""
    structured = json.dumps(result.structured_content, ensure_ascii=False)
    return max(len(structured), len(text_of(result)))
