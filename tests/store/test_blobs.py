from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sela.errors import NotFoundError, StoreError
from sela.store.blobs import FileBlobs


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=10_000))
def test_bytes_come_back_under_their_hash(tmp_path: Path, data: bytes) -> None:
    blobs = FileBlobs(tmp_path)
    assert blobs.put(data) == hashlib.sha256(data).hexdigest()
    assert blobs.get(blobs.put(data)) == data


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blobs.put(b"data")
    blobs.put(b"data")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_cut_file_is_written_anew(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blob_id = blobs.put(b"data")
    _file(tmp_path).write_bytes(b"da")
    assert blobs.get(blobs.put(b"data")) == b"data"
    assert blob_id == blobs.put(b"data")


def test_a_damaged_blob_is_never_handed_out(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blob_id = blobs.put(b"data")
    _file(tmp_path).write_bytes(b"evil")
    with pytest.raises(StoreError, match="is damaged"):
        blobs.get(blob_id)


def test_a_missing_blob_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is not in"):
        FileBlobs(tmp_path).get("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "0" * 63, "A" * 64, "0\n"])
def test_a_blob_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="64 hexadecimal digits"):
        FileBlobs(tmp_path).get(name)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "blobs"
    in_the_way.write_text("a file")
    with pytest.raises(StoreError, match="Cannot write to"):
        FileBlobs(in_the_way).put(b"data")


def _file(folder: Path) -> Path:
    return next(path for path in folder.rglob("*") if path.is_file())
