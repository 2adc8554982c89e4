"""What a search asks of the assistant that hosts it. Light to import: the faces need it early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NeedKind = Literal["insights", "code", "repair"]


@dataclass(frozen=True)
class Need:
    """What the host is asked to think of. An answer names its ticket."""

    kind: NeedKind
    ticket: str
    context: str
    contract: str | None = None
    """The stage contract; only with the first need of a search."""

    @property
    def characters(self) -> int:
        """Its size in an answer, field names included."""
        return len(self.context) + len(self.contract or "") + len(self.ticket) + 60
