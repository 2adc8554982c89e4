"""A fitted pipeline as bytes."""

from __future__ import annotations

import pickle
import zlib
from typing import Any

import cloudpickle

import sela.harness
from sela.harness.modules import ContractError

MODEL = "model.joblib"


def dump(model: Any) -> bytes:
    """A pickle for `joblib.load`, with the harness and the stage modules inside it."""
    cloudpickle.register_pickle_by_value(sela.harness)
    try:
        return zlib.compress(cloudpickle.dumps(model), level=3)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ContractError(f"the fitted pipeline cannot be pickled: {error}") from error
    finally:
        cloudpickle.unregister_pickle_by_value(sela.harness)
