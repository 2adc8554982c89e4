"""Move bytes between descriptors inside the system, frame by frame, without holding them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from sandboxes.inside import wire

CONTROL_BYTES = 256
"""The longest payload of a frame that is not kept; none of ours comes near."""
CHUNK = 1 << 20


def move(source: int, target: int, count: int, offset: int | None = None) -> int:
    """Move up to `count` bytes, one end being a pipe; 0 at the source's end.

    BlockingIOError when a non-blocking end has no bytes or no room.
    """
    if hasattr(os, "splice"):
        if offset is None:
            return os.splice(source, target, min(count, CHUNK), flags=os.SPLICE_F_NONBLOCK)
        return os.splice(
            source, target, min(count, CHUNK), offset_src=offset, flags=os.SPLICE_F_NONBLOCK
        )
    room = min(count, 4096)
    data = os.read(source, room) if offset is None else os.pread(source, room, offset)
    return os.write(target, data) if data else 0


@dataclass
class Flow:
    """Frames from a non-blocking pipe of a hostile process; kept ones go into a file.

    `judge` is called with kind, index and length of each before its payload is read, says whether
    it is kept, and raises to refuse it. `notice` is called when it is complete.
    """

    source: int
    target: int
    judge: Callable[[bytes, int, int], bool]
    notice: Callable[[bytes, int], None]

    def __post_init__(self) -> None:
        self._head = b""
        self._left = 0
        self._is_kept = False
        self.good_bytes = 0
        """Length of the target up to the end of its last whole frame."""

    def pull(self) -> bool:
        """Take what is there, at most a chunk; False at the end. May raise BlockingIOError."""
        if len(self._head) < wire.HEADER.size:
            part = os.read(self.source, wire.HEADER.size - len(self._head))
            self._head += part
            if len(self._head) == wire.HEADER.size:
                self._begin()
            return bool(part)
        if self._is_kept:
            count = move(self.source, self.target, self._left)
        else:
            count = len(os.read(self.source, min(self._left, CONTROL_BYTES)))
        self._left -= count
        if self._left == 0:
            self._complete()
        return count > 0

    def _begin(self) -> None:
        kind, index, self._left = wire.HEADER.unpack(self._head)
        self._is_kept = self.judge(kind, index, self._left)
        if self._is_kept:
            os.write(self.target, self._head)
        elif self._left > CONTROL_BYTES:
            raise wire.MalformedError("a control frame is too long")
        if self._left == 0:
            self._complete()

    def _complete(self) -> None:
        kind, index, length = wire.HEADER.unpack(self._head)
        self._head = b""
        if self._is_kept:
            self.good_bytes += wire.HEADER.size + length
        self.notice(kind, index)
