"""Run as a script by root: hide private folders, become another user, start a command.

It imports the standard library only and runs none of the sandbox's code.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND = 1, 2, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Do what the order in the first argument says."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    if order["covers"]:
        _cover(order["covers"], order["binds"])
    os.setgroups([])
    os.setresgid(order["user"], order["user"], order["user"])
    os.setresuid(order["user"], order["user"], order["user"])
    _die_with(order["server"])
    os.execve(order["argv"][0], order["argv"], os.environ)


def _die_with(server: int) -> None:
    """End when the server ends, also before the command itself sees to that.

    Set after the change of user, which clears it; exec keeps it.
    """
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != server:
        sys.exit("The server is gone.")


def _cover(covers: list[str], binds: list[tuple[str, bool]]) -> None:
    """Put empty folders over the private ones, with only what is needed bound into them."""
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    held = [(path, writable, os.open(path, os.O_PATH)) for path, writable in binds]
    for cover in covers:
        _mount("tmpfs", cover, "tmpfs", MS_NOSUID, "size=1m,mode=755")
    for path, writable, descriptor in held:
        os.makedirs(path, exist_ok=True)
        _mount(f"/proc/self/fd/{descriptor}", path, None, MS_BIND)
        if not writable:
            _mount(None, path, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)
        os.close(descriptor)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    def text(value: str | None) -> bytes | None:
        return None if value is None else value.encode()

    result = _libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data))
    _check(result, f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


if __name__ == "__main__":
    main()
