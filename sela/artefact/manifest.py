"""`scores.json`: what an exported folder says of itself, written once and read back with care."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sela.artefact.package import Package
from sela.artefact.schema import InputColumn
from sela.artefact.script import stage_paths
from sela.errors import DataError
from sela.problem.task import Task
from sela.report.names import dataset_name

FORMAT = "sela-artefact-1"
MANIFEST = "scores.json"
MODEL = "pipeline.joblib"


@dataclass(frozen=True)
class Manifest:
    """What is needed of `scores.json` to predict."""

    task: Task
    columns: tuple[InputColumn, ...]
    model_sha256: str
    files: tuple[str, ...]
    """Relative paths of everything that the export wrote."""


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def manifest_text(
    package: Package, versions: Mapping[str, str], files: list[str], replay: object = None
) -> str:
    """The JSON of a package: task, columns, estimate, members, versions, fingerprint."""
    content, search = package.content, package.content.search
    members = [
        {"weight": member.weight, "stages": stage_paths(package, index)}
        for index, member in enumerate(package.members)
    ]
    told = {
        "format": FORMAT,
        "search_id": search.search_id,
        "dataset": dataset_name(search.dataset),
        "task": asdict(content.task),
        "columns": [asdict(column) for column in package.columns],
        "final": None if content.final is None else asdict(content.final),
        "search": {
            "baseline_score": search.baseline_score,
            "best_score": search.best_score,
            "best_rollout": search.best_rollout,
            "rollouts": search.rollouts_done,
            "failed_rollouts": search.failed_rollouts,
            "designer": search.designer,
            "strategy": search.strategy,
            "sandbox_tier": search.sandbox_tier,
            "folds": search.folds,
            "compute_seconds": search.compute_seconds,
            "wall_seconds": search.wall_seconds,
            "cost_usd": search.cost_usd,
        },
        "members": members,
        "cutoff": package.cutoff,
        "seed": package.seed,
        "threads": package.threads,
        "versions": dict(versions),
        "model_sha256": digest(package.model),
        "replay": replay,
        "created": content.created,
        "files": sorted({*files, MANIFEST}),
    }
    return json.dumps(_finite(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """What a folder says of itself. Raises DataError when it is not an exported pipeline."""
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError(
            f"{folder} is not an exported pipeline: it has no {MANIFEST}. Name a folder that "
            "`--export` or get_best_pipeline wrote."
        )
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise DataError(
                f"{path} has the format {told['format']!r}; this version reads {FORMAT}."
            )
        return Manifest(
            _task(told["task"]),
            tuple(_column(column) for column in told["columns"]),
            str(told["model_sha256"]),
            tuple(map(str, told["files"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}). Export the pipeline again.") from error


def _task(told: dict[str, Any]) -> Task:
    return Task(
        told["kind"],
        told["target"],
        told["metric"],
        told["greater_is_better"],
        tuple(told["classes"]),
    )


def _column(told: dict[str, Any]) -> InputColumn:
    return InputColumn(told["name"], told["kind"], tuple(told["levels"]), told["has_missing"])


def _finite(value: Any) -> Any:
    """The same with null for what JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value
