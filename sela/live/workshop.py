"""What every search of a process works with: chosen once, by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandboxes.base import SandboxProvider
from sela.design.choose import Designers
from sela.design.designer import Designer
from sela.design.host import HostDesigner
from sela.design.insight import Stage
from sela.design.llm.budget import Budget as Purse
from sela.store.owner import Owner
from sela.store.protocol import Store


@dataclass(frozen=True)
class Mind:
    """The designer of one search, under the names that it came down to."""

    designer: Designer
    names: tuple[str, ...]
    """In the order in which they are asked: `anthropic`, `playbook`."""
    purse: Purse
    """The money of its models; a later limit is set here."""
    host: HostDesigner | None = None
    """The designer once more, when the host has a part in it."""


@dataclass(frozen=True)
class Workshop:
    """Store, sandboxes, designers, clock, and the limits of one fit."""

    store: Store
    open_provider: Callable[[], Awaitable[SandboxProvider]]
    """The one provider of this process; opened by its first use."""
    close: Callable[[], Awaitable[None]]
    """Ends the kernels and the connections, and closes the store."""
    designers: Designers
    playbook: Designer
    check_source: Callable[[Stage, str], None]
    """Raises DesignerError when a stage's source cannot be run."""
    owner: Owner
    clock: Callable[[], float]
    """Seconds that only rise."""
    max_workers: int = 2
    threads: int = 1
    fit_timeout_seconds: float = 120.0
