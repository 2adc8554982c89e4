"""The protocol of a sandbox: a walled Jupyter kernel that runs cells and jobs.

Everything that leaves a sandbox is hostile data: capped in size, never unpickled, never a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

MIB = 1 << 20


class SandboxError(Exception):
    """No sandbox can be had here: no wall is strong enough, or a kernel does not start."""


class Outcome(StrEnum):
    """How a cell or a job ended. Everything but `ok` is a result, not an exception of ours."""

    OK = "ok"
    ERROR = "error"
    """The code raised; `error` tells what."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    KILLED = "killed"
    """The process died by a signal, an exit, or the kernel's end."""


@dataclass(frozen=True)
class Limits:
    """What one kernel, and any job inside it, may use."""

    memory_bytes: int = 4096 * MIB
    processes: int = 128
    file_bytes: int = 512 * MIB
    folder_bytes: int = 1024 * MIB
    output_bytes: int = 1 * MIB
    """Of printed text and displays together, for one cell or job."""
    answer_bytes: int = 256 * MIB
    """Of what a job returns, all parts together."""
    threads: int = 1
    cell_seconds: float = 60.0


@dataclass(frozen=True)
class RaisedError:
    """An exception that the code inside raised, as text."""

    type: str
    message: str
    traceback: str
    """The last frames, without the harness's own, at most 4,000 characters."""


@dataclass(frozen=True)
class Display:
    """A picture or another rich output of a cell or job; PNG only is promised."""

    mime_type: str
    data: bytes


@dataclass(frozen=True)
class CellResult:
    """What a cell did: its end, its capped text, its displays."""

    outcome: Outcome
    text: str
    seconds: float
    error: RaisedError | None = None
    displays: tuple[Display, ...] = ()


@dataclass(frozen=True)
class Job:
    """Code in two phases, each in processes of its own behind a second wall.

    Phase one: a forked child imports `modules` (name -> source, importable by that name; the
    entry may also be an installed module that the sandbox allows) and calls
    `entry.prepare(inputs)`, which returns a state. It sees `inputs` and nothing of `questions`.
    Phase two: for each question the child forks again; the grandchild calls
    `entry.answer(state, question)`, which returns bytes, and ends; files that it wrote are removed
    before the next question comes. So an answer knows no other question, unless the job's code
    took its own process over: what must not be linked is asked in different jobs. Nothing of a job
    outlives it: no process, no file, no memory.
    """

    entry: str
    """An importable module with `prepare(inputs: dict[str, bytes]) -> state` and, when there are
    questions, `answer(state, question: bytes) -> bytes`."""
    modules: Mapping[str, str] = field(default_factory=dict[str, str])
    inputs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    questions: tuple[bytes, ...] = ()
    timeout_seconds: float = 60.0
    """Wall time of both phases together."""


@dataclass(frozen=True)
class JobResult:
    """What a job gave back. `answers` has one entry for each question when the outcome is ok."""

    outcome: Outcome
    text: str
    seconds: float
    """Wall time inside, as the kernel's trusted part measured it: both phases, no queueing."""
    error: RaisedError | None = None
    outputs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """If the state that `prepare` returned has an attribute `outputs` (name -> bytes), those."""
    answers: tuple[bytes, ...] = ()
    answer_seconds: tuple[float, ...] = ()
    cpu_seconds: float = 0.0
    displays: tuple[Display, ...] = ()


class Sandbox(Protocol):
    """One walled kernel. Not for concurrent use; open one for each worker."""

    @property
    def tier(self) -> str:
        """`A`, `B`, `C`, or `none`."""
        ...

    @property
    def is_alive(self) -> bool:
        """False once its kernel has died or it was closed; then only `close` is allowed."""
        ...

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        """Run one cell in the kernel; variables stay for the next. For tests, shells, probes."""
        ...

    async def run_job(self, job: Job) -> JobResult:
        """Run a job; the kernel's own memory stays clean, so the next job finds no trace of it."""
        ...

    async def interrupt(self) -> None:
        """Stop what runs now; state is kept if the code lets itself be interrupted."""
        ...

    async def close(self) -> None:
        """End the kernel and everything it started, and remove its folders. Idempotent."""
        ...


class SandboxProvider(Protocol):
    """Hands out sandboxes from a warm pool."""

    @property
    def tier(self) -> str:
        """The tier of every sandbox of this provider."""
        ...

    def lease(self) -> AbstractAsyncContextManager[Sandbox]:
        """A ready sandbox for one worker; a clean and living one goes back to the pool."""
        ...

    async def close(self) -> None:
        """End every kernel of the pool."""
        ...
