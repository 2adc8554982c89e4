"""The exact versions of what an exported pipeline imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version


def requirements(sources: Iterable[str]) -> dict[str, str]:
    """Distribution -> version of every installed package that the sources import."""
    tops = {name for source in sources for name in _imported(source)}
    names = {
        dist for top in tops - sys.stdlib_module_names for dist in _distributions().get(top, ())
    }
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


def _imported(source: str) -> Iterator[str]:
    """Top-level names; nothing of a source that does not parse."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
