"""The stage contract: as text for whoever writes a stage, and as a check of what they wrote."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Set
from importlib.util import find_spec

from sela.design.contract import CONTRACT
from sela.design.insight import Stage
from sela.errors import DesignerError

__all__ = ["CONTRACT", "KNOWN_PACKAGES", "check_source", "installed_packages"]

MAX_SOURCE_BYTES = 20_000
MAX_UNBROKEN = 200
MAX_NUMBERS = 300
KNOWN_PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "joblib",
    "lightgbm",
    "xgboost",
    "catboost",
    "matplotlib",
    "statsmodels",
)
"""What a stage may import where it is installed, besides the standard library."""
PURE_MODULES = frozenset(
    {
        "abc",
        "array",
        "bisect",
        "calendar",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "inspect",
        "itertools",
        "json",
        "locale",
        "math",
        "numbers",
        "operator",
        "random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "time",
        "typing",
        "unicodedata",
        "warnings",
        "zlib",
        "__future__",
    }
)
"""The modules of the standard library that a stage has a use for: none reaches files or network."""

_DEFINES: dict[Stage, tuple[str, tuple[str, ...]]] = {
    "eda": ("explore", ("train", "target")),
    "data_preprocessing": ("build", ("profile",)),
    "feature_engineering": ("build", ("profile",)),
    "model_training": ("build", ("profile",)),
    "model_evaluation": ("build", ("profile", "estimator")),
}


def check_source(stage: Stage, source: str, installed: Set[str] | None = None) -> None:
    """Refuse source that cannot be a module of this stage. It is read, never run.

    `installed` are the packages a stage may import besides the standard library's harmless
    part; None means those of KNOWN_PACKAGES that are here. Raises DesignerError `static_check`.
    """
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise _refused(stage, f"is longer than {MAX_SOURCE_BYTES} bytes; make it smaller")
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(stage, f"is not Python: {error}") from error
    _check_definition(stage, tree)
    _check_imports(stage, tree, installed_packages() if installed is None else installed)
    _check_literals(stage, tree)


def installed_packages() -> frozenset[str]:
    """Those of KNOWN_PACKAGES that can be imported here."""
    return frozenset(name for name in KNOWN_PACKAGES if find_spec(name) is not None)


def _check_definition(stage: Stage, tree: ast.Module) -> None:
    name, takes = _DEFINES[stage]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            if _accepts(node.args, len(takes)):
                return
            break
    raise _refused(stage, f"does not define {name}({', '.join(takes)}) as a plain function")


def _accepts(arguments: ast.arguments, arity: int) -> bool:
    """Whether a function can be called with `arity` positional arguments."""
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    keyword_only = len(arguments.kwonlyargs) - sum(d is not None for d in arguments.kw_defaults)
    return (
        required <= arity
        and (positional >= arity or arguments.vararg is not None)
        and not keyword_only
    )


def _check_imports(stage: Stage, tree: ast.Module, installed: Set[str]) -> None:
    for module in _imported(tree):
        root = module.partition(".")[0]
        if root in PURE_MODULES or root in installed:
            continue
        if not root:
            reason = "imports relative to itself; a stage is one module"
        elif root in sys.stdlib_module_names:
            reason = f"imports {root}, which a stage has no use for"
        else:
            reason = (
                f"imports {root}, which is not installed; there is: {', '.join(sorted(installed))}"
            )
        raise _refused(stage, reason)


def _check_literals(stage: Stage, tree: ast.Module) -> None:
    """Refuse data in the code: a stage learns from the rows that it is fitted on, not from a table
    that somebody who had seen the labels wrote into it."""
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    longest = max((_unbroken(value) for value in constants), default=0)
    numbers = sum(isinstance(value, int | float) for value in constants)
    if longest > MAX_UNBROKEN or numbers > MAX_NUMBERS:
        what = f"a literal of {longest} characters" if longest > MAX_UNBROKEN else "a long table"
        raise _refused(stage, f"carries data ({what}); let it learn from the rows it is fitted on")


def _unbroken(value: object) -> int:
    """The longest piece of a literal without a space."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value.bit_length() // 3
    return max(map(len, value.split()), default=0) if isinstance(value, str) else 0


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "" if node.level else node.module or ""


def _refused(stage: Stage, reason: str) -> DesignerError:
    return DesignerError("static_check", f"The code for {stage} {reason}.")
