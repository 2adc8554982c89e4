"""Tier A: bubblewrap with every namespace, and our seccomp filter.

The sandbox sees the interpreter, its packages, our library, and its own folder; nothing else of
the machine. Made against three mistakes: a root caller's files in /proc/sys stay writable for a
uid that is only *named* otherwise, so root drops to a user before; bubblewrap's own environment
can be read inside, so it gets none of ours; vsock has no namespace, so the filter refuses it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandboxes.base import MIB
from sandboxes.folders import KernelFolder
from sandboxes.inside.settings import Settings, Wall
from sandboxes.isolation.dropping import dropped
from sandboxes.isolation.isolation import (
    CONFIGURATION,
    DEVICES,
    FILTER_FD,
    OWN_THREADS,
    SYSTEM,
    WRITABLE_DEVICES,
    Launch,
    Program,
    environment,
    inside_command,
    python_paths,
    settings_for,
)

TOP = Path("/sandbox")
"""Where the kernel's own folders are inside."""
COVERED_IN_PROC = ("sys", "irq", "bus", "fs", "sysrq-trigger")
TMP_BYTES = 64 * MIB
SHM_BYTES = 64 * MIB
SHARED_MEMORY = "/dev/shm"
"""Semaphores are files there; without them joblib has no threads."""


@dataclass(frozen=True)
class Bubblewrap:
    """Kernels behind bubblewrap; `command` is the path of `bwrap`."""

    command: str
    jobs_share_kernel: bool
    """Whether Landlock can wall jobs from each other; without it a kernel serves one."""
    tier: str = "A"
    has_process_namespace: bool = True

    def top(self, folder: KernelFolder) -> Path:
        return TOP

    def launch(self, program: Program, folder: KernelFolder) -> Launch:
        settings = _settings(program, self._job_wall(program))
        settings.save(folder.run / "settings.json")
        env = environment(program.limits, settings.work)
        filter_file = program.lib / "filters" / f"namespaced-{platform.machine()}.bpf"
        inside = inside_command(program.python, settings.lib, f"{settings.run}/settings.json")
        argv = (
            self.command,
            *_namespaces(),
            *_files(program, folder),
            *_variables(env),
            *("--seccomp", FILTER_FD),
            *("--chdir", settings.run),
            "--",
            *inside,
        )
        launch = Launch(argv, {"PATH": "/usr/bin:/bin"}, str(filter_file))
        return dropped(launch, program, folder)

    def _job_wall(self, program: Program) -> Wall:
        filter_file = f"{TOP}/lib/filters/job-{platform.machine()}.bpf"
        if not self.jobs_share_kernel:
            return Wall((), (), filter_file)
        paths = (*SYSTEM, "/etc", *(str(p) for p in python_paths(program.python)))
        shown = (*paths, f"{TOP}/lib", "/proc", *DEVICES)
        return Wall(shown, (*WRITABLE_DEVICES, SHARED_MEMORY), filter_file)


def _settings(program: Program, job_wall: Wall) -> Settings:
    return settings_for(
        program,
        TOP,
        lib=TOP / "lib",
        processes=program.limits.processes + OWN_THREADS,
        job_wall=job_wall,
        shared=(SHARED_MEMORY,),
        hide_memory=True,
    )


def _namespaces() -> Iterator[str]:
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent")
    yield from ("--new-session", "--cap-drop", "ALL", "--hostname", "sandbox")


def _files(program: Program, folder: KernelFolder) -> Iterator[str]:
    # First of all: the interpreter itself may lie below /tmp.
    yield from ("--size", str(TMP_BYTES), "--tmpfs", "/tmp")
    for path in (*SYSTEM, *CONFIGURATION):
        if Path(path).is_symlink() and path in SYSTEM:
            yield from ("--symlink", str(Path(path).readlink()), path)
        else:
            yield from ("--ro-bind-try", path, path)
    for path in map(str, python_paths(program.python)):
        yield from ("--ro-bind", path, path)
    yield from ("--proc", "/proc")
    for name in COVERED_IN_PROC:
        if Path("/proc", name).exists():
            yield from ("--ro-bind", f"/proc/{name}", f"/proc/{name}")
    yield from ("--dev", "/dev", "--size", str(SHM_BYTES), "--tmpfs", SHARED_MEMORY)
    yield from ("--remount-ro", "/dev")
    yield from ("--ro-bind", str(program.lib), str(TOP / "lib"))
    for name in ("run", "in", "out", "work"):
        yield from ("--bind", str(folder.path / name), str(TOP / name))
    yield from ("--remount-ro", "/")


def _variables(env: Mapping[str, str]) -> Iterator[str]:
    yield "--clearenv"
    for name, value in env.items():
        yield from ("--setenv", name, value)
