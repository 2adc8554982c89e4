"""A launched kernel: its processes, its sockets, and one request at a time over them."""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient

from sandboxes.base import Limits, Outcome, SandboxError
from sandboxes.cells import CellOutput
from sandboxes.folders import KernelFolder
from sandboxes.provisioner import SandboxKernelManager
from sandboxes.reading import FloodError, Message, receive

START_SECONDS = 90.0
POLL_SECONDS = 0.05
GRACE_SECONDS = 3.0
"""From an interrupt until the kernel is killed."""
IDLE_SECONDS = 2.0
"""From a cell's reply until its last output; longer means that some was too large to be read."""
LOG_CHARACTERS = 2000


@dataclass(frozen=True)
class Ended:
    """The kernel ended, or was ended, while a request was open."""

    outcome: Outcome


class LaunchedKernel:
    """Owns a kernel's processes, sockets and folder."""

    def __init__(self, manager: SandboxKernelManager, folder: KernelFolder, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.is_busy = False
        self.given_bytes = 0
        """On disk, by the host, for the job that runs."""
        self._manager = manager
        self._client: AsyncKernelClient | None = None
        self._cuts: zmq.asyncio.Socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._outcome: Outcome | None = None
        self._closed = False

    @property
    def is_alive(self) -> bool:
        return not self._closed and self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process, on the host, under which everything of this kernel is."""
        assert self._process is not None
        return self._process.pid

    @property
    def path(self) -> Path:
        return self.folder.path

    async def start(self) -> None:
        """Launch it and wait until it answers; SandboxError when it does not."""
        await self._manager.start_kernel()
        provisioner = self._manager.provisioner
        assert provisioner is not None
        self._process = provisioner.process  # pyright: ignore[reportAttributeAccessIssue]
        self._client = self._manager.client(context=self._manager.context)
        self._client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
        published = self._client.iopub_channel.socket
        self._cuts = published.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        reply = await self.request("kernel_info_request", {}, START_SECONDS)
        if isinstance(reply, Message):
            code = "import sandboxes.inside.kernel as _k; _k.wait_until_ready(); del _k"
            reply = await self.request("execute_request", silent_cell(code), START_SECONDS)
        if isinstance(reply, Ended):
            raise SandboxError(f"A kernel did not start ({reply.outcome}). It said: {self._log()}")
        await self._subscribed()

    async def request(
        self,
        kind: str,
        content: dict[str, object],
        seconds: float,
        output: CellOutput | None = None,
    ) -> Message | Ended:
        """Send a request and wait for its reply; ends, on time, whatever the kernel does.

        Past its seconds it is interrupted, and killed when that does not help.
        """
        assert self._client is not None
        request = self._client.session.msg(kind, content)
        self.is_busy = True
        self._client.session.send(self._client.shell_channel.socket, request)
        listening = asyncio.create_task(self._listen(request["header"]["msg_id"], output))
        try:
            return await self._watch(listening, time.monotonic() + seconds)
        finally:
            self.is_busy = False
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def interrupt(self) -> None:
        """Have the kernel raise KeyboardInterrupt in what it runs."""
        if self.is_alive:
            await self._manager.interrupt_kernel()

    async def end(self, outcome: Outcome = Outcome.KILLED) -> None:
        """End every process of it at once; what runs now ends with that outcome."""
        await asyncio.to_thread(self.end_now, outcome)

    def end_now(self, outcome: Outcome) -> None:
        """The same, from any thread; blocks for about a second at the most."""
        if self._outcome is None:
            self._outcome = outcome
        # A launch that was cancelled half way is known to the provisioner only.
        process = self._process or getattr(self._manager.provisioner, "process", None)
        if process is not None:
            self._manager.end(process)

    async def close(self) -> None:
        """End it and remove its folder. Idempotent."""
        if self._closed:
            return
        await self.end()
        self._closed = True
        if self._client is not None:
            self._client.iopub_channel.socket.disable_monitor()
            self._client.stop_channels()
        await self._manager.cleanup_resources()
        self._manager.context.destroy(linger=0)
        await asyncio.to_thread(self.folder.remove)

    async def _subscribed(self) -> None:
        """Return when what the kernel publishes arrives here.

        A subscription takes its own time, and until then libzmq drops what is published; the
        kernel greets each new one.
        """
        assert self._client is not None
        first = receive(self._client.iopub_channel.socket, self._client.session)
        try:
            await asyncio.wait_for(first, START_SECONDS)
        except TimeoutError as error:
            raise SandboxError("A kernel started, but none of its output arrived.") from error

    async def _watch(self, listening: asyncio.Task[Message], deadline: float) -> Message | Ended:
        is_interrupted = False
        while True:
            await asyncio.wait({listening}, timeout=POLL_SECONDS)
            if listening.done():
                return await self._heard(listening, is_interrupted)
            if not self.is_alive:
                return Ended(self._outcome or Outcome.KILLED)
            if time.monotonic() > deadline:
                if is_interrupted:
                    await self.end(Outcome.TIMED_OUT)
                    return Ended(Outcome.TIMED_OUT)
                is_interrupted = True
                deadline = time.monotonic() + GRACE_SECONDS
                await self.interrupt()

    async def _heard(
        self, listening: asyncio.Task[Message], is_interrupted: bool
    ) -> Message | Ended:
        try:
            message = listening.result()
        except FloodError:
            await self.end(Outcome.OUTPUT_LIMIT)
            return Ended(Outcome.OUTPUT_LIMIT)
        return Ended(Outcome.TIMED_OUT) if is_interrupted else message

    async def _listen(self, request_id: str, output: CellOutput | None) -> Message:
        """The reply, when also everything that the cell has published is there."""
        assert self._client is not None
        if output is None:
            return await self._reply(request_id)
        published = asyncio.create_task(
            output.collect(self._client.iopub_channel.socket, self._client.session, request_id)
        )
        replied = asyncio.create_task(self._reply(request_id))
        cut = asyncio.create_task(self._cut())
        try:
            await asyncio.wait({published, replied, cut}, return_when=asyncio.FIRST_COMPLETED)
            if published.done():
                published.result()
            if cut.done():
                cut.result()
            message = await replied
            await asyncio.wait({published}, timeout=IDLE_SECONDS)
            if not published.done():
                raise FloodError
            published.result()
            return message
        finally:
            for task in (published, replied, cut):
                task.cancel()

    async def _cut(self) -> None:
        """FloodError when libzmq ends a connection, as it does when a message is too large."""
        assert self._cuts is not None
        await self._cuts.recv_multipart()
        # Kernels that die are cut off, too; `_watch` sees that first.
        await asyncio.sleep(4 * POLL_SECONDS)
        raise FloodError

    async def _reply(self, request_id: str) -> Message:
        assert self._client is not None
        while True:
            message, _ = await receive(self._client.shell_channel.socket, self._client.session)
            if message is not None and message.parent_id == request_id:
                return message

    def _log(self) -> str:
        try:
            return self.folder.log.read_text(errors="replace")[-LOG_CHARACTERS:].strip()
        except OSError:
            return ""


def silent_cell(code: str) -> dict[str, object]:
    """The content of an execute request that leaves nothing in the kernel's history."""
    return {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }
