"""The folders of a sandbox, and how the host touches what hostile code may have touched."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandboxes.inside.trees import remove_tree

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

LOCK = "owner.lock"


class UntrustedFileError(Exception):
    """A file from a sandbox is not what it should be: a link, a pipe, missing, or too large."""


@dataclass(frozen=True)
class KernelFolder:
    """A kernel's own folder. `run` has its sockets; code inside may write everywhere in it."""

    path: Path
    owner: int | None
    """The user that code inside runs as; None when it is the server's."""
    run_fd: int
    inbox_fd: int
    outbox_fd: int

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def inbox(self) -> Path:
        return self.path / "in"

    @property
    def outbox(self) -> Path:
        return self.path / "out"

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def log(self) -> Path:
        """What the processes said on stderr; nothing inside can replace it."""
        return self.path / "log"

    @staticmethod
    def create(root: Path, owner: int | None) -> KernelFolder:
        """Make a new one under `root`, for the user with that id."""
        path = root / f"k{secrets.token_hex(4)}"
        path.mkdir()
        path.chmod(0o700 if owner is None else 0o711)
        for name in ("run", "in", "out", "work"):
            (path / name).mkdir(mode=0o700)
            if owner is not None:
                os.chown(path / name, owner, owner)
        return KernelFolder(
            path, owner, *(os.open(path / name, _FOLDER) for name in ("run", "in", "out"))
        )

    def put(self, name: str, parts: Iterable[bytes]) -> int:
        """Write a file into the inbox, readable inside; how many bytes it has."""
        descriptor = os.open(name, _WRITE, 0o644, dir_fd=self.inbox_fd)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o644)
            return sum(file.write(part) for part in parts)

    def take(self, name: str, most_bytes: int) -> bytes:
        """Read a file of the outbox and remove it; UntrustedFileError when it is not right."""
        try:
            return read_untrusted(name, most_bytes, self.outbox_fd)
        finally:
            self.discard(name)

    def discard(self, name: str) -> None:
        """Remove a file of the outbox, if it is there."""
        try:
            os.unlink(name, dir_fd=self.outbox_fd)
        except (FileNotFoundError, IsADirectoryError, PermissionError):
            return

    def remove(self) -> None:
        """Remove all of it. The processes must have ended."""
        for descriptor in (self.run_fd, self.inbox_fd, self.outbox_fd):
            os.close(descriptor)
        remove_tree(str(self.path))


def read_untrusted(name: str, most_bytes: int, folder: int) -> bytes:
    """Read a plain file of at most that size, without following links or waiting for pipes."""
    try:
        descriptor = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        raise UntrustedFileError(f"{name}: {error.strerror}") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        raise UntrustedFileError(f"{name} is not a plain file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise UntrustedFileError(f"{name} has more than {most_bytes} bytes")
    return data


class PoolFolder:
    """The folder of one pool, locked while its process lives."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        with _only_one(root):
            sweep(root)
            self.path = root / f"p{secrets.token_hex(4)}"
            self.path.mkdir()
            self.path.chmod(0o711)
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove it, and let go the lock."""
        remove_tree(str(self.path))
        os.close(self._lock)


@contextmanager
def _only_one(root: Path) -> Generator[None]:
    """Let no other process make or sweep folders there meanwhile."""
    lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def sweep(root: Path) -> list[Path]:
    """Remove the folders of pools whose process has ended; which they were."""
    swept: list[Path] = []
    for path in root.iterdir():
        if path.name.startswith("p") and path.is_dir() and _is_abandoned(path):
            remove_tree(str(path))
            swept.append(path)
    return swept


def _is_abandoned(path: Path) -> bool:
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
