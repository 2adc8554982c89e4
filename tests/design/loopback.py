"""A scripted HTTP server on 127.0.0.1: real sockets, replies in order or by what was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One HTTP response, whole or broken."""

    status: int = 200
    body: tuple[bytes, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    wait_seconds: float = 0.0
    """Before the first byte."""
    pause_seconds: float = 0.0
    """Between the pieces of the body."""
    is_cut: bool = False
    """The connection closes before the body's announced end."""
    framing: str = "length"
    """`length`, `chunked`, or `close` (the body ends when the connection does)."""


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: Any
    raw: bytes


@dataclass
class Loopback:
    """A running server: its address, and what it was asked."""

    replies: Sequence[Reply | Callable[[Received], Reply]]
    received: list[Received] = field(default_factory=list[Received])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_reply(self) -> Reply:
        """The last one is repeated for ever."""
        reply = self.replies[min(len(self.received), len(self.replies)) - 1]
        return reply if isinstance(reply, Reply) else reply(self.received[-1])


@asynccontextmanager
async def serving(*replies: Reply | Callable[[Received], Reply]) -> AsyncIterator[Loopback]:
    loopback = Loopback(replies)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _one_exchange(loopback, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    loopback.port = server.sockets[0].getsockname()[1]
    try:
        yield loopback
    finally:
        server.close()


async def _one_exchange(
    loopback: Loopback, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer one request; whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in head[1:] if line)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    loopback.received.append(
        Received(head[0].split()[1], headers, json.loads(raw) if raw else None, raw)
    )
    reply = loopback.next_reply()
    await asyncio.sleep(reply.wait_seconds)
    writer.write(_head(reply))
    for piece in reply.body:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if _is_chunked(reply) else piece)
        await writer.drain()
        await asyncio.sleep(reply.pause_seconds)
    if reply.is_cut or reply.framing == "close":
        return False
    if _is_chunked(reply):
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _is_chunked(reply: Reply) -> bool:
    return reply.framing == "chunked"


def _head(reply: Reply) -> bytes:
    headers = {"content-type": "application/json", "request-id": "req_test", **reply.headers}
    if _is_chunked(reply):
        headers["transfer-encoding"] = "chunked"
    elif reply.framing == "length":
        extra = 10 if reply.is_cut else 0
        headers["content-length"] = str(sum(map(len, reply.body)) + extra)
    else:
        headers["connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode()
