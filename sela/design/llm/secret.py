"""A key that does not show itself."""

from __future__ import annotations

from pathlib import Path


class Secret:
    """A string that logs, reprs, pickles and f-strings never show; `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @classmethod
    def from_file(cls, path: Path) -> Secret:
        """The first line of a file, stripped. OSError when it cannot be read."""
        lines = path.read_text(encoding="utf-8").splitlines()
        return cls(lines[0].strip() if lines else "")

    def reveal(self) -> str:
        return self._value

    def scrub(self, text: str) -> str:
        """The text without the key, should an endpoint have echoed it."""
        return text.replace(self._value, "***") if self._value else text

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A secret is not to be pickled.")
