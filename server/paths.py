"""Paths that a client names: inside the allowed folders, and nothing of the user's overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sela.errors import RequestError


@dataclass(frozen=True)
class Paths:
    """Checks paths from tool arguments against `roots`; without roots anywhere is fine."""

    roots: tuple[Path, ...] = ()

    def readable(self, given: str) -> str:
        """The absolute path of a data file. Whether it is a table, the engine finds out."""
        return str(self._inside(given, "read"))

    def new_file(self, given: str) -> str:
        """The absolute path of a CSV file to be written; it must not exist yet."""
        path = self._inside(given, "written")
        if path.suffix != ".csv":
            raise RequestError(f"output_path must end in .csv, not {path.name!r}.")
        if path.exists():
            raise RequestError(f"{path} exists already. Choose another output_path.")
        if not path.parent.is_dir():
            raise RequestError(f"The folder {path.parent} does not exist. Choose another one.")
        return str(path)

    def new_folder(self, given: str) -> Path:
        """The absolute path of a folder to be written; it must be absent, empty or an artefact."""
        path = self._inside(given, "written")
        if path.exists() and not path.is_dir():
            raise RequestError(f"{path} is a file. Choose another output_dir.")
        if path.is_dir() and any(path.iterdir()) and not (path / "scores.json").is_file():
            raise RequestError(f"The folder {path} holds other files. Choose a new output_dir.")
        return path

    def _inside(self, given: str, verb: str) -> Path:
        path = Path(given).expanduser().resolve()
        if not self.roots or any(path.is_relative_to(root) for root in self.roots):
            return path
        allowed = ", ".join(map(str, self.roots))
        raise RequestError(
            f"{given!r} may not be {verb}: this server only uses paths in {allowed}. "
            "Move the file there, or have the server started with another --root."
        )
