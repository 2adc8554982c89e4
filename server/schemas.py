"""Schemas as small as they can be: a model reads them in each conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations


def make_tool(
    function: Callable[..., Any],
    title: str,
    annotations: ToolAnnotations,
    *,
    is_structured: bool = True,
) -> Tool:
    """A tool from a method: its name, docstring and typed arguments, with slim schemas."""
    tool = Tool.from_function(
        function,
        title=title,
        description=_unwrapped(function.__doc__ or ""),
        annotations=annotations,
        structured_output=is_structured,
    )
    tool.parameters = {**slim(tool.parameters), "additionalProperties": False}
    if tool.fn_metadata.output_schema is not None:
        tool.fn_metadata.output_schema = slim(tool.fn_metadata.output_schema)
    return tool


def slim(schema: Any) -> Any:
    """The same schema without titles and null alternatives: what is absent is left out."""
    if isinstance(schema, list):
        return [slim(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: slim(v) for k, v in schema.items() if not _is_noise(k, v)}
    options = kept.get("anyOf")
    if isinstance(options, list):
        real = [o for o in options if o != {"type": "null"}]
        if len(real) == 1:
            del kept["anyOf"]
            kept = {**real[0], **kept}
    return kept


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)


def _unwrapped(text: str) -> str:
    paragraphs = text.strip().split("\n\n")
    return "\n".join(" ".join(p.split()) for p in paragraphs)
