"""Writing an artefact's folder: whole or not at all, and never over what is not ours."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sela.artefact.manifest import read_manifest
from sela.errors import DataError, RequestError

IGNORED = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})


def refuse_foreign(folder: Path) -> None:
    """Raise RequestError unless the folder is absent, empty, or holds only what an export wrote."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RequestError(f"{folder} is a file or a link. Choose another folder.")
    if not folder.is_dir():
        return
    there = sorted(_files(folder))
    if not there:
        return
    try:
        ours = set(read_manifest(folder).files) | {"refitted.joblib"}
    except DataError:
        raise RequestError(
            f"The folder {folder} is not empty and is not an exported pipeline. Choose a new one."
        ) from None
    foreign = [name for name in there if name not in ours]
    if foreign:
        raise RequestError(
            f"The folder {folder} holds files that no export wrote, such as {foreign[0]!r}, and "
            "would be replaced. Move them, or choose a new folder."
        )


def stage_folder(folder: Path) -> Path:
    """A new hidden folder beside `folder`, to be filled and then moved by `move_into_place`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    made.chmod(0o777 & ~_umask())
    return made


def fill(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by relative path, and have them reach the disk."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sink:
            sink.write(data.encode() if isinstance(data, str) else data)
            sink.flush()
            os.fsync(sink.fileno())


def move_into_place(made: Path, folder: Path) -> None:
    """Rename `made` to `folder`; an older export there is replaced, and restored if that fails."""
    refuse_foreign(folder)
    if not folder.is_dir():
        made.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "was")
    try:
        made.rename(folder)
    except OSError:
        (old / "was").rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _files(folder: Path) -> list[str]:
    found: list[str] = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not path.is_dir() and not IGNORED.intersection(parts):
            found.append("/".join(parts))
    return found


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
