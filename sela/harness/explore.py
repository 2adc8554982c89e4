"""Job: run an EDA module on the training rows; its findings come back.

Inputs: `request.json` (FoldRequest; its classes are the labels), `train.arrow`, `target.npy`,
`eda.py`, which defines `explore(train, target) -> dict`. Output: `findings.json`, or
`failure.json` when it raised. What it prints and draws is the sandbox's to collect.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sela.harness.fold import FAILURE, Fitted, FoldRequest, failure_bytes
from sela.harness.frames import Intake
from sela.harness.labels import label_array
from sela.harness.modules import ContractError, StageError, announce, blame, load_stage
from sela.harness.wire import bytes_to_array, bytes_to_frame

FINDINGS = "findings.json"


def prepare(inputs: Mapping[str, bytes]) -> Fitted:
    """Explore."""
    request = FoldRequest(**json.loads(inputs["request.json"]))
    frame = bytes_to_frame(inputs["train.arrow"])
    train = Intake().fit(frame).transform(frame)
    target = bytes_to_array(inputs["target.npy"])
    if request.classes:
        target = label_array(request.classes)[target]
    try:
        with blame("eda"):
            findings = _explore(inputs["eda.py"].decode(), train, _series(target))
    except (StageError, ContractError) as error:
        return Fitted(None, {FAILURE: failure_bytes(error)})
    return Fitted(None, {FINDINGS: json.dumps(findings).encode()})


def _series(target: Any) -> pd.Series:
    """Strings stay `object`, as in the frame."""
    is_text = target.dtype.kind in "OU"
    return pd.Series(target, name="target", dtype=object if is_text else None)


def _explore(source: str, train: pd.DataFrame, target: pd.Series) -> dict[str, Any]:
    os.environ.setdefault("MPLBACKEND", "agg")
    announce("eda")
    module = load_stage("eda", source)
    if not callable(getattr(module, "explore", None)):
        raise ContractError("the module defines no explore(train, target)")
    findings = module.explore(train, target)
    if not isinstance(findings, dict):
        raise ContractError(f"explore gave {type(findings).__name__}, not a dict")
    return {str(key): plain(value) for key, value in findings.items()}


def plain(value: Any) -> Any:
    """A value as JSON knows it; numpy and pandas types become lists, dicts and numbers."""
    if isinstance(value, pd.Series | pd.DataFrame):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray | pd.Index):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)
