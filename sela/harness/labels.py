"""A fitted model that answers in a task's own labels, or in codes for the host."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
"""`labels` (n,) codes and perhaps `probabilities` (n, k) in code order; or `values` (n,)."""


class LabelledModel:
    """What a user loads. Subclasses give `outputs`; for a regression `classes` is empty."""

    classes: Any

    def outputs(self, X: pd.DataFrame) -> Arrays:
        """Codes, probabilities or values of (n, p) rows."""
        raise NotImplementedError

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels in the order of `predict_proba`'s columns."""
        return label_array(self.classes)

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """(n,) labels as they are in the data, or values."""
        outputs = self.outputs(X)
        return self.classes_[outputs["labels"]] if len(self.classes) else outputs["values"]

    def predict_proba(self, X: pd.DataFrame) -> NDArray[Any]:
        """(n, k) probabilities in the order of `classes_`; one-hot when the model has none."""
        return probabilities(self.outputs(X), len(self.classes))


def label_array(classes: Any) -> NDArray[Any]:
    """Labels as an array that keeps their types."""
    kinds = {type(label) for label in classes}
    return np.array(list(classes), dtype=None if len(kinds) == 1 else object)


def probabilities(outputs: Arrays, n_classes: int) -> NDArray[Any]:
    """(n, k) probabilities of outputs; one-hot labels when there are none."""
    if "probabilities" in outputs:
        return outputs["probabilities"]
    return np.eye(n_classes)[outputs["labels"]]
