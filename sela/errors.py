"""The errors of the engine. Each message says what, which, and what to do next.

SelaError
├── RequestError            the caller asked for something that cannot be: fix the request
│   ├── DataError           the data set is not usable as it is
│   └── NotFoundError       no search, node, insight or ticket of that name
├── BudgetError             a limit of money or time forbids it
├── DesignerError           a designer could not answer (outage, refusal, truncation, …)
├── StoreError              the data folder or database is unusable, locked, or too new
└── SandboxUnavailableError no wall strong enough on this machine
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sela.design.designer import Call


class SelaError(Exception):
    """Anything that the engine refuses or cannot do, told so that a person can act on it."""


class RequestError(SelaError):
    """The caller asked for something that cannot be."""


class DataError(RequestError):
    """The data set is not usable as it is."""


class NotFoundError(RequestError):
    """No search, node, insight or ticket of that name."""


class BudgetError(SelaError):
    """A limit of money or time forbids it."""


class DesignerError(SelaError):
    """A designer could not answer. `reason` is a short code that is kept on the node.

    `calls` are the model calls made before it gave up; they cost money all the same.
    """

    def __init__(self, reason: str, message: str, calls: tuple[Call, ...] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.calls = calls


class StoreError(SelaError):
    """The data folder or database is unusable, locked, or too new."""


class SandboxUnavailableError(SelaError):
    """No wall strong enough on this machine."""
