"""Tier C: macOS's seatbelt, by `sandbox-exec`. UNTESTED: written without a Mac at hand.

Reads are denied but for the system, the interpreter and the kernel's own folder; writes but for
that folder; all network but the kernel's own sockets. There is no second wall around a job, so a
kernel serves one job, and no hard limit on memory but the watchdog's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sandboxes.folders import KernelFolder
from sandboxes.isolation.isolation import (
    Launch,
    Program,
    environment,
    inside_command,
    python_paths,
    settings_for,
)
from sandboxes.isolation.process_limit import process_limit

COMMAND = "/usr/bin/sandbox-exec"
SYSTEM = (
    "/usr/lib",
    "/usr/bin",
    "/bin",
    "/System",
    "/Library/Frameworks",
    "/private/var/db/dyld",
    "/private/var/db/timezone",
    "/opt/homebrew/opt/libomp",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/dtracehelper")


@dataclass(frozen=True)
class Seatbelt:
    """Kernels under a seatbelt profile of their own."""

    tier: str = "C"
    has_process_namespace: bool = False
    jobs_share_kernel: bool = False

    def top(self, folder: KernelFolder) -> Path:
        return folder.path

    def launch(self, program: Program, folder: KernelFolder) -> Launch:
        processes = process_limit(program.limits, folder.owner)
        settings = settings_for(
            program, folder.path, lib=program.lib, processes=processes, server=os.getpid()
        )
        path = folder.run / "settings.json"
        settings.save(path)
        inside = inside_command(program.python, settings.lib, str(path))
        argv = (COMMAND, "-p", profile(program, folder), *inside)
        return Launch(argv, environment(program.limits, settings.work))


def profile(program: Program, folder: KernelFolder) -> str:
    """The seatbelt profile: deny, then allow what a kernel needs."""
    own = str(folder.path.resolve())
    readable = [*SYSTEM, *map(str, python_paths(program.python)), str(program.lib.resolve()), own]
    return "\n".join(
        (
            "(version 1)",
            "(deny default)",
            "(allow process-fork)",
            "(allow process-exec)",
            "(allow signal (target same-sandbox))",
            "(allow sysctl-read)",
            "(allow file-read-metadata)",
            f"(allow file-read* {_subpaths(readable)} {_literals(DEVICES)})",
            f'(allow file-write* {_subpaths([own])} (literal "/dev/null"))',
            f"(allow network-bind (local unix-socket) {_subpaths([own])})",
            f"(allow network-inbound (local unix-socket) {_subpaths([own])})",
        )
    )


def _subpaths(paths: list[str]) -> str:
    return " ".join(f"(subpath {_quoted(path)})" for path in paths)


def _literals(paths: tuple[str, ...]) -> str:
    return " ".join(f"(literal {_quoted(path)})" for path in paths)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
