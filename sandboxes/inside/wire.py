"""Frames: how bytes travel between the host, the template, and the processes of a job.

A frame is a kind (one byte), an index, a length, and that many bytes.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct("!cIQ")

JOB = b"J"
MODULES = b"M"
INPUT = b"I"
QUESTION = b"Q"
OUTPUT = b"O"
DISPLAY = b"P"
PREPARED = b"R"
READY = b"G"
ANSWER = b"A"
ANSWERED = b"X"
ERROR = b"E"
FINISHED = b"F"
CANCEL = b"C"
END = b"Z"


class MalformedError(ValueError):
    """Bytes that are not the frames they should be."""


@dataclass(frozen=True)
class Frame:
    """One frame, read whole."""

    kind: bytes
    index: int
    payload: memoryview

    def json(self) -> Any:
        """The payload as JSON; `MalformedError` when it is none."""
        try:
            return json.loads(bytes(self.payload))
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"not JSON: {error}") from error

    def named(self) -> tuple[str, memoryview]:
        """The payload as a name and bytes; `MalformedError` when it is not."""
        size = int.from_bytes(self.payload[:2], "big")
        if len(self.payload) < 2 + size:
            raise MalformedError("a name is longer than its frame")
        try:
            return str(self.payload[2 : 2 + size], "utf-8"), self.payload[2 + size :]
        except UnicodeDecodeError as error:
            raise MalformedError("a name is not UTF-8") from error


def frame(kind: bytes, payload: bytes = b"", index: int = 0) -> bytes:
    """A frame as bytes."""
    return HEADER.pack(kind, index, len(payload)) + payload


def named(name: str, data: bytes) -> bytes:
    """A payload of a name and bytes."""
    encoded = name.encode()
    return len(encoded).to_bytes(2, "big") + encoded + data


def parse(data: bytes | memoryview) -> Iterator[Frame]:
    """The frames in `data`; `MalformedError` when it does not end with a whole one."""
    view = memoryview(data)
    at = 0
    while at < len(view):
        if at + HEADER.size > len(view):
            raise MalformedError("a frame's header is cut off")
        kind, index, length = HEADER.unpack(view[at : at + HEADER.size])
        at += HEADER.size
        if length > len(view) - at:
            raise MalformedError("a frame is cut off")
        yield Frame(kind, index, view[at : at + length])
        at += length


def send(descriptor: int, kind: bytes, payload: bytes = b"", index: int = 0) -> None:
    """Write a frame to a pipe or socket, all of it."""
    write_all(descriptor, HEADER.pack(kind, index, len(payload)))
    write_all(descriptor, payload)


def receive(descriptor: int) -> Frame | None:
    """Read one frame from a pipe or socket; None at its end."""
    head = read_exactly(descriptor, HEADER.size)
    if head is None:
        return None
    kind, index, length = HEADER.unpack(head)
    payload = read_exactly(descriptor, length)
    return None if payload is None else Frame(kind, index, memoryview(payload))


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte to a blocking descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_exactly(descriptor: int, count: int) -> bytes | None:
    """Read that many bytes from a blocking descriptor; None when it ends before."""
    parts: list[bytes] = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
