"""Job: fit one pipeline on a fold's training rows, then answer for rows that come later.

Inputs: `request.json` (FoldRequest), `train.arrow`, `target.npy` (codes or values), and one
`<stage>.py` for each stage that is not left as it is. A question is an Arrow stream of rows; its
answer an npz of labels and probabilities, or of values. What the code of a stage raises comes
back as `failure.json`, or as the answer itself.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from sela.harness.compose import StagedPipeline
from sela.harness.dump import MODEL, dump
from sela.harness.modules import ContractError, StageError, announce
from sela.harness.threads import single_threaded
from sela.harness.wire import arrays_to_bytes, bytes_to_array, bytes_to_frame

FAILURE = "failure.json"


@dataclass(frozen=True)
class FoldRequest:
    """What a fit needs to know besides rows and code."""

    kind: Literal["binary", "multiclass", "regression"]
    metric: str
    classes: list[Any]
    """Labels in code order for a model that leaves; `range(k)` is enough for a fold."""
    seed: int = 0
    threads: int = 1
    keep_model: bool = False
    """Whether the fitted pipeline is handed out, as `model.joblib`."""

    def to_bytes(self) -> bytes:
        """As `request.json`."""
        return json.dumps(self.__dict__).encode()


@dataclass(frozen=True)
class Fitted:
    """A model that answers, or why there is none."""

    model: Any | None
    outputs: dict[str, bytes] = field(default_factory=dict[str, bytes])


def prepare(inputs: Mapping[str, bytes]) -> Fitted:
    """Fit the stages on the training rows."""
    request = FoldRequest(**json.loads(inputs["request.json"]))
    sources = {n.removesuffix(".py"): s.decode() for n, s in inputs.items() if n.endswith(".py")}
    try:
        model = fit(request, sources, inputs["train.arrow"], inputs["target.npy"])
        return Fitted(model, {MODEL: dump(model)} if request.keep_model else {})
    except (StageError, ContractError) as error:
        return Fitted(None, {FAILURE: failure_bytes(error)})


def answer(state: Fitted, question: bytes) -> bytes:
    """Predict the rows of a question."""
    if state.model is None:
        return state.outputs[FAILURE]
    try:
        with threadpool_limits(1):
            return arrays_to_bytes(single_threaded(state.model).outputs(bytes_to_frame(question)))
    except (StageError, ContractError) as error:
        return failure_bytes(error)


def fit(
    request: FoldRequest, sources: Mapping[str, str], train: bytes, target: bytes
) -> StagedPipeline:
    """The fitted pipeline of these sources. Raises StageError."""
    random.seed(request.seed)
    np.random.seed(request.seed % 2**32)
    pipeline = StagedPipeline(
        sources, request.kind, request.metric, request.classes, request.seed, request.threads
    )
    labels = bytes_to_array(target)
    if request.classes:
        labels = np.array(request.classes, dtype=object)[labels]
    with threadpool_limits(request.threads):
        return pipeline.fit(bytes_to_frame(train), labels, on_stage=announce)


def failure_bytes(error: StageError | ContractError) -> bytes:
    """Why there is no model or no prediction, as JSON."""
    if isinstance(error, StageError):
        parts = (error.stage, error.kind, error.message, error.trace)
    else:
        parts = (None, "Contract", str(error), "")
    return json.dumps(dict(zip(("stage", "kind", "message", "trace"), parts, strict=True))).encode()
