"""The packages that code inside may import: copies, so that nothing else of a checkout shows."""

from __future__ import annotations

import compileall
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandboxes import inside
from sandboxes.isolation.seccomp import FILTERS

INSIDE = "sandboxes.inside"
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def build_library(target: Path, packages: Mapping[str, Path]) -> Path:
    """Copy packages (dotted name -> folder) and our own inside below `target`, for anyone to read.

    Parents are empty packages, whatever they are outside.
    """
    own = Path(inside.__file__).parent
    for name, source in {**packages, INSIDE: own}.items():
        _copy(source, target.joinpath(*name.split(".")))
        _make_parents(name, target)
    shutil.copytree(FILTERS, target / FILTERS.name, ignore=IGNORED)
    compileall.compile_dir(target, quiet=2)
    _let_read(target)
    return target


def _copy(source: Path, target: Path) -> None:
    if not (source / "__init__.py").is_file():
        raise ValueError(f"No package in {source}: it has no __init__.py.")
    shutil.copytree(source, target, ignore=IGNORED, dirs_exist_ok=True)


def _make_parents(name: str, target: Path) -> None:
    folder = target
    for part in name.split(".")[:-1]:
        folder = folder / part
        (folder / "__init__.py").touch()


def _let_read(target: Path) -> None:
    for path, folders, files in os.walk(target):
        for folder in folders:
            os.chmod(os.path.join(path, folder), 0o755)
        for file in files:
            os.chmod(os.path.join(path, file), 0o644)
    os.chmod(target, 0o755)
