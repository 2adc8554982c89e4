"""Put up a wall around this process and all that it will start."""

from __future__ import annotations

from pathlib import Path

from sandboxes.inside import system
from sandboxes.inside.settings import Wall


def put_up(wall: Wall, *more_writable: str) -> None:
    """Enter a wall; Landlock first, because the filter may forbid its calls.

    A wall without readable paths is for a system without Landlock.
    """
    program = Path(wall.seccomp).read_bytes() if wall.seccomp else b""
    if wall.readable:
        system.restrict(wall.readable, (*wall.writable, *more_writable))
    if program:
        system.filter_calls(program)
