"""The MCP server: tools, resources, strictness and instructions put together."""

from __future__ import annotations

from mcp.server import MCPServer

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


def create_server(
    open_engine: OpenEngine,
    paths: Paths | None = None,
    *,
    version: str = "",
    level: str = "WARNING",
) -> MCPServer:
    """A server for both protocol eras and any transport, over one engine."""
    tools = Tools(open_engine, paths or Paths()).all()
    server = MCPServer(
        "sela",
        title="Sela",
        version=version,
        instructions=INSTRUCTIONS,
        tools=tools,
        extensions=[StrictArguments(tools)],
        log_level=level,  # pyright: ignore[reportArgumentType]
    )
    add_resources(server, open_engine)
    return server
