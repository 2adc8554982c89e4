"""HTML and SVG that are escaped by construction: text is escaped unless it is already `Markup`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib.resources import files

VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})


class Markup(str):
    """Text that is finished markup. Only `tag` and `join` make it."""


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """An element. Strings among the children are escaped, iterables joined, None left out.

    Attributes: `class_` is `class`, other underscores become dashes; None and False are left
    out, True stands without a value.
    """
    head = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{join(children)}</{name}>")


def join(children: object) -> Markup:
    """The children one after another."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str | int | float):
        return Markup(escape(_clean(str(children))))
    if isinstance(children, Iterable):
        return Markup("".join(join(child) for child in children))
    raise TypeError(f"Not something to put on a page: {type(children).__name__}")


def inline_code(text: str) -> Markup:
    """Text in which what stands between backticks is code, as in Markdown."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return join(text)
    return join([tag("code", part) if i % 2 else part for i, part in enumerate(parts)])


def page(title: str, style: str, body: Markup, *, script: str = "") -> str:
    """A self-contained page. Its own policy forbids every request and every script but `script`."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"'sha256-{digest}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    end = tag("script", Markup(script)) if script else ""
    return "<!doctype html>\n" + tag("html", head, tag("body", body, end), lang="en")


def asset(name: str) -> str:
    """A style sheet or script that ships beside this module."""
    return files("sela.report").joinpath(name).read_text(encoding="utf-8")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(_clean(str(value)), quote=True)}"'


def _clean(text: str) -> str:
    """Without control and surrogate characters, which no page may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c if c in "\n\t" or (c >= " " and c != "\x7f") else "\ufffd" for c in text)
    return "".join(kept).encode("utf-8", "replace").decode("utf-8")
