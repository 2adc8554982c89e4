"""The protocol of a wall: how a kernel is launched behind it."""

from __future__ import annotations

import os
import secrets
import site
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sandboxes.base import Limits
from sandboxes.folders import KernelFolder
from sandboxes.inside.settings import Settings

DYNAMIC_USERS = range(61184, 65520)
OWN_THREADS = 24
"""Of supervisor, template and kernel; RLIMIT_NPROC counts them with the job's processes."""
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
CONFIGURATION = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
WRITABLE_DEVICES = ("/dev/null",)
FILTER_FD = "{filter-fd}"
"""In a launch's command: the number of the descriptor of its filter file."""


@dataclass(frozen=True)
class Program:
    """What every kernel of a pool runs; the same behind any wall."""

    python: str
    lib: Path
    """Our own code that may be imported inside."""
    preload: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True)
class Launch:
    """A process to start. Its environment is complete: nothing is inherited."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    filter_file: str | None = None


class Isolation(Protocol):
    """A way to part a kernel from the machine."""

    @property
    def tier(self) -> str:
        """`A`, `B`, `C`, or `none`."""
        ...

    @property
    def has_process_namespace(self) -> bool:
        """Whether everything inside ends with the launched process."""
        ...

    @property
    def jobs_share_kernel(self) -> bool:
        """Whether a job is walled well enough from the next that both may use one kernel."""
        ...

    def top(self, folder: KernelFolder) -> Path:
        """Where the kernel's folder is inside."""
        ...

    def launch(self, program: Program, folder: KernelFolder) -> Launch:
        """Write the settings into the folder, and say what to start."""
        ...


def new_owner() -> int | None:
    """A user for code inside when the server is root; None when it shall be the server's own.

    Each kernel has another, so that kernels cannot touch each other and limits of a user are
    limits of a kernel. The range is systemd's for dynamic users, which no package takes.
    """
    if os.geteuid() != 0 or sys.platform != "linux":
        return None
    return DYNAMIC_USERS[secrets.randbelow(len(DYNAMIC_USERS))]


def python_paths(python: str) -> list[Path]:
    """The folders that this interpreter and its packages need, without duplicates."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    found = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)]
    found += [Path(sysconfig.get_paths()[name]) for name in names]
    found += [Path(path) for path in user_packages()]
    found += [Path(python).parent.parent, Path(os.path.realpath(python)).parent.parent]
    kept: list[Path] = []
    for path in sorted({path for path in found if path.exists()}, key=lambda path: len(path.parts)):
        if path != Path("/usr") and not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return [path for path in kept if not path.is_relative_to("/usr")]


def user_packages() -> list[str]:
    """The folder of `pip install --user`, where the server itself uses it."""
    folder = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    return [folder] if os.path.isdir(folder) else []


def environment(limits: Limits, work: str) -> dict[str, str]:
    """The whole environment of code inside."""
    threads = str(limits.threads)
    pools = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    serial = {"JOBLIB_MULTIPROCESSING": "0"} if limits.threads == 1 else {}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": work,
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        "TMPDIR": work,
        "IPYTHONDIR": f"{work}/.ipython",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": f"{work}/.matplotlib",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # pyarrow's allocator starts a thread, which a template must not have when it forks.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "OMP_WAIT_POLICY": "PASSIVE",
        "LOKY_MAX_CPU_COUNT": threads,
        **{f"{pool}_NUM_THREADS": threads for pool in pools},
        **serial,
    }


def settings_for(program: Program, top: Path, *, lib: Path, **more: Any) -> Settings:
    """Settings for an inside that finds its folders under `top`."""
    limits = program.limits
    return Settings(
        lib=str(lib),
        run=str(top / "run"),
        inbox=str(top / "in"),
        outbox=str(top / "out"),
        work=str(top / "work"),
        preload=program.preload,
        memory_bytes=limits.memory_bytes,
        file_bytes=limits.file_bytes,
        output_bytes=limits.output_bytes,
        answer_bytes=limits.answer_bytes,
        threads=limits.threads,
        **more,
    )


def inside_command(python: str, lib: str, settings: str) -> tuple[str, ...]:
    """The command that starts the inside."""
    code = f"import sys; sys.path[:0] = [{lib!r}]; sys.path += {user_packages()!r}; "
    code += "from sandboxes.inside.start import main; main()"
    return (python, "-s", "-P", "-c", code, settings)
