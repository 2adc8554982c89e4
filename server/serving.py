"""`sela serve`: the MCP server on stdio or on streamable HTTP."""

from __future__ import annotations

import asyncio
import logging
import sys
from argparse import Namespace
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from mcp.server import MCPServer

from sela.errors import RequestError
from server.app import BuildEngine, LazyEngine, build_engine
from server.http_server import HttpPlace, parse_place, run_http
from server.mcp_server import create_server
from server.paths import Paths
from server.settings import Settings

logger = logging.getLogger(__name__)


def serve(args: Namespace, settings: Settings, build: BuildEngine) -> int:
    """Serve until the client leaves (stdio) or the process is stopped (HTTP)."""
    place = parse_place(args.http, settings, args.allow_host) if args.http else None
    roots = checked_roots(args.root) or settings.roots
    if place is not None and not roots:
        roots = (Path.cwd().resolve(),)
    engine = LazyEngine(replace(settings, roots=roots), build)
    server = create_server(
        engine.open,
        Paths(roots),
        version=version("sela-mcp"),
        level=settings.log_level,
        # Another engine than ours has its own way to start.
        warm=engine.warm if build is build_engine else None,
    )
    return asyncio.run(_serve(server, engine, place))


async def _serve(server: MCPServer, engine: LazyEngine, place: HttpPlace | None) -> int:
    try:
        if place is None:
            await server.run_stdio_async()
        else:
            print(f"sela: serving MCP at {place.url}/mcp, pages at {place.url}", file=sys.stderr)
            await run_http(server, engine.open, place)
    finally:
        await engine.close()
    return 0


def checked_roots(given: list[Path]) -> tuple[Path, ...]:
    """Absolute folders; RequestError when one is not there."""
    for root in given:
        if not root.expanduser().is_dir():
            raise RequestError(f"--root {root} is not a folder.")
    return tuple(root.expanduser().resolve() for root in given)
