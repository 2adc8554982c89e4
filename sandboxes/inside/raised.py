"""Tell what a job's code raised."""

from __future__ import annotations

import errno
import json
import linecache
import traceback

from sandboxes.inside import wire

TRACEBACK_CHARACTERS = 4000
MESSAGE_CHARACTERS = 2000
FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)


def send_error(descriptor: int, error: BaseException, lib: str) -> None:
    """Send it as a frame, without the frames of what is shipped in `lib`."""
    try:
        text = _describe(error, lib)
        wire.send(descriptor, wire.ERROR, json.dumps(text).encode())
    except (OSError, MemoryError, RecursionError):
        return


def _describe(error: BaseException, lib: str) -> dict[str, str]:
    linecache.checkcache()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not (lib and frame.filename.startswith(lib))]
    lines = traceback.format_list(own or frames) + traceback.format_exception_only(error)
    try:
        message = str(error)
    except Exception as worse:
        message = f"(its message raised {type(worse).__name__})"
    return {
        "outcome": _outcome(error),
        "type": type(error).__name__,
        "message": message[:MESSAGE_CHARACTERS],
        "traceback": "".join(lines)[-TRACEBACK_CHARACTERS:],
    }


def _outcome(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "out_of_memory"
    if isinstance(error, OSError) and error.errno in FULL:
        return "disk_limit"
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return "out_of_memory"
    return "error" if isinstance(error, Exception) else "killed"
