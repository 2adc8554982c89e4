"""Extras for hosts that show them: the tree and the report as resources, and one prompt."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import asdict

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from sela.errors import NotFoundError, SelaError
from server.tools import OpenEngine


def add_resources(server: MCPServer, open_engine: OpenEngine) -> None:
    """Register `search://ID/tree`, `search://ID/report` and the prompt."""

    async def tree(search_id: str) -> str:
        engine = await open_engine()
        nodes = await engine.tree(search_id)
        return json.dumps({"search_id": search_id, "nodes": [asdict(n) for n in nodes]})

    async def report(search_id: str) -> str:
        engine = await open_engine()
        return await engine.report_html(search_id)

    @server.resource(
        "search://{search_id}/tree",
        title="Search tree",
        description="All nodes of a search's tree.",
        mime_type="application/json",
    )
    async def search_tree(search_id: str) -> str:  # pyright: ignore[reportUnusedFunction]
        return await _told(tree(search_id))

    @server.resource(
        "search://{search_id}/report",
        title="Search report",
        description="The report of a search as one HTML page.",
        mime_type="text/html",
    )
    async def search_report(search_id: str) -> str:  # pyright: ignore[reportUnusedFunction]
        return await _told(report(search_id))

    @server.prompt(title="Find the best model for a table")
    def design_pipeline(dataset: str, target: str) -> str:  # pyright: ignore[reportUnusedFunction]
        """Search for the best pipeline and report an honest score."""
        return (
            f"Find the best machine-learning pipeline for {dataset!r}, predicting {target!r}. "
            "Call start_search, then step_search until its rollouts are done, then "
            "get_best_pipeline with finalize=true. Tell me the score on the sealed test rows with "
            "its interval, whether the gain over the baseline is real, what the pipeline does, "
            "and what the data audit found."
        )


async def _told(work: Awaitable[str]) -> str:
    try:
        return await work
    except NotFoundError as error:
        raise ResourceNotFoundError(str(error)) from error
    except SelaError as error:
        raise ResourceError(str(error)) from error
