"""The exact versions of what an exported pipeline imports."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from sela.artefact.imports import imported_modules


def requirements(sources: Iterable[str]) -> dict[str, str]:
    """Distribution -> version of every installed package that the sources import."""
    modules = {name for source in sources for name in imported_modules(source)}
    tops = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    names = {distribution for top in tops for distribution in _distributions().get(top, ())}
    found: dict[str, str] = {}
    for name in sorted(names, key=str.lower):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def requirements_text(versions: dict[str, str]) -> str:
    """As `requirements.txt`."""
    python = ".".join(map(str, sys.version_info[:3]))
    return "\n".join([f"# Python {python}", *(f"{n}=={v}" for n, v in versions.items())]) + "\n"


@cache
def _distributions() -> dict[str, list[str]]:
    return {top: list(set(names)) for top, names in packages_distributions().items()}
