"""System calls that Python has no name for: prctl, Landlock, seccomp."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Iterable

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
READ_FILE_RIGHTS = 1 << 0 | 1 << 2
READ_RIGHTS = READ_FILE_RIGHTS | 1 << 3
WRITE_FILE_RIGHTS = 1 << 1 | 1 << 14
# Everything below but device nodes (6 and 11) and, for a device, ioctl (15).
WRITE_RIGHTS = READ_RIGHTS | WRITE_FILE_RIGHTS | sum(1 << n for n in (4, 5, 7, 8, 9, 10, 12, 13))
ALL_RIGHTS = (1 << 16) - 1
ALL_TCP = 3
ALL_SCOPES = 3
"""Abstract sockets and signals of processes outside."""
SCOPES_ABI = 6

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("filesystem", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def die_with_parent(signum: int = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when the thread that made it ends."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signum)


def adopt_orphans() -> None:
    """Become the parent of any descendant that loses its own."""
    if sys.platform == "linux":
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep processes of the same user from reading this one's memory."""
    if sys.platform == "linux":
        _prctl(PR_SET_DUMPABLE, 0)


def show_memory() -> None:
    """Undo `hide_memory` in a child, so that the host can count what it uses."""
    if sys.platform == "linux":
        _prctl(PR_SET_DUMPABLE, 1)


def landlock_abi() -> int:
    """The version of Landlock that this system offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1))


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Enter a Landlock domain with scopes (ABI 6 or newer); no network, no signals to outside."""
    ruleset = _Ruleset(ALL_RIGHTS, ALL_TCP, ALL_SCOPES)
    fd = _call(LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for path in readable:
            _allow(fd, path, READ_RIGHTS)
        for path in writable:
            _allow(fd, path, WRITE_RIGHTS)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _call(LANDLOCK_RESTRICT_SELF, fd, 0)
    finally:
        os.close(fd)


def filter_calls(program: bytes) -> None:
    """Load a compiled seccomp filter for this process and what it will start."""
    buffer = ctypes.create_string_buffer(program, len(program))
    address = ctypes.cast(buffer, ctypes.c_void_p)
    holder = _Program(len(program) // 8, address)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(holder))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= READ_FILE_RIGHTS | WRITE_FILE_RIGHTS
        rule = _PathRule(rights, parent)
        _call(LANDLOCK_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _prctl(option: int, *arguments: int) -> None:
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *words) != 0:
        _fail("prctl")


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        _fail(f"syscall {number}")
    return result


def _fail(what: str) -> None:
    code = ctypes.get_errno()
    raise OSError(code, f"{what}: {errno.errorcode.get(code, code)}")
