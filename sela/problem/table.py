"""Intake: a file becomes a table, or a message that says what to do."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pandas as pd

from sela.errors import DataError
from sela.problem.column_types import settle_types
from sela.problem.naming import listing, nearest

SEPARATORS = (",", ";", "\t", "|")
MISSING_MARKS = [
    "", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NaN", "nan", "-NaN", "NULL", "null", "NaT", "?",
]  # fmt: skip
"""Read as missing. `None` is not among them: it is a category as often as a gap."""
SAMPLE_CHARACTERS = 65_536
CONSISTENT_LINES = 0.8
READABLE = "Give a CSV, TSV, gzip of these, or Parquet file"


def read_table(source: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Read a CSV, TSV, gzip of these, or Parquet file; a DataFrame is checked and passed through.

    Rows are numbered from 0, column names are strings. Text columns that are dates become
    datetimes, clean numbers with thousands separators or decimal commas become numbers, infinite
    values become missing; everything else stays as it was. Raises DataError with what to do.
    """
    if isinstance(source, pd.DataFrame):
        return _checked(source.copy(deep=False), "the DataFrame")
    path = Path(source).expanduser()
    data = _bytes(path)
    if data[:4] == b"PAR1":
        return _checked(_parquet(data, path), path.name)
    text = _text(data, path)
    separator, header = _layout(text, path)
    _refuse_duplicates(header, path.name)
    return _checked(_csv(text, separator, path), path.name, decimal_comma=separator == ";")


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        files = [p.name for p in sorted(path.iterdir()) if p.is_file()]
        raise DataError(f"{path} is a folder. Name one of its files: {listing(files)}.")
    if not path.is_file():
        raise DataError(_not_found(path))
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}. Is it complete?") from error
    if not data.strip():
        raise DataError(f"{path.name} is empty. {READABLE} with a header and rows.")
    return data


def _not_found(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"No file {path}: its folder {folder} does not exist. Check the path."
    files = [p.name for p in sorted(folder.iterdir()) if p.is_file()]
    near = nearest(path.name, files) or files
    there = f"In that folder: {listing(near, limit=5)}." if near else "That folder has no files."
    return f"No file {path}. {there}"


def _parquet(data: bytes, path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path.name} is a damaged Parquet file: {error}.") from error
    _refuse_duplicates(table.column_names, path.name)
    frame = table.to_pandas()
    has_index = not isinstance(frame.index, pd.RangeIndex) and frame.index.names != [None]
    return frame.reset_index() if has_index else frame


def _text(data: bytes, path: Path) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if data[:4] == b"PK\x03\x04":
        raise DataError(f"{path.name} is a zip or Excel file. Unpack it or export it as CSV.")
    if b"\0" in data[:SAMPLE_CHARACTERS]:
        raise DataError(f"{path.name} is a binary file, not a table. {READABLE}.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{path.name} is neither UTF-8 nor Windows-1252 text. Save it as UTF-8.")


def _layout(text: str, path: Path) -> tuple[str, list[str]]:
    """The separator under which the first lines agree on the number of fields, and the header."""
    sample = text[:SAMPLE_CHARACTERS]
    if len(text) > SAMPLE_CHARACTERS:
        sample = sample[: sample.rfind("\n") + 1] or sample
    start = sample.lstrip()[:1]
    if start in "{[<%":
        raise DataError(f"{path.name} is not a table: it starts with {start!r}. {READABLE}.")
    readings = [(_agreement(sample, s), -i, s) for i, s in enumerate(SEPARATORS)]
    named = [r for r in readings if r[0][1] > 1]
    (share, fields), _, separator = max(named or readings)
    rows = _rows(sample, separator)
    is_prose = fields == 1 and any(" " in row[0].strip() for row in rows if row)
    if share < CONSISTENT_LINES or is_prose:
        raise DataError(
            f"{path.name} is not a table: its lines do not agree on a number of fields under "
            f"comma, semicolon, tab or pipe. {READABLE} with a header line."
        )
    return separator, rows[0]


def _agreement(sample: str, separator: str) -> tuple[float, int]:
    """The share of lines as wide as the header, and that width."""
    rows = _rows(sample, separator)
    width = len(rows[0]) if rows else 0
    return sum(len(row) == width for row in rows) / max(len(rows), 1), width


def _rows(sample: str, separator: str) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(sample), delimiter=separator) if row]
    except csv.Error:
        return []
    return rows[:200]


def _csv(text: str, separator: str, path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            na_values=MISSING_MARKS,
            keep_default_na=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DataError(f"{path.name} is not a clean table: {reason}. Mend that line.") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(
            f"{path.name}: the rows have more fields than the header. Name every column."
        )
    return frame.drop(columns=[c for c in frame if _is_trailing(frame, str(c))])


def _is_trailing(frame: pd.DataFrame, name: str) -> bool:
    return name.startswith("Unnamed: ") and bool(frame[name].isna().all())


def _refuse_duplicates(names: list[str], source: str) -> None:
    plain = [name.strip() for name in names]
    twice = sorted({name for name in plain if name and plain.count(name) > 1})
    if twice:
        raise DataError(
            f"{source} has more than one column named {listing(map(repr, twice))}. "
            "Rename them (or add the header line, if it has none)."
        )


def _checked(frame: pd.DataFrame, source: str, *, decimal_comma: bool = False) -> pd.DataFrame:
    frame.columns = [str(name).strip() for name in frame.columns]
    _refuse_duplicates(list(frame.columns), source)
    if frame.empty:
        raise DataError(f"{source} has no rows. {READABLE} with a header and rows.")
    return settle_types(frame.reset_index(drop=True), decimal_comma=decimal_comma)
