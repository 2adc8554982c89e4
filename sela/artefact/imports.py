"""Which modules a source imports when it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def imported_modules(source: str) -> Iterator[str]:
    """Dotted names, wherever in the source the import stands; none of a source that does not parse.

    Imports for type checkers only and relative imports are left out.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes, without those below `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)
