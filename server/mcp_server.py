"""The MCP server: tools, resources, strictness and instructions put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, ServerRequestContext

from server.paths import Paths
from server.resources import add_resources
from server.strict import StrictArguments
from server.tools import OpenEngine, Tools

INSTRUCTIONS = (
    "Designs machine-learning pipelines for tables by tree search, and scores them honestly. "
    "start_search(dataset, target) gives a search_id; step_search tries pipelines; "
    "get_best_pipeline(finalize=true) gives the score on sealed rows, the code and the fitted "
    "model. No call blocks longer than its wait_seconds. Each answer's last line tells what to "
    "do next."
)


class AfterFirstAnswer:
    """A middleware that starts some work once the first request has been answered."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> Any:
        """Pass the request on; the work never delays its answer."""
        result = await call_next(ctx)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return result


def create_server(
    open_engine: OpenEngine,
    paths: Paths | None = None,
    *,
    version: str = "",
    level: str = "WARNING",
    warm: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> MCPServer:
    """A server for both protocol eras and any transport, over one engine.

    `warm` is begun after the first answer, so that the first tool call need not wait for it.
    """
    tools = Tools(open_engine, paths or Paths()).all()
    server = MCPServer(
        "sela",
        title="Sela",
        version=version,
        instructions=INSTRUCTIONS,
        tools=tools,
        middleware=[AfterFirstAnswer(warm)] if warm else None,
        extensions=[StrictArguments(tools)],
        log_level=level,  # pyright: ignore[reportArgumentType]
    )
    add_resources(server, open_engine)
    return server
