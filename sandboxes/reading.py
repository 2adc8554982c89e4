"""Read a kernel's sockets, bounded, whatever the kernel sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.session import Session

from sandboxes.base import Limits

PARTS = 16
"""More parts than any Jupyter message has."""
WAITING_MESSAGES = 8
"""Messages that libzmq may hold for us on each socket."""
MESSAGES = 10_000
"""The most that one cell may send."""


class FloodError(Exception):
    """A kernel sent more than any cell may."""


@dataclass(frozen=True)
class Message:
    """A well-formed message that carries our signature; its content is still the kernel's."""

    type: str
    parent_id: str
    content: dict[str, Any]


def bounded_context(limits: Limits) -> zmq.asyncio.Context:
    """A context whose sockets hold little: a longer message cuts the connection."""
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, most_message_bytes(limits))
    context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    context.setsockopt(zmq.LINGER, 0)
    return context


def most_message_bytes(limits: Limits) -> int:
    """A display of the allowed size in base64, and its envelope."""
    return 2 * limits.output_bytes + (1 << 16)


async def receive(socket: zmq.asyncio.Socket, session: Session) -> tuple[Message | None, int]:
    """The next message, and its size in bytes; None for a malformed one. May raise FloodError."""
    most_bytes = int(socket.getsockopt(zmq.MAXMSGSIZE))
    parts: list[bytes] = []
    size = 0
    while True:
        part: bytes = await socket.recv()
        size += len(part)
        parts.append(part)
        if len(parts) > PARTS or size > 2 * most_bytes:
            raise FloodError
        if not socket.getsockopt(zmq.RCVMORE):
            return _parse(parts, session), size


def _parse(parts: list[bytes], session: Session) -> Message | None:
    try:
        _, rest = session.feed_identities(parts, copy=True)
        message = session.deserialize(rest, content=True, copy=True)
        kind = message["header"]["msg_type"]
        parent = message["parent_header"].get("msg_id", "")
        content = message["content"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return None
    if not (isinstance(kind, str) and isinstance(parent, str) and isinstance(content, dict)):
        return None
    return Message(kind, parent, content)
