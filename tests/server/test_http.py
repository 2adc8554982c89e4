"""Streamable HTTP: real clients over a socket, and the doors that stay shut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from mcp import Client

from sela.errors import RequestError
from server.http_server import HttpPlace, make_app, parse_place
from server.mcp_server import create_server
from server.paths import Paths
from server.settings import read_settings
from tests.server.connect import ERAS, call, refused
from tests.server.scripted_engine import ScriptedEngine

TOKEN = "a-token-of-some-length"


@asynccontextmanager
async def serving(tokens: frozenset[str] = frozenset(), root: Path | None = None):
    """The address of a server on a free port."""
    engine = ScriptedEngine()

    async def open_engine() -> ScriptedEngine:
        return engine

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        place = HttpPlace("127.0.0.1", port, ("127.0.0.1", "localhost"), tokens)
        server = create_server(open_engine, Paths((root,) if root else ()))
        app = make_app(server, open_engine, place)
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        web = uvicorn.Server(config)
        task = asyncio.create_task(web.serve(sockets=[listener]))
        try:
            yield place.url
        finally:
            web.should_exit = True
            await task


@asynccontextmanager
async def browser(url: str, **options: object) -> AsyncGenerator[httpx.AsyncClient]:
    """A plain HTTP client that waits for the server to come up."""
    transport = httpx.AsyncHTTPTransport(retries=10)
    async with httpx.AsyncClient(base_url=url, transport=transport, **options) as client:  # type: ignore[arg-type]
        yield client


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_drives_a_search_over_http(era: str) -> None:
    async with serving() as url, Client(f"{url}/mcp", mode=era) as client:
        await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=2)
        stepped = await call(client, "step_search", search_id="s1", rollouts=2)
        assert stepped["state"] == "finished"


async def test_paths_outside_the_roots_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    async with serving(root=tmp_path) as url, Client(f"{url}/mcp") as client:
        await call(client, "start_search", dataset=str(tmp_path / "a.csv"), target="class")
        for path in ["/etc/passwd", str(tmp_path / ".." / "a.csv"), str(tmp_path / "link.csv")]:
            error = await refused(client, "start_search", dataset=path, target="class")
            assert "only uses paths in" in error
        error = await refused(
            client, "get_best_pipeline", search_id="s1", output_dir="/tmp/elsewhere"
        )
        assert "may not be written" in error


@pytest.mark.parametrize("path", ["/mcp", "/searches"])
async def test_strange_hosts_and_origins_are_refused(path: str) -> None:
    async with serving() as url, browser(url) as client:
        assert (await client.get(path, headers={"Host": "evil.example"})).status_code == 421
        assert (await client.get(path, headers={"Host": "localhost.evil.com:1"})).status_code == 421
        origin = {"Origin": "http://evil.example"}
        assert (await client.get(path, headers=origin)).status_code == 403


async def test_pages_show_the_searches_with_their_tree_and_report() -> None:
    async with serving() as url, Client(f"{url}/mcp") as client, browser(url) as web:
        assert "No searches yet" in (await web.get("/searches")).text
        await call(client, "start_search", dataset="/d/<b>a.csv", target="class")
        listing = await web.get("/searches")
        assert "&lt;b&gt;a.csv" in listing.text and "/searches/s1/tree" in listing.text
        assert "default-src 'none'" in listing.headers["content-security-policy"]
        assert "Tree s1" in (await web.get("/searches/s1/tree")).text
        assert "Report s1" in (await web.get("/searches/s1/report")).text
        assert (await web.get("/searches/zz/tree")).status_code == 404


async def test_with_tokens_nothing_answers_without_one() -> None:
    async with serving(frozenset({TOKEN})) as url, browser(url) as web:
        for path in ("/mcp", "/searches"):
            assert (await web.get(path)).status_code == 401
            wrong = await web.get(path, headers={"Authorization": "Bearer wrong-token-of-length"})
            assert wrong.status_code == 401
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert (await web.get("/searches", headers=right)).status_code == 200
        assert (await web.get("/searches", auth=("anyone", TOKEN))).status_code == 200
        assert (await web.post("/mcp", auth=("anyone", TOKEN))).status_code == 401


def test_other_machines_are_let_in_only_with_a_token(tmp_path: Path) -> None:
    open_settings = read_settings({}, home=tmp_path)
    with pytest.raises(RequestError, match="needs a token"):
        parse_place("0.0.0.0:8931", open_settings)
    assert parse_place("127.0.0.1:8931", open_settings).url == "http://127.0.0.1:8931"
    assert parse_place("[::1]:8931", open_settings).url == "http://[::1]:8931"
    file = tmp_path / "tokens"
    file.write_text(f"# laptop\n{TOKEN}\n")
    guarded = read_settings({"SELA_TOKEN_FILE": str(file)}, home=tmp_path)
    place = parse_place("0.0.0.0:8931", guarded, ["sela.example.org"])
    assert place.tokens == {TOKEN} and "sela.example.org" in place.names


@pytest.mark.parametrize("text", ["8931", "127.0.0.1:", "127.0.0.1:0", "host:port", ":70000"])
def test_a_wrong_address_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="HOST:PORT"):
        parse_place(text, read_settings({}, home=tmp_path))
