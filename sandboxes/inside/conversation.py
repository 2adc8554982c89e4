"""The template's side of one job: fork a child, pass what it says into the outbox, bounded."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import time
from dataclasses import asdict, dataclass

from sandboxes.inside import wire
from sandboxes.inside.child import ChildEnds, be_child
from sandboxes.inside.family import is_living
from sandboxes.inside.flow import Flow, move
from sandboxes.inside.settings import Settings

ERROR_BYTES = 64 * 1024
LOOK_SECONDS = 0.1
KEPT = (wire.OUTPUT, wire.ANSWER, wire.DISPLAY, wire.ERROR)
HEARD = (wire.PREPARED, wire.READY, wire.ANSWERED, wire.FINISHED)
FRAMES = 4096
"""The most that a job may send besides those of its questions."""


@dataclass(frozen=True)
class Request:
    """What the host asks of the template; the bytes lie in the inbox."""

    id: str
    questions: int
    timeout_seconds: float


@dataclass(frozen=True)
class Ending:
    """How a job went, as the template saw it. `outcome` is empty when only the code can tell."""

    outcome: str
    seconds: float
    cpu_seconds: float
    answer_seconds: tuple[float, ...]
    exit_status: int
    """Negative for the signal that ended the child."""
    is_finished: bool


class LimitHitError(Exception):
    """The job said more than it may."""


class Conversation:
    """One job, from the fork of its child to its last frame."""

    def __init__(
        self, request: Request, settings: Settings, kernel: socket.socket, folder: str
    ) -> None:
        self._request = request
        self._kernel = kernel
        self._start = time.monotonic()
        self._deadline = self._start + request.timeout_seconds
        self._outcome = ""
        self._is_over = False
        self._is_prepared = False
        self._is_finished = False
        self.is_cancelled = False
        self._answer_room = settings.answer_bytes
        self._output_room = settings.output_bytes
        self._frames_left = FRAMES + 4 * request.questions
        self._answer_seconds: list[float] = []
        self._asked_at = 0.0
        self._question_at = 0
        self._pending: tuple[int, int] | None = None
        self._out = _create(settings.outbox, f"{request.id}.part")
        self._text = _create(settings.outbox, f"{request.id}.text")
        self._questions = _take(settings.inbox, f"{request.id}.questions")
        self._fork(settings, folder)
        self._flow = Flow(self._results, self._out, self._judge, self._notice)

    def hold(self) -> None:
        """Listen until the child ends, a limit is hit, or the kernel calls it off."""
        with selectors.DefaultSelector() as self._selector:
            self._selector.register(self._results, selectors.EVENT_READ, self._hear)
            self._selector.register(self._printed, selectors.EVENT_READ, self._copy_text)
            self._selector.register(self._kernel, selectors.EVENT_READ, self._hear_kernel)
            while not self._is_over:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    return self._end("timed_out")
                for key, _ in self._selector.select(min(left, LOOK_SECONDS)):
                    if not self._is_over:
                        key.data()
                if not self._is_over and _has_ended(self._pid):
                    return self._drain()

    def close(self) -> None:
        """Write the last frame; every process of the job must have been killed."""
        _, status, usage = os.wait4(self._pid, 0)
        ending = Ending(
            self._outcome,
            time.monotonic() - self._start,
            usage.ru_utime + usage.ru_stime,
            tuple(self._answer_seconds),
            os.waitstatus_to_exitcode(status),
            self._is_finished,
        )
        os.ftruncate(self._out, self._flow.good_bytes)
        os.lseek(self._out, 0, os.SEEK_END)
        wire.send(self._out, wire.END, json.dumps(asdict(ending)).encode())
        self._close_commands()
        for descriptor in (self._out, self._text, self._questions, self._results, self._printed):
            os.close(descriptor)

    def _fork(self, settings: Settings, folder: str) -> None:
        job = _take(settings.inbox, f"{self._request.id}.job")
        self._results, results = os.pipe()
        self._printed, text = os.pipe()
        commands, self._commands = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            ends = ChildEnds(job, results, text, commands)
            be_child(ends, self._request.timeout_seconds, folder, settings)
        for descriptor in (job, results, text, commands):
            os.close(descriptor)
        for descriptor in (self._results, self._printed, self._commands):
            os.set_blocking(descriptor, False)

    def _hear(self) -> None:
        """Take frames from the child."""
        try:
            if not self._flow.pull():
                self._selector.unregister(self._results)
        except BlockingIOError:
            pass
        except LimitHitError:
            self._end("output_limit")
        except wire.MalformedError:
            self._end("killed")

    def _judge(self, kind: bytes, index: int, length: int) -> bool:
        self._frames_left -= 1
        if self._frames_left < 0:
            raise LimitHitError
        if kind not in (*KEPT, *HEARD):
            raise wire.MalformedError("no such frame")
        if kind == wire.OUTPUT and self._is_prepared:
            raise wire.MalformedError("an output after the questions began")
        if kind == wire.ANSWER and index != len(self._answer_seconds):
            raise wire.MalformedError("an answer to another question")
        if kind in (wire.OUTPUT, wire.ANSWER):
            self._answer_room -= length
        elif kind == wire.DISPLAY:
            self._output_room -= length
        elif kind == wire.ERROR and length > ERROR_BYTES:
            raise wire.MalformedError("an error is too long")
        if self._answer_room < 0 or self._output_room < 0:
            raise LimitHitError
        return kind in KEPT

    def _notice(self, kind: bytes, index: int) -> None:
        if kind == wire.PREPARED:
            self._is_prepared = True
            self._ask()
        elif kind == wire.READY:
            head = os.pread(self._questions, wire.HEADER.size, self._question_at)
            length = wire.HEADER.size + wire.HEADER.unpack(head)[2]
            self._pending = (self._question_at, length)
            self._question_at += length
            self._selector.register(self._commands, selectors.EVENT_WRITE, self._tell)
        elif kind == wire.ANSWERED:
            self._answer_seconds.append(time.monotonic() - self._asked_at)
            self._ask()
        elif kind == wire.FINISHED:
            self._is_finished = True

    def _ask(self) -> None:
        """Have the child fork for the next question; end its work when there is none."""
        self._asked_at = time.monotonic()
        if len(self._answer_seconds) == self._request.questions:
            self._close_commands()
        elif self._commands >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._commands, wire.QUESTION)

    def _tell(self) -> None:
        """Pass some of the question to the process that asked for it."""
        assert self._pending is not None
        at, left = self._pending
        try:
            count = move(self._questions, self._commands, left, at)
        except BlockingIOError:
            return
        except BrokenPipeError:
            count = left
        self._pending = (at + count, left - count)
        if count == left:
            self._selector.unregister(self._commands)

    def _copy_text(self) -> None:
        """Keep what the job printed, as much as it may print."""
        try:
            count = move(self._printed, self._text, self._output_room + 1)
        except BlockingIOError:
            return
        if count == 0:
            self._selector.unregister(self._printed)
        self._output_room -= count
        if self._output_room < 0:
            self._end("output_limit")

    def _hear_kernel(self) -> None:
        order = wire.receive(self._kernel.fileno())
        if order is None:
            os._exit(0)
        self.is_cancelled = True
        self._end("killed")

    def _drain(self) -> None:
        """Take what the pipes still hold after the child's end."""
        for listen, descriptor in ((self._hear, self._results), (self._copy_text, self._printed)):
            while not self._is_over and descriptor in self._selector.get_map():
                if not _has_bytes(descriptor):
                    break
                listen()

    def _end(self, outcome: str) -> None:
        self._outcome = outcome
        self._is_over = True

    def _close_commands(self) -> None:
        if self._commands >= 0:
            os.close(self._commands)
            self._commands = -1


def _create(folder: str, name: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(os.path.join(folder, name), flags, 0o600)


def _take(folder: str, name: str) -> int:
    """Open a file of the inbox; from then on nobody else can."""
    path = os.path.join(folder, name)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    os.unlink(path)
    return descriptor


def _has_ended(pid: int) -> bool:
    if not hasattr(os, "waitid"):
        return not is_living(pid)
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _has_bytes(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))
