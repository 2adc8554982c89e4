"""What a self-test puts in reach, to see that it is not: a secret, listeners, the server itself."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandboxes.isolation.isolation import python_paths
from sandboxes.isolation.seccomp import ARCHITECTURES, REFUSED, UNKNOWN


@dataclass(frozen=True)
class Bait:
    """The globals of a probe. Digests are of what /proc tells of this process."""

    secret: str
    home: str
    shown: tuple[str, ...]
    """Paths that every sandbox shows: the interpreter and its packages."""
    scratch: str
    server: int
    environ: str
    command: str
    pid_namespace: str
    port: int
    abstract: str
    socket_path: str
    numbers: dict[str, int]
    run: str
    inbox: str
    outbox: str


@contextmanager
def laid_out(folder: Path, scratch: Path, run: str, inbox: str, outbox: str) -> Generator[Bait]:
    """Put the bait out, its files in `folder`; anyone on the machine could take it."""
    secret = folder / "secret"
    secret.write_text(secrets.token_hex())
    secret.chmod(0o644)
    path = folder / "socket"
    name = f"\0probe-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        port = _listen(stack, socket.AF_INET, ("127.0.0.1", 0))[1]
        _listen(stack, socket.AF_UNIX, str(path))
        path.chmod(0o777)
        if Path("/proc/self").exists():
            _listen(stack, socket.AF_UNIX, name)
        yield Bait(
            secret=str(secret),
            home=str(Path.home()),
            shown=tuple(str(path) for path in python_paths(sys.executable)),
            scratch=str(scratch),
            server=os.getpid(),
            environ=_digest("environ"),
            command=_digest("cmdline"),
            pid_namespace=_pid_namespace(),
            port=port,
            abstract=name,
            socket_path=str(path),
            numbers=_numbers(),
            run=run,
            inbox=inbox,
            outbox=outbox,
        )


def _listen(
    stack: contextlib.ExitStack, family: int, address: str | tuple[str, int]
) -> tuple[str, int]:
    listener = stack.enter_context(socket.socket(family))
    listener.bind(address)
    listener.listen()
    return listener.getsockname()


def _digest(name: str) -> str:
    try:
        return hashlib.sha256(Path("/proc/self", name).read_bytes()).hexdigest()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _numbers() -> dict[str, int]:
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return {}
    column = list(ARCHITECTURES).index(machine)
    calls = {**REFUSED, **UNKNOWN}
    return {name: n for name, numbers in calls.items() if (n := numbers[column]) is not None}
