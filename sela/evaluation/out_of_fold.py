"""Out-of-fold predictions: what one pipeline said of each row while it was not fitted on it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sela.problem.prediction import Prediction


@dataclass(frozen=True)
class OutOfFold:
    """One prediction for each fold's validation rows, in the order of the folds."""

    predictions: tuple[Prediction, ...]

    def to_bytes(self) -> bytes:
        """As an npz without pickle."""
        arrays: dict[str, NDArray[np.generic]] = {
            "sizes": np.array([len(p) for p in self.predictions], dtype=np.int64)
        }
        for part in ("labels", "probabilities", "values"):
            pieces = [getattr(p, part) for p in self.predictions]
            if pieces and all(piece is not None for piece in pieces):
                arrays[part] = np.concatenate(pieces)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> OutOfFold:
        """The inverse of `to_bytes`; ValueError when it is not such an npz."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            parts = {name: archive[name] for name in archive.files}
        ends = np.cumsum(parts.pop("sizes"))[:-1]
        pieces = {name: np.split(array, ends) for name, array in parts.items()}
        count = len(ends) + 1
        return OutOfFold(
            tuple(
                Prediction(**{name: split[i] for name, split in pieces.items()})
                for i in range(count)
            )
        )
