"""Job: fit the chosen pipeline, or the members of a blend, on all rows; hand the model out.

Inputs: `request.json` (FoldRequest), `members.json` (a list of [weight, {stage: source}], and a
cut-off), `train.arrow`, `target.npy`. Output: `model.joblib`, which needs nothing of sela's to be
loaded. Questions as in `fold`, so that the host knows what a replay of the model must say.
"""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Mapping
from typing import Any

import cloudpickle

import sela.harness
from sela.harness.blend import Blend
from sela.harness.fold import FAILURE, Fitted, FoldRequest, answer, failure_bytes, fit
from sela.harness.modules import ContractError, StageError

__all__ = ["MODEL", "answer", "dump", "prepare"]

MODEL = "model.joblib"


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


def dump(model: Any) -> bytes:
    """A pickle for `joblib.load`, with the harness and the stage modules inside it."""
    cloudpickle.register_pickle_by_value(sela.harness)
    try:
        return zlib.compress(cloudpickle.dumps(model), level=3)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ContractError(f"the fitted pipeline cannot be pickled: {error}") from error
    finally:
        cloudpickle.unregister_pickle_by_value(sela.harness)
