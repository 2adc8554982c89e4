"""The exported folder: written beside its place, replayed there, and only then moved in."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from sandboxes.base import SandboxProvider
from sela.artefact.folder import fill, move_into_place, refuse_foreign, stage_folder
from sela.artefact.manifest import MANIFEST, MODEL, manifest_text
from sela.artefact.notebook import notebook_text
from sela.artefact.package import Package
from sela.artefact.replay import ReplayResult, Training, replay
from sela.artefact.requirements import requirements, requirements_text
from sela.artefact.runtime import runtime_files
from sela.artefact.script import pipeline_script, stage_files
from sela.errors import SelaError
from sela.problem.prediction import Prediction
from sela.report.html import render_report
from sela.report.summary import card


@dataclass(frozen=True)
class Exported:
    """A folder that was replayed before it was called good."""

    folder: Path
    replay: ReplayResult


async def export(
    provider: SandboxProvider,
    folder: Path,
    package: Package,
    rows: pd.DataFrame,
    expected: Prediction,
    *,
    training: Training | None = None,
) -> Exported:
    """Write the folder and replay it: it must say `expected` of `rows`, or it is not kept.

    With `training` the written code is also fitted anew, and whether it says the same is recorded.
    Raises RequestError for a folder that holds other things, SelaError when the replay differs.
    """
    refuse_foreign(folder)
    made = stage_folder(folder)
    try:
        await asyncio.to_thread(lambda: fill(made, package_files(package)))
        result = await replay(provider, made, rows, expected, training=training)
        if not result.is_same:
            raise SelaError(f"The export is not accepted: {result.message} Nothing was written.")
        fill(made, {MANIFEST: _with_replay(made, result)})
        move_into_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Exported(folder, result)


def package_files(package: Package) -> dict[str, str | bytes]:
    """Relative path -> content of every file of the folder, `scores.json` the last."""
    code = {
        "pipeline.py": pipeline_script(package),
        **stage_files(package),
        **runtime_files(),
    }
    versions = requirements(code.values())
    files: dict[str, str | bytes] = {
        **code,
        "notebook.ipynb": notebook_text(package),
        MODEL: package.model,
        "report.html": render_report(package.content),
        "card.md": card(package.content),
        "requirements.txt": requirements_text(versions),
    }
    files[MANIFEST] = manifest_text(package, versions, list(files))
    return files


def _with_replay(folder: Path, result: ReplayResult) -> str:
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return json.dumps({**told, "replay": asdict(result)}, indent=2, ensure_ascii=False) + "\n"
