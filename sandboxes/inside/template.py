"""The template: one thread, imports done, forked once for each job.

It never holds what a job reads or returns: bytes move from descriptor to descriptor inside the
system, so that its memory, which the next job inherits, has no trace of the last.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from sandboxes.inside import wire
from sandboxes.inside.conversation import Conversation, Request
from sandboxes.inside.figures import link_fonts
from sandboxes.inside.settings import Settings
from sandboxes.inside.threads import do_without_proc
from sandboxes.inside.trees import empty_folder, remove_tree


def serve(settings: Settings, kernel: socket.socket, end_job: Callable[[], None]) -> NoReturn:
    """Run jobs until the kernel ends."""
    _preload(settings)
    while (order := wire.receive(kernel.fileno())) is not None:
        if order.kind == wire.CANCEL:
            wire.send(kernel.fileno(), wire.CANCEL)
        elif order.kind == wire.JOB:
            is_cancelled = _run(Request(**order.json()), settings, kernel, end_job)
            wire.send(kernel.fileno(), wire.END)
            if is_cancelled:
                wire.send(kernel.fileno(), wire.CANCEL)
    os._exit(0)


def _run(
    request: Request, settings: Settings, kernel: socket.socket, end_job: Callable[[], None]
) -> bool:
    """Run one job; whether the kernel called it off."""
    folder = os.path.join(settings.work, request.id)
    os.makedirs(os.path.join(folder, "tmp"))
    talk = Conversation(request, settings, kernel, folder)
    try:
        talk.hold()
    finally:
        end_job()
        talk.close()
        remove_tree(folder)
        for shared in settings.shared:
            empty_folder(shared)
    os.rename(
        os.path.join(settings.outbox, f"{request.id}.part"),
        os.path.join(settings.outbox, request.id),
    )
    return talk.is_cancelled


def _preload(settings: Settings) -> None:
    """Import what jobs need. None of it may start a thread, or a child could hang."""
    link_fonts(settings.lib, settings.work)
    for name in settings.preload:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(json.dumps({"not preloaded": name, "why": str(error)}), file=sys.stderr)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    if settings.kernel_wall is not None:
        do_without_proc()
    gc.collect()
    gc.freeze()
