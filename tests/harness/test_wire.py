import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from sela.harness.wire import (
    WireError,
    array_to_bytes,
    arrays_to_bytes,
    bytes_to_array,
    bytes_to_arrays,
    bytes_to_frame,
    frame_to_bytes,
)


def test_arrays_come_back_as_they_went():
    arrays = {"labels": np.arange(3), "values": np.array([[0.5, np.nan]])}

    back = bytes_to_arrays(arrays_to_bytes(arrays), names=("labels", "values"))

    assert np.array_equal(back["labels"], arrays["labels"])
    assert np.array_equal(back["values"], arrays["values"], equal_nan=True)


def test_frames_come_back_with_mixed_columns_as_strings():
    frame = pd.DataFrame({"mixed": [1, "a", None], "number": [1.0, 2.0, None]}, index=[5, 5, 7])

    back = bytes_to_frame(frame_to_bytes(frame))

    assert back["mixed"].tolist()[:2] == ["1", "a"]
    assert back["mixed"].isna().tolist() == [False, False, True]
    assert back["number"].isna().sum() == 1


def npy(header: str) -> bytes:
    """An .npy with any header one likes."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 8


def zipped(name: str, data: bytes, kind: int = zipfile.ZIP_STORED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", kind) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
        npy("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"),
        npy("__import__('os').abort()"),
        array_to_bytes(np.zeros(4))[:-1],
        b"",
        b"\x80\x04pickle",
    ],
)
def test_an_array_that_lies_is_refused(data):
    with pytest.raises(WireError):
        bytes_to_array(data)


@pytest.mark.parametrize(
    "data",
    [
        zipped("../evil.npy", array_to_bytes(np.zeros(1))),
        zipped("labels.npy", b"\0" * 100_000, zipfile.ZIP_DEFLATED),
        zipped("labels.npy", b"junk"),
        arrays_to_bytes({"labels": np.zeros(9)})[:-30],
        b"not a zip",
        b"",
    ],
)
def test_an_archive_that_lies_is_refused(data):
    with pytest.raises(WireError):
        bytes_to_arrays(data, names=("labels",))
