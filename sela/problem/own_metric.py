"""A scorer of the user's own, in a Python file: `path.py` or `path.py:function`.

The function takes (y_true, y_pred) and returns a float; where it raises, the score is undefined.
Attributes of the function say the rest:
`greater_is_better` (default True) and `needs`:
- `labels` (default for a classification): both arguments hold the original class labels;
- `probabilities`: y_true holds codes in the order of the classes (positive = 1), y_pred the
  positive's probability (n,) for two classes, (n, k) for more;
- `values`: a regression.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sela.errors import RequestError

OwnNeeds = Literal["labels", "probabilities", "values"]


@dataclass(frozen=True)
class OwnMetric:
    """What a user's file says of its scorer; `needs` is None when it does not say."""

    function: Callable[..., float]
    greater_is_better: bool
    needs: OwnNeeds | None


def is_own(name: str) -> bool:
    """Whether a metric's name means a file, which is run outside the sandbox."""
    return _parts(name)[0].endswith(".py")


def absolute(name: str) -> str:
    """The same name wherever the process is started."""
    path, function = _parts(name)
    return str(Path(path).expanduser().resolve()) + (f":{function}" if function else "")


def load_own(name: str) -> OwnMetric:
    """Run the file and take its scorer; RequestError says what is wrong with it."""
    path, function = _parts(name)
    file = Path(path).expanduser()
    if not file.is_file():
        raise RequestError(f"No metric file {file}. Give path.py or path.py:function.")
    return _load(str(file), function, file.stat().st_mtime_ns)


def _parts(name: str) -> tuple[str, str]:
    path, _, function = name.rpartition(":")
    return (path, function) if path.endswith(".py") else (name, "")


@lru_cache(maxsize=16)
def _load(path: str, name: str, changed_ns: int) -> OwnMetric:
    module: dict[str, Any] = {"__name__": "own_metric", "__file__": path}
    try:
        exec(compile(Path(path).read_text(encoding="utf-8"), path, "exec"), module)
    except (Exception, SystemExit) as error:  # The file is foreign code: anything may come.
        raise RequestError(f"Metric file {path} failed: {type(error).__name__}: {error}") from error
    function = _pick(module, name, path)
    needs = getattr(function, "needs", None)
    if needs not in (None, "labels", "probabilities", "values"):
        raise RequestError(
            f"{path}: needs = {needs!r}. Set it to 'labels', 'probabilities' or 'values'."
        )
    better = bool(getattr(function, "greater_is_better", True))
    return OwnMetric(function, better, needs)


def _pick(module: dict[str, Any], name: str, path: str) -> Callable[..., float]:
    own = {
        key: value
        for key, value in module.items()
        if inspect.isfunction(value)
        and value.__module__ == "own_metric"
        and not key.startswith("_")
    }
    default = "score" if "score" in own or len(own) != 1 else next(iter(own))
    if (name or default) not in own:
        known = ", ".join(own) or "none"
        raise RequestError(
            f"{path}: name its scorer as path.py:function. Functions there: {known}."
        )
    return own[name or default]
