"""One walled Jupyter kernel: cells through its own process, jobs through its template's."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_client.asynchronous import AsyncKernelClient

from sandboxes.base import CellResult, Job, JobResult, Limits, Outcome, SandboxError
from sandboxes.cells import CellOutput
from sandboxes.ending import end_tree
from sandboxes.folders import KernelFolder
from sandboxes.isolation.isolation import Isolation, Program, owner
from sandboxes.job_files import put_job, take_result
from sandboxes.provisioner import SOCKET_PREFIX, SandboxKernelManager, kernel_spec
from sandboxes.reading import FloodError, Message, bounded_context, receive

START_SECONDS = 90.0
POLL_SECONDS = 0.05
GRACE_SECONDS = 3.0
"""From an interrupt until the kernel is killed."""
JOB_GRACE_SECONDS = 10.0
"""The inside ends a job itself; only when it does not answer for so long, the kernel is killed."""
LONGEST_SOCKET_PATH = 100
LOG_CHARACTERS = 2000


@dataclass(frozen=True)
class _Ended:
    """The kernel ended, or was ended, while a request was open."""

    outcome: Outcome


class KernelSandbox:
    """A `Sandbox`. Make it with `open_kernel`."""

    def __init__(
        self,
        isolation: Isolation,
        limits: Limits,
        folder: KernelFolder,
        manager: SandboxKernelManager,
    ) -> None:
        self._isolation = isolation
        self._limits = limits
        self._folder = folder
        self._manager = manager
        self._client: AsyncKernelClient | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._breach: Outcome | None = None
        self._closed = False
        self._jobs = 0
        self.is_clean = True
        """Whether the next job would find it as the last did; False after a cell."""

    @property
    def tier(self) -> str:
        return self._isolation.tier

    @property
    def is_alive(self) -> bool:
        return not self._closed and self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process, on the host, under which everything of this kernel is."""
        assert self._process is not None
        return self._process.pid

    @property
    def folder(self) -> KernelFolder:
        return self._folder

    @property
    def limits(self) -> Limits:
        return self._limits

    async def start(self) -> None:
        """Launch it and wait until it answers; SandboxError when it does not."""
        await self._manager.start_kernel()
        provisioner = self._manager.provisioner
        assert provisioner is not None
        self._process = provisioner.process  # pyright: ignore[reportAttributeAccessIssue]
        self._client = self._manager.client(context=self._manager.context)
        self._client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
        reply = await self._request("kernel_info_request", {}, START_SECONDS)
        if isinstance(reply, Message):
            code = "import sandboxes.inside.kernel as _k; _k.wait_until_ready(); del _k"
            reply = await self._request("execute_request", _silent(code), START_SECONDS)
        if isinstance(reply, _Ended):
            log = self._log()
            await self.close()
            raise SandboxError(f"A kernel did not start ({reply.outcome}). It said: {log}")

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        """Run one cell; see `Sandbox`."""
        self.is_clean = False
        start = time.monotonic()
        seconds = self._limits.cell_seconds if timeout_seconds is None else timeout_seconds
        output = CellOutput(self._limits.output_bytes)
        content = {**_silent(code), "silent": False}
        reply = await self._request("execute_request", content, seconds, output)
        outcome = reply.outcome if isinstance(reply, _Ended) else None
        return output.result(reply_outcome=outcome, seconds=time.monotonic() - start)

    async def run_job(self, job: Job) -> JobResult:
        """Run a job; see `Sandbox`."""
        start = time.monotonic()
        self._jobs += 1
        if not self._isolation.jobs_share_kernel:
            self.is_clean = False
        name = f"job-{self._jobs}"
        await asyncio.to_thread(put_job, job, name, self._folder)
        order = {
            "id": name,
            "questions": len(job.questions),
            "timeout_seconds": job.timeout_seconds,
        }
        code = f"import sandboxes.inside.kernel as _k; _k.run_job({json.dumps(order)!r})"
        reply = await self._request(
            "execute_request", _silent(code), job.timeout_seconds + JOB_GRACE_SECONDS
        )
        result = await asyncio.to_thread(take_result, name, job, self._limits, self._folder)
        outcome = reply.outcome if isinstance(reply, _Ended) else Outcome.KILLED
        if result is None:
            self.is_clean = False
            return JobResult(outcome, "", time.monotonic() - start)
        if isinstance(reply, _Ended):
            return replace(result, outcome=outcome, answers=())
        return result

    async def interrupt(self) -> None:
        """Stop what runs now; see `Sandbox`."""
        if self.is_alive:
            await self._manager.interrupt_kernel()

    async def kill(self, outcome: Outcome = Outcome.KILLED) -> None:
        """End every process of it at once; what runs now ends with that outcome."""
        if self._breach is None:
            self._breach = outcome
        if self._process is not None:
            await asyncio.to_thread(end_tree, self._process)

    async def close(self) -> None:
        """End it and remove its folders; see `Sandbox`."""
        if self._closed:
            return
        self._closed = True
        await self.kill()
        if self._client is not None:
            self._client.stop_channels()
        await self._manager.cleanup_resources()
        self._manager.context.destroy(linger=0)
        await asyncio.to_thread(self._folder.remove)

    async def _request(
        self,
        kind: str,
        content: dict[str, object],
        seconds: float,
        output: CellOutput | None = None,
    ) -> Message | _Ended:
        """Send a request and wait for its reply; ends, on time, whatever the kernel does."""
        assert self._client is not None
        session = self._client.session
        request = session.msg(kind, content)
        session.send(self._client.shell_channel.socket, request)
        listening = asyncio.create_task(self._listen(request["header"]["msg_id"], output))
        deadline = time.monotonic() + seconds
        try:
            return await self._watch(listening, deadline)
        finally:
            listening.cancel()

    async def _watch(self, listening: asyncio.Task[Message], deadline: float) -> Message | _Ended:
        is_interrupted = False
        while True:
            await asyncio.wait({listening}, timeout=POLL_SECONDS)
            if listening.done():
                return await self._heard(listening, is_interrupted)
            if not self.is_alive:
                return _Ended(self._breach or Outcome.KILLED)
            if time.monotonic() > deadline:
                if is_interrupted:
                    await self.kill(Outcome.TIMED_OUT)
                    return _Ended(Outcome.TIMED_OUT)
                is_interrupted = True
                deadline = time.monotonic() + GRACE_SECONDS
                await self.interrupt()

    async def _heard(
        self, listening: asyncio.Task[Message], is_interrupted: bool
    ) -> Message | _Ended:
        try:
            message = listening.result()
        except FloodError:
            await self.kill(Outcome.OUTPUT_LIMIT)
            return _Ended(Outcome.OUTPUT_LIMIT)
        return _Ended(Outcome.TIMED_OUT) if is_interrupted else message

    async def _listen(self, request_id: str, output: CellOutput | None) -> Message:
        """The reply, when also everything that the cell has published is there."""
        assert self._client is not None
        session = self._client.session
        shell = self._client.shell_channel.socket
        published = (
            None
            if output is None
            else asyncio.create_task(
                output.collect(self._client.iopub_channel.socket, session, request_id)
            )
        )
        try:
            while True:
                message, _ = await receive(shell, session)
                if message is not None and message.parent_id == request_id:
                    break
            if published is not None:
                await published
            return message
        finally:
            if published is not None:
                published.cancel()

    def _log(self) -> str:
        try:
            return self._folder.log.read_text(errors="replace")[-LOG_CHARACTERS:].strip()
        except OSError:
            return ""


