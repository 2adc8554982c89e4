"""A weighted average of fitted pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sela.harness.labels import Arrays, LabelledModel, probabilities


class Blend(LabelledModel):
    """Members' probabilities or values, averaged by weights that sum to one.

    A label is the most probable class; with `cutoff` (binary only) it is the positive one (code 1)
    where its probability is at least the cut-off.
    """

    def __init__(
        self, members: Sequence[Any], weights: Sequence[float], cutoff: float | None = None
    ) -> None:
        if len(members) != len(weights) or not members:
            raise ValueError(f"{len(members)} members and {len(weights)} weights")
        self.members = list(members)
        self.weights = [float(weight) / float(sum(weights)) for weight in weights]
        self.cutoff = cutoff
        self.classes = members[0].classes

    def outputs(self, X: pd.DataFrame) -> Arrays:
        said = [member.outputs(X) for member in self.members]
        if not len(self.classes):
            return {"values": np.average([s["values"] for s in said], axis=0, weights=self.weights)}
        parts = [probabilities(s, len(self.classes)) for s in said]
        mean = np.average(parts, axis=0, weights=self.weights)
        if self.cutoff is None:
            labels = mean.argmax(axis=1)
        else:
            labels = (mean[:, 1] >= self.cutoff).astype(np.int64)
        return {"labels": labels, "probabilities": mean}
