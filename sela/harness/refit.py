"""Job: fit the chosen pipeline, or the members of a blend, on all rows; hand the model out.

Inputs: `request.json` (FoldRequest), `members.json` (a list of [weight, {stage: source}], and a
cut-off), `train.arrow`, `target.npy`. Output: `model.joblib`, which needs nothing of sela's to be
loaded. Questions as in `fold`, so that the host knows what a replay of the model must say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sela.harness.blend import Blend
from sela.harness.dump import MODEL, dump
from sela.harness.fold import FAILURE, Fitted, FoldRequest, answer, failure_bytes, fit
from sela.harness.modules import ContractError, StageError

__all__ = ["answer", "prepare"]


def prepare(inputs: Mapping[str, bytes]) -> Fitted:
    """Fit every member on all rows and pickle the whole."""
    request = FoldRequest(**json.loads(inputs["request.json"]))
    plan = json.loads(inputs["members.json"])
    try:
        fitted = [
            fit(request, sources, inputs["train.arrow"], inputs["target.npy"])
            for _, sources in plan["members"]
        ]
        weights = [weight for weight, _ in plan["members"]]
        is_blend = len(fitted) > 1 or plan["cutoff"] is not None
        model: Any = Blend(fitted, weights, plan["cutoff"]) if is_blend else fitted[0]
        return Fitted(model, {MODEL: dump(model)})
    except (StageError, ContractError) as error:
        return Fitted(None, {FAILURE: failure_bytes(error)})
