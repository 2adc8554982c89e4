"""The kernel provisioner: starts a kernel behind a wall, with an environment of its own.

Registered as `sela-sandbox` in the entry point group `jupyter_client.kernel_provisioners`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from sandboxes.folders import KernelFolder
from sandboxes.inside.kernel import CONNECTION_FILE
from sandboxes.isolation.isolation import FILTER_FD, Launch

NAME = "sela-sandbox"
SOCKET_PREFIX = "k"
"""Of the sockets inside, relative to the run folder; so no path is too long for a socket."""


class SandboxKernelManager(AsyncKernelManager):
    """A kernel manager that knows how its kernel is launched."""

    launch: Launch
    folder: KernelFolder
    end: Callable[[subprocess.Popen[bytes]], None]
    """Ends a launched process and all that it started."""

    def use(
        self,
        spec: KernelSpec,
        folder: KernelFolder,
        end: Callable[[subprocess.Popen[bytes]], None],
    ) -> None:
        """Say what kernel this is, instead of looking for one of that name."""
        self._kernel_spec = spec
        self.folder = folder
        self.end = end


def kernel_spec() -> KernelSpec:
    """The spec of any walled kernel. A signal would end the wall, so interrupts are messages."""
    register()
    return KernelSpec(
        argv=["sandbox"],
        display_name="Python in a sandbox",
        language="python",
        interrupt_mode="message",
        metadata={"kernel_provisioner": {"provisioner_name": NAME}},
    )


def register() -> None:
    """Make the provisioner known where the package's entry points are not installed."""
    known = KernelProvisionerFactory.instance().provisioners
    if NAME not in known:
        value = f"{__name__}:{SandboxProvisioner.__name__}"
        known[NAME] = EntryPoint(NAME, value, KernelProvisionerFactory.GROUP_NAME)


class SandboxProvisioner(LocalProvisioner):
    """Launches what its manager's `launch` says."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Replace command and environment, and write the inside's own connection file."""
        kwargs = await super().pre_launch(**kwargs)
        manager = self._manager()
        argv, descriptors = _with_filter(manager.launch)
        kwargs.update(
            cmd=argv,
            pass_fds=descriptors,
            env=dict(manager.launch.env),
            independent=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=manager.folder.log.open("ab"),
        )
        connection: dict[str, Any] = {**manager.get_connection_info()}
        connection.update(key=connection["key"].decode(), ip=SOCKET_PREFIX)
        path = manager.folder.run / CONNECTION_FILE
        path.write_text(json.dumps(connection))
        path.chmod(0o644)
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start it."""
        try:
            return await super().launch_kernel(cmd, **kwargs)
        finally:
            kwargs["stderr"].close()
            for descriptor in kwargs["pass_fds"]:
                os.close(descriptor)

    async def send_signal(self, signum: int) -> None:
        """Signals end the wall; there is nothing else that one could mean."""
        if self.process is not None and signum in (signal.SIGTERM, signal.SIGKILL):
            self._manager().end(self.process)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        await self.send_signal(signal.SIGTERM)

    def _manager(self) -> SandboxKernelManager:
        manager = self.parent
        assert isinstance(manager, SandboxKernelManager)
        return manager


def _with_filter(launch: Launch) -> tuple[list[str], tuple[int, ...]]:
    if launch.filter_file is None:
        return list(launch.argv), ()
    descriptor = os.open(launch.filter_file, os.O_RDONLY)
    return [part.replace(FILTER_FD, str(descriptor)) for part in launch.argv], (descriptor,)
