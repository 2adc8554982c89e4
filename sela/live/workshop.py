"""What every search of a process works with: chosen once, by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sandboxes.base import SandboxProvider
from sela.design.designer import Designer
from sela.design.host import HostDesk
from sela.design.llm.budget import Budget as Purse
from sela.store.owner import Owner
from sela.store.protocol import Store


@dataclass(frozen=True)
class Mind:
    """The designer of one search, under the name that `auto` came down to."""

    designer: Designer
    name: str
    note: str = ""
    """Why this one, when it was not asked for by name."""
    desk: HostDesk | None = None
    """Where the host's needs lie, when the host has a part in it."""


class Minds(Protocol):
    """Makes designers."""

    def resolve(self, name: str) -> tuple[str, str]:
        """The name of what `auto` stands for here, and why; RequestError for an unknown one."""
        ...

    def make(self, name: str, search_id: str, *, purse: Purse, host_state: str | None) -> Mind:
        """The designer of a search; `host_state` is what its desk last stored."""
        ...


@dataclass(frozen=True)
class Workshop:
    """Store, sandboxes, designers, clock, and the limits of one fit."""

    store: Store
    open_provider: Callable[[], Awaitable[SandboxProvider]]
    """The one provider of this process; opened by its first use."""
    minds: Minds
    playbook: Designer
    owner: Owner
    clock: Callable[[], float]
    """Seconds that only rise."""
    max_workers: int = 2
    threads: int = 1
    fit_timeout_seconds: float = 120.0
