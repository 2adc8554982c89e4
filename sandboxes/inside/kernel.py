"""The Jupyter kernel of a sandbox, and the call by which a cell of the host runs a job."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

from sandboxes.inside import wire
from sandboxes.inside.settings import Settings

CONNECTION_FILE = "connection.json"

_template: socket.socket | None = None


def serve(settings: Settings, template: socket.socket) -> NoReturn:
    """Be a Jupyter kernel; the working folder is where the sockets are until they are bound."""
    global _template
    _template = template
    os.setsid()
    os.chdir(settings.run)
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(connection_file=CONNECTION_FILE, connection_dir=settings.run)
    app.initialize(["--HistoryManager.enabled=False"])
    os.chdir(settings.work)
    app.start()
    os._exit(0)


def wait_until_ready() -> None:
    """Return when the template has imported everything."""
    assert _template is not None
    wire.send(_template.fileno(), wire.CANCEL)
    _wait_for(wire.CANCEL, _template.fileno())


def run_job(request: str) -> None:
    """Have the template run the job; its results are in the outbox when this returns."""
    assert _template is not None
    descriptor = _template.fileno()
    try:
        wire.send(descriptor, wire.JOB, request.encode())
        _wait_for(wire.END, descriptor)
    except KeyboardInterrupt:
        wire.send(descriptor, wire.CANCEL)
        _wait_for(wire.CANCEL, descriptor)


def _wait_for(kind: bytes, descriptor: int) -> None:
    while (answer := wire.receive(descriptor)) is not None:
        if answer.kind == kind:
            return
    os._exit(1)
