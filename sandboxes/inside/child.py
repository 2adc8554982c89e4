"""The process of a job: prepare, then one more process for each question.

Up to the import of the job's own code everything here is trusted; from then on nothing is.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

from sandboxes.inside import system, wire
from sandboxes.inside.figures import link_fonts, open_figures
from sandboxes.inside.limits import lower_limit
from sandboxes.inside.raised import send_error
from sandboxes.inside.settings import Settings
from sandboxes.inside.shipped import ship
from sandboxes.inside.threads import HARD, thread_pools
from sandboxes.inside.wall import put_up

CPU_GRACE_SECONDS = 5
LAST_OF_OURS = 5
"""Descriptors above it are the job's own: what it opened while it prepared would be a way from one
answer to the next."""


@dataclass(frozen=True)
class ChildEnds:
    """The descriptors of a job's process."""

    job: int
    results: int
    text: int
    commands: int


def be_child(ends: ChildEnds, seconds: float, folder: str, settings: Settings) -> NoReturn:
    """Run the job that `ends.job` holds, and end."""
    status = 1
    try:
        ends = _settle(ends, seconds, folder, settings)
        _work(ends, settings.lib)
        status = 0
    except BaseException as error:
        send_error(ends.results, error, settings.lib)
    _flush()
    os._exit(status)


def _settle(ends: ChildEnds, seconds: float, folder: str, settings: Settings) -> ChildEnds:
    """Leave what the template had; put up the walls."""
    os.setsid()
    system.die_with_parent()
    system.show_memory()
    ends = _keep_only(ends)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=os.path.join(folder, "tmp"))
    tempfile.tempdir = None
    os.environ["MPLCONFIGDIR"] = link_fonts(settings.lib, folder)
    _limit(seconds, settings)
    if settings.job_wall is not None:
        put_up(settings.job_wall, folder)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return ends


def _keep_only(ends: ChildEnds) -> ChildEnds:
    """Close every descriptor but ours, which become 3, 4 and 5; print into the text pipe."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    high = [os.dup(fd) for fd in (ends.job, ends.results, ends.commands, ends.text, nothing)]
    moved = [_above(fd) for fd in high]
    for target, fd in ((0, moved[4]), (1, moved[3]), (2, moved[3])):
        os.dup2(fd, target)
    for target, fd in ((3, moved[0]), (4, moved[1]), (5, moved[2])):
        os.dup2(fd, target, inheritable=False)
    os.closerange(LAST_OF_OURS + 1, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _printer(1)
    sys.stderr = sys.__stderr__ = _printer(2)
    return ChildEnds(3, 4, 1, 5)


def _above(descriptor: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64)


def _printer(descriptor: int) -> Any:
    return open(descriptor, "w", buffering=1, errors="backslashreplace", closefd=False)


def _limit(seconds: float, settings: Settings) -> None:
    cpu = int(seconds * max(settings.threads, 1)) + CPU_GRACE_SECONDS
    lower_limit(resource.RLIMIT_CPU, cpu, CPU_GRACE_SECONDS)
    lower_limit(resource.RLIMIT_DATA, settings.memory_bytes)
    lower_limit(resource.RLIMIT_FSIZE, settings.file_bytes)


def _work(ends: ChildEnds, lib: str) -> None:
    folder = os.getcwd()
    entry, inputs = _read(ends.job)
    module = importlib.import_module(entry)
    state = module.prepare(inputs)
    for name, data in dict(getattr(state, "outputs", None) or {}).items():
        wire.send(ends.results, wire.OUTPUT, wire.named(name, data))
    for picture in open_figures():
        wire.send(ends.results, wire.DISPLAY, wire.named("image/png", picture))
    _flush()
    del inputs
    wire.send(ends.results, wire.PREPARED)
    pauses = thread_pools()
    prepared = _stamps(folder)
    index = 0
    while os.read(ends.commands, 1):
        for pause in pauses:
            pause(HARD)
        _answer(ends, lib, module, state, index)
        _remove_what_differs(prepared, folder)
        index += 1
    wire.send(ends.results, wire.FINISHED)


def _read(job: int) -> tuple[str, dict[str, bytes]]:
    entry = ""
    inputs: dict[str, bytes] = {}
    while (part := wire.receive(job)) is not None:
        if part.kind == wire.JOB:
            entry = part.json()["entry"]
        elif part.kind == wire.MODULES:
            ship(part.json())
        elif part.kind == wire.INPUT:
            name, data = part.named()
            inputs[name] = bytes(data)
    os.close(job)
    return entry, inputs


def _answer(ends: ChildEnds, lib: str, module: ModuleType, state: Any, index: int) -> None:
    """Have a process of its own answer one question, which this one never sees."""
    pid = os.fork()
    if pid == 0:
        _be_answer(ends, lib, module, state, index)
    _, status = os.waitpid(pid, 0)
    if status:
        os._exit(os.waitstatus_to_exitcode(status) & 0x7F or 1)
    wire.send(ends.results, wire.ANSWERED, index=index)


def _be_answer(ends: ChildEnds, lib: str, module: ModuleType, state: Any, index: int) -> NoReturn:
    try:
        os.closerange(LAST_OF_OURS + 1, os.sysconf("SC_OPEN_MAX"))
        folder = f"answer-{index}"
        os.mkdir(folder)
        os.chdir(folder)
        wire.send(ends.results, wire.READY, index=index)
        question = wire.receive(ends.commands)
        assert question is not None
        answer = module.answer(state, bytes(question.payload))
        if not isinstance(answer, bytes):
            raise TypeError(f"answer() returned {type(answer).__name__}, not bytes")
        _flush()
        wire.send(ends.results, wire.ANSWER, answer, index)
        os._exit(0)
    except BaseException as error:
        send_error(ends.results, error, lib)
    _flush()
    os._exit(1)


def _stamps(folder: str) -> dict[str, int]:
    """Every path below a folder, the deepest first, with a time that no call can set back."""
    return {
        path: 0 if _is_folder(path) else os.lstat(path).st_ctime_ns
        for parent, folders, files in os.walk(folder, topdown=False)
        for name in (*files, *folders)
        for path in [os.path.join(parent, name)]
    }


def _remove_what_differs(prepared: Mapping[str, int], folder: str) -> None:
    """Remove what an answer wrote, so that the next one does not find it."""
    for path, stamp in _stamps(folder).items():
        if prepared.get(path) != stamp:
            with contextlib.suppress(OSError):
                os.rmdir(path) if _is_folder(path) else os.unlink(path)


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
