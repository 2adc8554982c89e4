"""What a pipeline said of some rows, checked, in the server's memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Prediction:
    """Predictions of n rows.

    Classification: `labels` (n,) int codes, and `probabilities` (n, k) rows summing to 1, in code
    order, when the pipeline gives them. Regression: `values` (n,) finite floats.
    """

    labels: NDArray[np.int64] | None = None
    probabilities: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        part = self.values if self.values is not None else self.labels
        return 0 if part is None else len(part)

    def rows(self, index: NDArray[np.intp]) -> Prediction:
        """The same for some of the rows."""
        return Prediction(
            None if self.labels is None else self.labels[index],
            None if self.probabilities is None else self.probabilities[index],
            None if self.values is None else self.values[index],
        )
