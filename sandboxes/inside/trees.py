"""Remove folders that hostile code filled: deep, unreadable, full of links."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class _Level:
    """A folder on the way down: its name, what it is, and the folders in it that are left."""

    name: str
    identity: tuple[int, int]
    left: list[str]


def remove_tree(path: str) -> None:
    """Remove a folder and all in it; OSError when something stays.

    Follows no link, and has one folder open at a time however deep they are. Nobody may be
    changing it meanwhile.
    """
    parent = os.open(os.path.dirname(path) or ".", _FOLDER)
    try:
        name = os.path.basename(path)
        if _enter_or_unlink(parent, name):
            _empty_below(_open(parent, name), name)
            os.rmdir(name, dir_fd=parent)
    finally:
        os.close(parent)


def empty_folder(path: str) -> None:
    """Remove all in a folder."""
    with os.scandir(path) as found:
        names = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in found]
    for name, is_folder in names:
        if is_folder:
            remove_tree(name)
        else:
            os.unlink(name)


def _empty_below(top: int, name: str) -> None:
    here = top
    way = [_level(here, name)]
    while True:
        if way[-1].left:
            name = way[-1].left.pop()
            inner = _open(here, name)
            os.close(here)
            here = inner
            way.append(_level(here, name))
            continue
        done = way.pop()
        if not way:
            return os.close(here)
        outer = os.open("..", _FOLDER, dir_fd=here)
        os.close(here)
        here = outer
        if _identity(here) != way[-1].identity:
            raise OSError(f"{done.name} was moved while it was removed")
        os.rmdir(done.name, dir_fd=here)


def _level(folder: int, name: str) -> _Level:
    """Unlink what is no folder in it."""
    os.fchmod(folder, 0o700)
    left = [name for name in os.listdir(folder) if _enter_or_unlink(folder, name)]
    return _Level(name, _identity(folder), left)


def _enter_or_unlink(parent: int, name: str) -> bool:
    """Whether a name is that of a folder; anything else is unlinked."""
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        return True
    os.unlink(name, dir_fd=parent)
    return False


def _open(parent: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        with contextlib.suppress(OSError):
            os.chmod(name, 0o700, dir_fd=parent)
        return os.open(name, _FOLDER, dir_fd=parent)


def _identity(folder: int) -> tuple[int, int]:
    found = os.fstat(folder)
    return found.st_dev, found.st_ino
