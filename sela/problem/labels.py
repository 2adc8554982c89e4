"""Class labels: their order, their codes, and which of two is the positive one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import RequestError
from sela.problem.naming import listing
from sela.problem.task import Label

POSITIVE_WORDS = frozenset(
    ("1", "yes", "y", "true", "t", "positive", "pos", "bad", "fraud", "spam", "churn", "churned",
     "default", "defaulted", "defect", "died", "dead", "sick", "disease", "malignant", "failure",
     "fail", "failed", "abnormal", "attack", ">50k")
)  # fmt: skip


@dataclass(frozen=True)
class Labels:
    """Labels in the order of their codes, the codes of the rows, and rows in each class."""

    classes: tuple[Label, ...]
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    reason: str
    """Why the positive label is the positive one; empty unless there are two classes."""


def encode_labels(values: pd.Series, positive: str | None = None) -> Labels:
    """Encode a column without missing values; RequestError when `positive` is not one of two."""
    values = _plain(values)
    codes, distinct = pd.factorize(values, sort=True)
    classes = [_label(value) for value in distinct]
    counts = np.bincount(codes, minlength=len(classes))
    if len(classes) != 2:
        if positive is not None:
            raise RequestError(
                f"A positive label ({positive!r}) needs two classes; {str(values.name)!r} has "
                f"{len(classes)}: {listing(classes)}."
            )
        return Labels(tuple(classes), codes.astype(np.int64), counts, "")
    which, reason = _positive(classes, counts, positive)
    if which == 0:
        classes, counts, codes = classes[::-1], counts[::-1], 1 - codes
    return Labels(tuple(classes), codes.astype(np.int64), counts, reason)


def _plain(values: pd.Series) -> pd.Series:
    """Whole floats are ints that missing rows had turned; texts lose outer blanks."""
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy()
        whole = bool(np.all(numbers == np.round(numbers)))
        return values.astype("int64") if whole else values
    is_plain = pd.api.types.is_numeric_dtype(values.dtype) or values.dtype == bool
    return values if is_plain else values.astype(str).str.strip()


def _label(value: Any) -> Label:
    return value.item() if isinstance(value, np.generic) else value


def _positive(
    classes: list[Label], counts: NDArray[np.int64], given: str | None
) -> tuple[int, str]:
    words = [str(label).casefold() for label in classes]
    if given is not None:
        return _given(classes, words, given), "as asked"
    known = [i for i, word in enumerate(words) if word in POSITIVE_WORDS]
    if len(known) == 1:
        return known[0], "by its name; `positive` changes it"
    if counts[0] == counts[1]:
        return 1, "the later of two classes of one size; `positive` changes it"
    return int(np.argmin(counts)), "the rarer one; `positive` changes it"


def _given(classes: list[Label], words: list[str], given: str) -> int:
    wanted = given.strip().casefold()
    for index, (label, word) in enumerate(zip(classes, words, strict=True)):
        if word == wanted or (_number(wanted) is not None and _number(wanted) == _number(word)):
            return index
        if isinstance(label, bool) and wanted == str(int(label)):
            return index
    raise RequestError(f"No label {given!r} to be the positive one. Labels: {listing(classes)}.")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
