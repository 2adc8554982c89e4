"""What an exported folder holds, before it is written."""

from __future__ import annotations

from dataclasses import dataclass

from sela.artefact.schema import InputColumn
from sela.experiments.fits import MemberCode
from sela.report.content import ReportContent


@dataclass(frozen=True)
class Package:
    """A fitted model, the code it was fitted from, and the report about it."""

    content: ReportContent
    model: bytes
    """What `refit` gave: a pickle for `joblib.load`, never loaded outside a sandbox."""
    members: tuple[MemberCode, ...]
    """One pipeline, or the members of a blend with their weights."""
    columns: tuple[InputColumn, ...]
    cutoff: float | None = None
    seed: int = 0
    threads: int = 1
