"""Light colouring of Python source with the standard library's tokenizer."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator

from sela.report.markup import Markup, join, tag

FSTRINGS = ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
"""Token types that Python has from 3.12 on."""
CLASSES: dict[int, str] = {
    tokenize.STRING: "s",
    tokenize.NUMBER: "n",
    tokenize.COMMENT: "c",
    **{getattr(tokenize, name): "s" for name in FSTRINGS if hasattr(tokenize, name)},
}


def highlight(source: str) -> Markup:
    """The source as markup; what does not tokenize comes out plain, and nothing is lost."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return join(list(_coloured(source)))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return join(source)


def _coloured(source: str) -> Iterator[str]:
    lines = io.StringIO(source).readlines()  # The tokenizer ends lines at "\n" only, as this does.
    row, column, follows_def = 1, 0, False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        yield _between(lines, (row, column), token.start)
        text = _between(lines, token.start, token.end)
        name = _class(token, follows_def)
        yield tag("span", text, class_=name) if name and text else text
        (row, column), follows_def = token.end, token.string in ("def", "class")
    yield _between(lines, (row, column), (len(lines) + 1, 0))


def _class(token: tokenize.TokenInfo, follows_def: bool) -> str | None:
    if token.type == tokenize.NAME:
        return "k" if keyword.iskeyword(token.string) else "d" if follows_def else None
    return CLASSES.get(token.type)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The source from one (row, column) to another, rows counted from 1."""
    if end <= start:
        return ""
    picked = lines[start[0] - 1 : end[0]]
    if end[0] <= len(lines):
        picked[-1] = picked[-1][: end[1]]
    if picked:
        picked[0] = picked[0][start[1] :] if start[0] <= len(lines) else ""
    return "".join(picked)
