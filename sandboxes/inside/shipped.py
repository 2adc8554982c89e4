"""Modules that come with a job, as source."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType


def ship(modules: Mapping[str, str]) -> None:
    """Make sources importable by their names, before anything that is installed."""
    sys.meta_path.insert(0, _Finder(modules))


class _Finder(MetaPathFinder):
    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._modules:
            return spec_from_loader(fullname, _Loader(self._modules))
        if any(name.startswith(f"{fullname}.") for name in self._modules):
            return spec_from_loader(fullname, _Loader({fullname: ""}), is_package=True)
        return None


class _Loader(InspectLoader):
    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules

    def get_source(self, fullname: str) -> str:
        return self._modules[fullname]

    def is_package(self, fullname: str) -> bool:
        return any(name.startswith(f"{fullname}.") for name in self._modules)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        filename = f"{name.replace('.', '/')}.py"
        module.__file__ = filename
        exec(compile(self.get_source(name), filename, "exec"), module.__dict__)
