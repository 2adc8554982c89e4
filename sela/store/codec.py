"""Records to JSON and back, with nothing lost and nothing executed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from sela.store.records import JSONValue

T = TypeVar("T")


def to_json(value: object) -> JSONValue:
    """A frozen record as JSON values."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], value: JSONValue) -> T:
    """The record that `to_json` was given. Unknown fields are ignored, absent ones defaulted."""
    return _adapter(kind).validate_python(value)


def dumps(value: JSONValue) -> str:
    """JSON values as ASCII text: NUL and lone surrogates survive every database. NaN is kept."""
    return json.dumps(value, separators=(",", ":"))


def loads(text: str) -> JSONValue:
    """The inverse of `dumps`."""
    return json.loads(text)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
