"""The pages beside the MCP endpoint: a list of searches, and each one's tree and report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path

from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from sela.errors import NotFoundError, SelaError
from sela.live.answers import SearchAnswer
from server import words
from server.tools import OpenEngine

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def add_pages(server: MCPServer, open_engine: OpenEngine) -> None:
    """Register the pages; they only read."""

    async def index(request: Request) -> Response:
        return RedirectResponse("/searches")

    async def searches(request: Request) -> Response:
        engine = await open_engine()
        return await _page(_listed(engine.searches()))

    async def tree(request: Request) -> Response:
        engine = await open_engine()
        return await _page(engine.tree_html(request.path_params["search_id"]))

    async def report(request: Request) -> Response:
        engine = await open_engine()
        return await _page(engine.report_html(request.path_params["search_id"]))

    pages: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/": index,
        "/searches": searches,
        "/searches/{search_id}/tree": tree,
        "/searches/{search_id}/report": report,
    }
    for path, page in pages.items():
        server.custom_route(path, methods=["GET"])(page)


async def _page(html: Awaitable[str]) -> Response:
    try:
        return HTMLResponse(await html, headers=HEADERS)
    except NotFoundError as error:
        return PlainTextResponse(str(error), 404)
    except SelaError as error:
        return PlainTextResponse(str(error), 409)


async def _listed(searches: Awaitable[Sequence[SearchAnswer]]) -> str:
    return searches_html(await searches)


def searches_html(searches: Sequence[SearchAnswer]) -> str:
    """The list of searches as a page."""
    rows = "".join(_row(search) for search in searches)
    body = f"<ul>{rows}</ul>" if rows else "<p>No searches yet.</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Searches</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;"
        "max-width:48rem;margin:2rem auto;padding:0 1rem}li{margin:.8rem 0}</style>"
        f"<h1>Searches</h1>{body}</html>"
    )


def _row(search: SearchAnswer) -> str:
    key, name = escape(search.search_id), escape(Path(search.dataset).name)
    return (
        f"<li><strong>{name}</strong><br>{escape(words.search_words(search))}<br>"
        f'<a href="/searches/{key}/tree">tree</a> · <a href="/searches/{key}/report">report</a>'
    )
