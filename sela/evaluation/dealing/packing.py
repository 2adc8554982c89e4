"""Splits as bytes for the store: an npz archive, read without pickle."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from sela.evaluation.splits import Fold, Splits


def splits_to_bytes(splits: Splits) -> bytes:
    """An npz archive of the row positions (int32), with the rest as JSON in `about`."""
    about = {
        "scheme": splits.scheme,
        "folds": len(splits.folds),
        "folds_per_repeat": splits.folds_per_repeat,
        "seed": splits.seed,
        "test_is_file": splits.test_is_file,
        "reason": splits.reason,
    }
    arrays: dict[str, Any] = {"test": splits.test, "search": splits.search}
    for i, fold in enumerate(splits.folds):
        arrays |= {f"train{i}": fold.train, f"valid{i}": fold.valid}
    packed = {name: rows.astype(np.int32) for name, rows in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=np.array(json.dumps(about)), **packed)
    return buffer.getvalue()


def splits_from_bytes(data: bytes) -> Splits:
    """The splits that `splits_to_bytes` packed."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        rows = {name: archive[name].astype(np.intp) for name in archive.files if name != "about"}
    folds = tuple(Fold(rows[f"train{i}"], rows[f"valid{i}"]) for i in range(about.pop("folds")))
    return Splits(test=rows["test"], search=rows["search"], folds=folds, **about)
