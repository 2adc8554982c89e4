"""Streamable HTTP: where to listen, whom to answer, and the pages beside the MCP endpoint."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sela.errors import RequestError
from server.settings import Settings
from server.tools import OpenEngine
from server.web import add_pages

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
MCP_PATH = "/mcp"


@dataclass(frozen=True)
class HttpPlace:
    """An address to listen on, and who is let in."""

    host: str
    port: int
    names: tuple[str, ...]
    """Host names in requests that are answered, without port."""
    tokens: frozenset[str]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def security(self) -> TransportSecuritySettings:
        """Host and Origin checks for these names."""
        return TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[f"{name}:*" for name in self.names] + list(self.names),
            allowed_origins=[
                f"{scheme}://{name}{port}"
                for name in self.names
                for scheme in ("http", "https")
                for port in ("", ":*")
            ],
        )


def parse_place(text: str, settings: Settings, allowed_hosts: Sequence[str] = ()) -> HttpPlace:
    """HOST:PORT, refused beyond this machine when there is no token."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise RequestError(f"--http {text!r} is not HOST:PORT, for example 127.0.0.1:8931.")
    if not is_loopback(host) and not settings.tokens:
        raise RequestError(
            f"--http {host} is open to other machines, so it needs a token: put one on a line of "
            "a file and give --token-file FILE (or SELA_TOKEN_FILE). Or listen on 127.0.0.1."
        )
    own = (f"[{host}]",) if ":" in host else (host,)
    names = (*LOOPBACK_NAMES, *own, *settings.allowed_hosts, *allowed_hosts)
    return HttpPlace(host, int(port), tuple(dict.fromkeys(names)), settings.tokens)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_app(server: MCPServer, open_engine: OpenEngine, place: HttpPlace) -> ASGIApp:
    """The MCP endpoint and the pages, behind the same Host, Origin and token checks."""
    add_pages(server, open_engine)
    app = server.streamable_http_app(
        streamable_http_path=MCP_PATH, transport_security=place.security, host=place.host
    )
    return Guard(app, place)


async def run_http(server: MCPServer, open_engine: OpenEngine, place: HttpPlace) -> None:
    """Serve until stopped. Nothing is logged to stdout."""
    import uvicorn

    app = make_app(server, open_engine, place)
    config = uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    await uvicorn.Server(config).serve()


class Guard:
    """Lets a request through to the app when its Host, Origin and token are right."""

    def __init__(self, app: ASGIApp, place: HttpPlace) -> None:
        self._app = app
        self._tokens = place.tokens
        self._hosts = TransportSecurityMiddleware(place.security)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 421, 403 or 401, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = await self._hosts.validate_request(request) or self._unauthorized(request)
        await (refusal or self._app)(scope, receive, send)

    def _unauthorized(self, request: Request) -> Response | None:
        if not self._tokens or self._is_known(_token(request)):
            return None
        scheme = "Bearer" if request.url.path.startswith(MCP_PATH) else 'Basic realm="sela"'
        return PlainTextResponse(
            "A token of this server is needed.", 401, headers={"WWW-Authenticate": scheme}
        )

    def _is_known(self, token: str) -> bool:
        # All are compared, in constant time each, so that timing tells nothing.
        return any([hmac.compare_digest(token.encode(), known.encode()) for known in self._tokens])


def _token(request: Request) -> str:
    """The bearer token; for the pages also a browser's password, the user name being free."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic" or request.url.path.startswith(MCP_PATH):
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
