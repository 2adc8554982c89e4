"""Tidying what a host sends: a fence around code, an insight without an id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sela.design.insight import Insight
from sela.design.prompts.quoting import capped

TEXT_CHARACTERS = 400
_FENCE = re.compile(r"\s*```\w*\n(.*?)\n?```\s*", re.DOTALL)


def tidy_code(code: str) -> str:
    """The source alone, ending in one line break."""
    match = _FENCE.fullmatch(code)
    return _encodable((match[1] if match else code).strip("\n") + "\n")


def tidy_insight(insight: Insight) -> Insight:
    """On one line, of the host, to be given an id by the pool."""
    code = None if insight.code is None else tidy_code(insight.code)
    text = capped(_encodable(" ".join(insight.text.split())), TEXT_CHARACTERS)
    return replace(insight, id="", text=text, origin="host", code=code)


def only_code(insights: Sequence[Insight]) -> str | None:
    """A host that answers a code need in the shape of an insight means its code."""
    return insights[0].code if len(insights) == 1 else None


def _encodable(text: str) -> str:
    """Without lone surrogates, which JSON can carry and neither a file nor a store can."""
    return text.encode("utf-8", "replace").decode()
