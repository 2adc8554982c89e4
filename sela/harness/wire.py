"""The bytes between host and sandbox: frames as Arrow, arrays as npz without pickle."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

NPY_HEADER_BYTES = 4096


class WireError(ValueError):
    """Bytes that are not what they were said to be."""


def frame_to_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as an Arrow stream; the index stays behind, mixed columns travel as strings."""
    plain = frame.reset_index(drop=True)
    for name, column in tuple(plain.items()):
        if column.dtype == object and not _is_uniform(column):
            plain[name] = column.map(str, na_action="ignore")
    sink = io.BytesIO()
    table = pa.Table.from_pandas(plain, preserve_index=False)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _is_uniform(column: pd.Series) -> bool:
    """Whether Arrow has a type for all the values of a column."""
    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return False
    return True


def bytes_to_frame(data: bytes) -> pd.DataFrame:
    """The frame of `frame_to_bytes`."""
    with pa.ipc.open_stream(data) as reader:
        frame: pd.DataFrame = reader.read_all().to_pandas()
    return frame


def array_to_bytes(array: NDArray[Any]) -> bytes:
    """One array as .npy without pickle."""
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=False)
    return sink.getvalue()


def bytes_to_array(data: bytes) -> NDArray[Any]:
    """The array of `array_to_bytes`; WireError instead of trusting the header."""
    source = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(source)
        if version != (1, 0):
            raise WireError(f"npy version {version} is not read")
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(
            source, max_header_size=NPY_HEADER_BYTES
        )
    except ValueError as error:
        raise WireError(f"not a plain array: {error}") from error
    body = data[source.tell() :]
    if dtype.kind not in "biuf" or is_fortran:
        raise WireError(f"an array of {dtype} is not read")
    if len(body) != int(np.prod(shape, dtype=object)) * dtype.itemsize:
        raise WireError("the array is not as long as its header says")
    return np.frombuffer(body, dtype=dtype).reshape(shape)


def arrays_to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays as an uncompressed npz without pickle."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", array_to_bytes(np.ascontiguousarray(array)))
    return sink.getvalue()


def bytes_to_arrays(data: bytes, *, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Those of `names` that are there; WireError on anything compressed, foreign or broken."""
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                name = info.filename.removesuffix(".npy")
                if name not in names or info.compress_type != zipfile.ZIP_STORED:
                    raise WireError(f"unexpected part {info.filename[:40]!r}")
                if info.file_size > len(data):
                    raise WireError(f"part {name!r} claims more bytes than came")
                arrays[name] = bytes_to_array(archive.read(info))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise WireError(f"not an archive of arrays: {error}") from error
    return arrays
