"""What a user asks for: the one description of a search, whatever face it came through."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchRequest:
    """A search to be made. `None` means: infer it, and say what was inferred."""

    dataset: str
    """Path of a CSV, TSV, gzip of these, or Parquet file."""
    target: str
    metric: str | None = None
    positive: str | None = None
    description: str = ""
    designer: str = "playbook"
    strategy: str = "guided"
    rollouts: int = 20
    max_seconds: float | None = None
    max_usd: float | None = None
    workers: int = 1
    folds: int | None = None
    test_fraction: float = 0.2
    seed: int = 0
    request_key: str | None = None
    group: str | None = None
    """An entity column: its rows stay on one side of every split."""
    time: str | None = None
    """An ordering column: the future is never fitted on."""
    fold_column: str | None = None
    """A column that names each row's fold."""
    test_data: str | None = None
    """A file of the user's own that replaces the sealed part."""
    drop: tuple[str, ...] = ()
    """Columns to leave out."""
    racing: bool = True
    """Whether a candidate that hardly can win stops early."""
    keep: tuple[str, ...] = ()
    """Columns that the audit would leave out and the user wants kept; `*` keeps all."""
