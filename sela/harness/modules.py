"""Stage modules: source text made into a module that pickles by value."""

from __future__ import annotations

import errno
import hashlib
import linecache
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType

import cloudpickle

TRACEBACK_CHARS = 4000
FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)
STAGE_MARK = "::stage "
"""A printed line of this and a stage's name tells which stage runs: whom to blame for a timeout."""


class StageError(Exception):
    """A stage's code raised, or broke the contract. Carries text only, so that it travels."""

    def __init__(self, stage: str, kind: str, message: str, trace: str) -> None:
        super().__init__(f"{stage}: {kind}: {message}")
        self.stage = stage
        self.kind = kind
        self.message = message
        self.trace = trace

    def __reduce__(self) -> tuple[type[StageError], tuple[str, str, str, str]]:
        return StageError, (self.stage, self.kind, self.message, self.trace)


class ContractError(ValueError):
    """The code ran, but what it gave is not what the contract asks."""


@contextmanager
def blame(stage: str) -> Generator[None]:
    """Turn whatever is raised inside into a StageError: of the stage whose code it came through
    last, or of this one when it came through none.

    What the sandbox has a name of its own for passes: too little memory, or disk.
    """
    try:
        yield
    except (StageError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        kind = "Contract" if isinstance(error, ContractError) else type(error).__name__
        guilty = stage_of(error) or stage
        raise StageError(guilty, kind, str(error)[:1000], _trace(error, guilty)) from error


def stage_of(error: BaseException) -> str | None:
    """The stage whose module holds the innermost frame of an error, if any does."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("<stage_"):
            return frame.filename.removeprefix("<stage_").rpartition("_")[0]
    return None


def load_stage(stage: str, source: str) -> ModuleType:
    """The module of a stage's source; the same source gives the same module within a process."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    name = f"stage_{stage}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = f"{stage}.py"
    # Tracebacks show the line, since linecache knows the text by its file name.
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    sys.modules[name] = module
    try:
        exec(compile(source, filename, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    cloudpickle.register_pickle_by_value(module)
    return module


def announce(stage: str) -> None:
    """Print which stage runs now."""
    print(f"{STAGE_MARK}{stage}", flush=True)


def _trace(error: BaseException, stage: str) -> str:
    """The frames from the stage's own code on; all of them when it has none there."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [i for i, frame in enumerate(frames) if frame.filename.startswith(f"<stage_{stage}")]
    shown = frames[own[0] :] if own else frames[-3:]
    for frame in shown:
        frame.filename = _short(frame.filename, stage)
    text = "".join(traceback.format_list(shown)) + f"{type(error).__name__}: {error}"
    return text[-TRACEBACK_CHARS:]


def _short(filename: str, stage: str) -> str:
    """A file name without the machine's folders."""
    if filename.startswith("<stage_"):
        return f"{stage}.py"
    return filename.rpartition("site-packages/")[2].rpartition("/sela/")[2]
