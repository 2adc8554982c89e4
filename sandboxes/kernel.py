"""One walled Jupyter kernel: cells through its own process, jobs through its template's."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from sandboxes.base import CellResult, Job, JobResult, Outcome, SandboxError
from sandboxes.cells import CellOutput
from sandboxes.ending import end_namespace, end_tree
from sandboxes.folders import KernelFolder
from sandboxes.isolation.isolation import Isolation, Program, new_owner
from sandboxes.job_files import put_job, take_result
from sandboxes.launched import Ended, LaunchedKernel, silent_cell
from sandboxes.provisioner import SOCKET_PREFIX, SandboxKernelManager, kernel_spec
from sandboxes.reading import bounded_context
from sandboxes.watchdog import Watchdog

JOB_GRACE_SECONDS = 10.0
"""The inside ends a job itself; only when it does not answer for so long, the kernel is killed."""
LONGEST_SOCKET_PATH = 100


class KernelSandbox:
    """A `Sandbox`. Make it with `open_kernel`."""

    def __init__(self, isolation: Isolation, kernel: LaunchedKernel, watchdog: Watchdog) -> None:
        self._isolation = isolation
        self._kernel = kernel
        self._watchdog = watchdog
        self._jobs = 0
        self.is_clean = True
        """Whether the next job would find it as the last did; False after a cell."""

    @property
    def tier(self) -> str:
        return self._isolation.tier

    @property
    def is_alive(self) -> bool:
        return self._kernel.is_alive

    @property
    def pid(self) -> int:
        """The process, on the host, under which everything of this kernel is."""
        return self._kernel.pid

    @property
    def path(self) -> Path:
        """Its folder on the host."""
        return self._kernel.path

    @property
    def inside_folders(self) -> tuple[str, str, str]:
        """Its folders for sockets, inputs and results, as seen inside."""
        top = self._isolation.top(self._kernel.folder)
        return str(top / "run"), str(top / "in"), str(top / "out")

    async def run(self, code: str, *, timeout_seconds: float | None = None) -> CellResult:
        """Run one cell; see `Sandbox`."""
        self.is_clean = False
        start = time.monotonic()
        limits = self._kernel.limits
        seconds = limits.cell_seconds if timeout_seconds is None else timeout_seconds
        output = CellOutput(limits.output_bytes)
        content = {**silent_cell(code), "silent": False}
        reply = await self._kernel.request("execute_request", content, seconds, output)
        outcome = reply.outcome if isinstance(reply, Ended) else None
        return output.result(reply_outcome=outcome, seconds=time.monotonic() - start)

    async def run_job(self, job: Job) -> JobResult:
        """Run a job; see `Sandbox`."""
        was_clean, self.is_clean = self.is_clean, False
        result = await self._run_job(job)
        # A call that is cancelled does not get here: its job may still be running.
        self.is_clean = was_clean and self.is_alive and self._isolation.jobs_share_kernel
        return result

    async def _run_job(self, job: Job) -> JobResult:
        start = time.monotonic()
        self._jobs += 1
        name = f"job-{self._jobs}"
        kernel = self._kernel
        kernel.given_bytes = await asyncio.to_thread(put_job, job, name, kernel.folder)
        content = silent_cell(_job_cell(job, name))
        seconds = job.timeout_seconds + JOB_GRACE_SECONDS
        reply = await kernel.request("execute_request", content, seconds)
        result = await asyncio.to_thread(take_result, name, job, kernel.limits, kernel.folder)
        if isinstance(result, JobResult) and not isinstance(reply, Ended):
            return result
        await kernel.end()
        outcome = reply.outcome if isinstance(reply, Ended) else Outcome.KILLED
        if isinstance(result, str):
            return JobResult(outcome, result, time.monotonic() - start)
        return replace(result, outcome=outcome, answers=())

    async def interrupt(self) -> None:
        """Stop what runs now; see `Sandbox`."""
        await self._kernel.interrupt()

    async def close(self) -> None:
        """End it and remove its folders; see `Sandbox`."""
        self._watchdog.forget(self._kernel)
        await self._kernel.close()


async def open_kernel(
    isolation: Isolation, program: Program, root: Path, watchdog: Watchdog
) -> KernelSandbox:
    """Start a kernel with a folder of its own under `root`; SandboxError when it does not."""
    folder = await asyncio.to_thread(KernelFolder.create, root, new_owner())
    manager = SandboxKernelManager(
        transport="ipc",
        ip=_socket_path(folder),
        connection_file=str(folder.path / "host-connection.json"),
        context=bounded_context(program.limits),
    )
    end = end_namespace if isolation.has_process_namespace else end_tree
    manager.use(kernel_spec(), folder, end)
    kernel = LaunchedKernel(manager, folder, program.limits)
    try:
        manager.launch = await asyncio.to_thread(isolation.launch, program, folder)
        await kernel.start()
    except BaseException:
        await kernel.close()
        raise
    watchdog.watch(kernel)
    return KernelSandbox(isolation, kernel, watchdog)


def _job_cell(job: Job, name: str) -> str:
    order = {"id": name, "questions": len(job.questions), "timeout_seconds": job.timeout_seconds}
    return f"import sandboxes.inside.kernel as _k; _k.run_job({json.dumps(order)!r})"


def _socket_path(folder: KernelFolder) -> str:
    """Where the host finds the sockets: a path that is short enough for one."""
    path = str(folder.run / SOCKET_PREFIX)
    if len(path) > LONGEST_SOCKET_PATH:
        if sys.platform != "linux":
            raise SandboxError(f"The folder for sandboxes has too long a path: {folder.path}")
        return f"/proc/self/fd/{folder.run_fd}/{SOCKET_PREFIX}"
    return path
