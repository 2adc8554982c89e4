"""Remove folders that hostile code filled: deep, unreadable, full of links."""

from __future__ import annotations

import contextlib
import os
import stat

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(path: str) -> None:
    """Remove a folder and all in it; follows no link, recurses nowhere, however deep it is.

    Folders found inside are moved up beside their parent before they are opened, so that neither
    path length nor open descriptors grow with depth. OSError when something stays.
    """
    parent = os.open(os.path.dirname(path) or ".", _FOLDER)
    try:
        _remove(parent, os.path.basename(path))
    finally:
        os.close(parent)


def _remove(parent: int, name: str) -> None:
    try:
        top = _open(parent, name)
    except FileNotFoundError:
        return
    except (NotADirectoryError, OSError):
        os.unlink(name, dir_fd=parent)
        return
    try:
        count = 0
        while folders := _empty(top):
            for folder in folders:
                count = _hoist(top, folder, count)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=parent)


def _open(parent: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            _make_ours(parent, name)
        return os.open(name, _FOLDER, dir_fd=parent)


def _make_ours(parent: int, name: str) -> None:
    # Only root or the owner gets here, and what it is was looked at; a link that replaced it
    # since can only be one to a file of the same unprivileged owner.
    with contextlib.suppress(OSError):
        os.chmod(name, 0o700, dir_fd=parent)


def _empty(folder: int) -> list[str]:
    """Unlink what is no folder; the names of the folders that remain."""
    os.fchmod(folder, 0o700)
    folders: list[str] = []
    for name in os.listdir(folder):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            folders.append(name)
        else:
            os.unlink(name, dir_fd=folder)
    return folders


def _hoist(top: int, name: str, count: int) -> int:
    """Empty one folder, move its own folders up beside it, and remove it."""
    folder = _open(top, name)
    try:
        for inner in _empty(folder):
            with contextlib.suppress(OSError):
                _make_ours(folder, inner)
            count += 1
            os.rename(inner, f".hoisted-{count}-{os.getpid()}", src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=top)
    return count