async def open_kernel(isolation: Isolation, program: Program, root: Path) -> KernelSandbox:
    """Start a kernel with a folder of its own under `root`."""
    folder = await asyncio.to_thread(KernelFolder.create, root, owner())
    manager = SandboxKernelManager(
        transport="ipc",
        ip=_socket_path(folder),
        connection_file=str(folder.path / "host-connection.json"),
        context=bounded_context(program.limits),
    )
    manager._kernel_spec = kernel_spec()
    manager.launch = isolation.launch(program, folder)
    manager.run_folder = folder.run
    manager.log_file = folder.log
    manager.end = end_tree
    kernel = KernelSandbox(isolation, program.limits, folder, manager)
    try:
        await kernel.start()
    except BaseException:
        await kernel.close()
        raise
    return kernel


def _socket_path(folder: KernelFolder) -> str:
    """Where the host finds the sockets: a path that is short enough for one."""
    path = str(folder.run / SOCKET_PREFIX)
    if len(path) > LONGEST_SOCKET_PATH:
        if sys.platform != "linux":
            raise SandboxError(f"The folder for sandboxes has too long a path: {folder.path}")
        return f"/proc/self/fd/{folder.run_fd}/{SOCKET_PREFIX}"
    return path


def _silent(code: str) -> dict[str, object]:
    return {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }
