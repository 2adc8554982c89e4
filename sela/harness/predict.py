"""Job: load a model that `refit` gave, and answer for frames.

Input: `model.joblib`. Questions and answers as in `fold`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import joblib

from sela.harness.dump import MODEL
from sela.harness.fold import Fitted, answer

__all__ = ["answer", "prepare"]


def prepare(inputs: Mapping[str, bytes]) -> Fitted:
    """Load the model; it is pickled code, so only a sandbox does this."""
    return Fitted(joblib.load(io.BytesIO(inputs[MODEL])))
