"""The modules that an exported pipeline stands on, copied beside it so that it needs no sela."""

from __future__ import annotations

import re
from importlib.resources import files

from sela.artefact.imports import imported_modules

ROOTS: tuple[str, ...] = (
    "sela.artefact.schema",
    "sela.harness.blend",
    "sela.harness.compose",
    "sela.harness.refit",
    "sela.problem.table",
)
PACKAGE = "runtime"
OWN = re.compile(r"\bsela(?=\.(harness|problem|artefact|errors)\b)")
NOTE = (
    '"""What pipeline.py stands on: parts of sela-mcp (MIT), so that it need not be installed."""\n'
)


def runtime_files() -> dict[str, str]:
    """Relative path -> source: everything that ROOTS import from sela, renamed to `runtime`."""
    wanted, found = list(ROOTS), dict[str, str]()
    while wanted:
        module = wanted.pop()
        path = _path(module)
        if path in found:
            continue
        found[path] = _source(path)
        wanted.extend(m for m in imported_modules(found[path]) if m.startswith("sela."))
        wanted.extend(_parents(module))
    renamed = {path: OWN.sub(PACKAGE, text) for path, text in found.items()}
    return {f"{PACKAGE}/__init__.py": NOTE} | {
        f"{PACKAGE}/{path}": text for path, text in sorted(renamed.items())
    }


def _path(module: str) -> str:
    """`sela.harness.compose` -> `harness/compose.py`; a package's own `__init__.py`."""
    relative = module.split(".", 1)[1].replace(".", "/")
    is_package = files("sela").joinpath(relative).is_dir()
    return f"{relative}/__init__.py" if is_package else f"{relative}.py"


def _source(path: str) -> str:
    return files("sela").joinpath(path).read_text(encoding="utf-8")


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:i]) for i in range(2, len(parts))]
