"""What the host tells the inside at its start, as one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Wall:
    """A Landlock domain and a seccomp filter; paths as seen inside."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]
    seccomp: str
    """Path of the compiled filter; empty for none."""


@dataclass(frozen=True)
class Settings:
    """Folders are paths as seen inside; limits are those of `sandboxes.base.Limits`."""

    lib: str
    run: str
    inbox: str
    outbox: str
    work: str
    preload: tuple[str, ...]
    memory_bytes: int
    processes: int
    """For RLIMIT_NPROC: where the count is per user, the user's other ones are included."""
    file_bytes: int
    output_bytes: int
    answer_bytes: int
    threads: int
    server: int = 0
    """The process that must be the parent, or the inside ends; 0 behind a process namespace."""
    kernel_wall: Wall | None = None
    """Put up by the inside itself, around kernel and template (tier B)."""
    job_wall: Wall | None = None
    """Around each job, nested in the outer one. None: nothing but processes parts the jobs."""
    shared: tuple[str, ...] = ()
    """Folders that jobs may use by turns: emptied after each."""
    hide_memory: bool = False
    """Make kernel and template unreadable for processes of the same user."""

    def save(self, path: Path) -> None:
        """Write it where `load` will find it."""
        path.write_text(json.dumps(asdict(self)))
        path.chmod(0o644)

    @staticmethod
    def load(path: str) -> Settings:
        """Read what `save` wrote."""
        fields: dict[str, Any] = json.loads(Path(path).read_text())
        fields.update({name: tuple(fields[name]) for name in ("preload", "shared")})
        for name in ("kernel_wall", "job_wall"):
            fields[name] = _wall(fields[name])
        return Settings(**fields)


def _wall(fields: dict[str, Any] | None) -> Wall | None:
    if fields is None:
        return None
    return Wall(tuple(fields["readable"]), tuple(fields["writable"]), fields["seccomp"])
