"""The input columns of a fitted pipeline, and how another table is made to fit them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from sela.errors import DataError
from sela.problem.dates import parse_dates
from sela.problem.naming import listing, suggestion

InputKind = Literal["number", "boolean", "date", "text"]

MAX_LEVELS = 50
"""A text column with more distinct values has no list of levels."""
MOSTLY_UNREADABLE = 0.5
TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "0", "0.0"})


@dataclass(frozen=True)
class InputColumn:
    """One column that a pipeline was fitted on. `levels` is empty when they are too many."""

    name: str
    kind: InputKind
    levels: tuple[str, ...] = ()
    has_missing: bool = False


@dataclass(frozen=True)
class Conformed:
    """A table in a pipeline's own columns, order and kinds; `notes` say what was done to it."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def schema_of(frame: pd.DataFrame) -> tuple[InputColumn, ...]:
    """The columns of the (n, p) rows that a pipeline is fitted on."""
    return tuple(_column(str(name), series) for name, series in frame.items())


def conform(
    frame: pd.DataFrame, schema: tuple[InputColumn, ...], *, target: str | None = None
) -> Conformed:
    """Make a table fit: order, kinds, extra columns left out.

    Unseen categories and missing values are let through and noted. Raises DataError that names a
    missing column and what may be meant, or a column whose values cannot be read.
    """
    frame = frame.rename(columns=str)
    given: dict[str, pd.Series] = {str(name): series for name, series in frame.items()}
    _refuse_missing(frame, schema)
    known = {column.name for column in schema}
    extra = [name for name in frame.columns if name not in known]
    notes = [_extra_note(extra, target)] if extra else []
    columns: dict[str, Any] = {}
    for column in schema:
        columns[column.name] = _read(given[column.name], column)
        notes.extend(_value_notes(given[column.name], columns[column.name], column))
    fitted = pd.DataFrame(columns).reset_index(drop=True)
    return Conformed(fitted, tuple(notes))


def _column(name: str, series: pd.Series) -> InputColumn:
    kind = _kind(series)
    has_missing = bool(series.isna().any())
    if kind != "text":
        return InputColumn(name, kind, (), has_missing)
    levels = {_as_text(value) for value in series.dropna().unique().tolist()}
    few = tuple(sorted(levels)) if len(levels) <= MAX_LEVELS else ()
    return InputColumn(name, kind, few, has_missing)


def _kind(series: pd.Series) -> InputKind:
    if pd.api.types.is_bool_dtype(series.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(series.dtype) else "text"


def _as_text(value: Any) -> str:
    """As the pipeline reads it: 1.0 and 1 are one category."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _refuse_missing(frame: pd.DataFrame, schema: tuple[InputColumn, ...]) -> None:
    absent = [column.name for column in schema if column.name not in frame.columns]
    if not absent:
        return
    wanted = {column.name for column in schema}
    spare = [str(name) for name in frame.columns if name not in wanted]
    which = "column" if len(absent) == 1 else "columns"
    raise DataError(
        f"The table lacks the {which} {listing(map(repr, absent))} that the pipeline was fitted on."
        f"{suggestion(absent[0], spare)} Add or rename the {which}; an empty one is fine."
    )


def _extra_note(extra: list[str], target: str | None) -> str:
    others = [name for name in extra if name != target]
    parts = [f"the target {target!r} was not looked at"] if target in extra else []
    if others:
        which = "column was" if len(others) == 1 else "columns were"
        parts.append(f"{len(others)} extra {which} left out ({listing(others, limit=6)})")
    text = " and ".join(parts)
    return text[0].upper() + text[1:] + "."


def _read(series: pd.Series, column: InputColumn) -> pd.Series:
    if column.kind == "number":
        return _numbers(series, column)
    if column.kind == "boolean":
        return _booleans(series, column)
    if column.kind == "date":
        return _dates(series, column)
    return series


def _numbers(series: pd.Series, column: InputColumn) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        raise DataError(f"Column {column.name!r} holds dates; the pipeline was fitted on numbers.")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series
    read = pd.to_numeric(series.astype(object), errors="coerce")
    return _or_refuse(series, pd.Series(read), column, "numbers")


def _booleans(series: pd.Series, column: InputColumn) -> pd.Series:
    if pd.api.types.is_bool_dtype(series.dtype) and not series.isna().any():
        return series
    words = series.map(lambda v: _as_text(v).strip().lower(), na_action="ignore")
    read = words.map(lambda w: 1.0 if w in TRUE_WORDS else 0.0 if w in FALSE_WORDS else np.nan)
    return _or_refuse(series, read.astype("float64"), column, "true or false")


def _dates(series: pd.Series, column: InputColumn) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return series
    texts = series.dropna().map(str)
    parsed = parse_dates(texts) if len(texts) else None
    if parsed is None:
        parsed = pd.to_datetime(texts, errors="coerce", utc=True, format="mixed")
        parsed = parsed.dt.tz_localize(None)
    return _or_refuse(series, parsed.reindex(series.index), column, "dates")


def _or_refuse(given: pd.Series, read: pd.Series, column: InputColumn, what: str) -> pd.Series:
    """What was read, unless most of it could not be."""
    lost = given.notna() & read.isna()
    if lost.sum() > MOSTLY_UNREADABLE * max(int(given.notna().sum()), 1):
        example = str(given[lost].tolist()[0])[:60]
        raise DataError(
            f"Column {column.name!r} holds values such as {example!r}; the pipeline was fitted on "
            f"{what}. Give them as {what}, or leave them empty."
        )
    return read


def _value_notes(given: pd.Series, read: pd.Series, column: InputColumn) -> Iterator[str]:
    lost: list[Any] = given[given.notna() & read.isna()].tolist()
    if lost:
        yield (
            f"{column.name}: {_count(len(lost), 'value')} such as {str(lost[0])[:60]!r} could "
            f"not be read as {column.kind} and count as missing."
        )
    elif not column.has_missing and read.isna().any():
        missing = _count(int(read.isna().sum()), "missing value")
        yield f"{column.name}: {missing}, none when it was fitted."
    if column.levels:
        unseen = {_as_text(v) for v in given.dropna().unique().tolist()} - set(column.levels)
        if unseen:
            kinds = "category" if len(unseen) == 1 else "categories"
            yield (
                f"{column.name}: {len(unseen)} {kinds} not seen when it was fitted "
                f"({listing(sorted(unseen), limit=4)})."
            )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
