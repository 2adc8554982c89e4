"""The first code inside: three processes that part the work and the trust.

The *supervisor* stays outside of the inner walls, and kills what a job leaves. Its child, the
*template*, has imported what jobs need, has one thread, and forks one child for each job. The
template's own first child is the *kernel*, which speaks Jupyter to the host.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from types import FrameType

from sandboxes.inside import kernel, system, template
from sandboxes.inside.family import end_family
from sandboxes.inside.limits import lower_limit
from sandboxes.inside.settings import Settings
from sandboxes.inside.wall import put_up

KILL = b"k"
KILLED = b"d"
FILES = 1024
"""Open at once, for each process."""


def main() -> None:
    """Start the supervisor, template and kernel; return never."""
    settings = Settings.load(sys.argv[1])
    system.die_with_parent(signal.SIGTERM)
    if settings.server and os.getppid() != settings.server:
        os._exit(1)
    system.adopt_orphans()
    _limit(settings)
    signal.signal(signal.SIGTERM, _end)
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _template(settings, theirs)
    theirs.close()
    supervise(pid, ours)


def supervise(template_pid: int, requests: socket.socket) -> None:
    """Kill the leftovers of jobs when the template asks; end everything when it ends."""
    system.hide_memory()
    kernel_pid = int.from_bytes(requests.recv(8), "big")
    try:
        while requests.recv(1) == KILL:
            end_family(keep=(template_pid, kernel_pid))
            requests.send(KILLED)
    finally:
        end_family()
        os._exit(0)


def _end(signum: int, frame: FrameType | None) -> None:
    end_family()
    os._exit(0)


def _template(settings: Settings, supervisor: socket.socket) -> None:
    system.die_with_parent()
    if settings.kernel_wall is not None:
        put_up(settings.kernel_wall)
    if settings.hide_memory:
        system.hide_memory()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        supervisor.close()
        ours.close()
        system.die_with_parent()
        kernel.serve(settings, theirs)
    theirs.close()
    supervisor.send(pid.to_bytes(8, "big"))
    template.serve(settings, ours, lambda: _end_job(supervisor))


def _end_job(supervisor: socket.socket) -> None:
    supervisor.send(KILL)
    if supervisor.recv(1) != KILLED:
        os._exit(1)


def _limit(settings: Settings) -> None:
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_NOFILE, FILES)
    lower_limit(resource.RLIMIT_NPROC, settings.processes)
    lower_limit(resource.RLIMIT_FSIZE, max(settings.file_bytes, 2 * settings.answer_bytes))
