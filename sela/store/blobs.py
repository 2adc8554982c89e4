"""Blobs: bytes in files named by their SHA-256, durable before anything refers to them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from sela.errors import NotFoundError, StoreError

_BLOB_ID = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """A folder of blobs. An interrupted write leaves a `.part` file, which harms nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep the bytes; when this returns, file and name are on the disk."""
        blob_id = hashlib.sha256(data).hexdigest()
        path = self._path(blob_id)
        try:
            if not path.exists() or path.stat().st_size != len(data):
                _write(path, data)
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreError(f"Cannot write to {path.parent}: {error.strerror}.") from error
        return blob_id

    def get(self, blob_id: str) -> bytes:
        """The bytes, checked against their name."""
        try:
            data = self._path(blob_id).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(f"Blob {blob_id} is not in {self._folder}.") from None
        except OSError as error:
            raise StoreError(f"Cannot read blob {blob_id}: {error.strerror}.") from error
        if hashlib.sha256(data).hexdigest() != blob_id:
            raise StoreError(
                f"Blob {blob_id} in {self._folder} is damaged: restore the data folder from a copy."
            )
        return data

    def _path(self, blob_id: str) -> Path:
        if not _BLOB_ID.fullmatch(blob_id):
            raise NotFoundError(f"{blob_id!r} is not the id of a blob: 64 hexadecimal digits.")
        return self._folder / blob_id[:2] / blob_id[2:]


def _write(path: Path, data: bytes) -> None:
    is_new_folder = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_new_folder:
        _sync_folder(path.parent.parent)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """A new name is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
