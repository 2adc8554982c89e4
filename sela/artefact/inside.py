"""Job, run only in the sandbox: unpack an exported folder's code and fit it by its own pipeline.py.

Inputs: `code.zip`, `train.arrow`, `target.npy` (codes or values). A question is an Arrow stream of
rows; its answer an npz as the harness gives it. Stands on nothing of sela's but the zipped copy.
"""

from __future__ import annotations

import importlib
import io
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class State:
    """A model fitted by the folder's code, and the wire to talk through."""

    model: Any
    script: Any


def prepare(inputs: Mapping[str, bytes]) -> State:
    """Fit `pipeline.fit` on the training rows."""
    folder = tempfile.mkdtemp()
    with zipfile.ZipFile(io.BytesIO(inputs["code.zip"])) as archive:
        archive.extractall(folder)
    sys.path.insert(0, folder)
    script = importlib.import_module("pipeline")
    wire = importlib.import_module("sela.harness.wire")
    table = wire.bytes_to_frame(inputs["train.arrow"])
    codes = wire.bytes_to_array(inputs["target.npy"])
    table[script.TARGET] = [script.CLASSES[code] for code in codes] if script.CLASSES else codes
    with threadpool_limits(script.THREADS):
        return State(script.fit(table), script)


def answer(state: State, question: bytes) -> bytes:
    """Predict the rows of a question."""
    wire = importlib.import_module("sela.harness.wire")
    threads = importlib.import_module("sela.harness.threads")
    frame, _ = state.script.inputs(wire.bytes_to_frame(question))
    with threadpool_limits(1):
        return wire.arrays_to_bytes(threads.single_threaded(state.model).outputs(frame))
