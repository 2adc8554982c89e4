"""The money of one search: checked before each call, counted after it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from sela.design.designer import Call
from sela.errors import BudgetError


class Budget:
    """What a search may spend on models. `limit_usd` None: no limit.

    Calls under way at the same time are held back by their estimates, so that together they
    cannot pass the limit. A resumed search gives what it has spent before.
    """

    def __init__(self, limit_usd: float | None = None, spent_usd: float = 0.0) -> None:
        self.limit_usd = limit_usd
        self._spent = spent_usd
        self._reserved = 0.0

    @property
    def spent_usd(self) -> float:
        """Of calls whose price is known."""
        return self._spent

    @property
    def left_usd(self) -> float | None:
        """What may still be promised to a call; None without a limit."""
        if self.limit_usd is None:
            return None
        return max(0.0, self.limit_usd - self._spent - self._reserved)

    @contextmanager
    def reserve(self, estimate_usd: float | None, model: str) -> Generator[None]:
        """Hold an estimate back while a call runs; BudgetError when it cannot be afforded."""
        self._check(estimate_usd, model)
        held = estimate_usd or 0.0
        self._reserved += held
        try:
            yield
        finally:
            self._reserved -= held

    def charge(self, calls: Iterable[Call]) -> None:
        """Count what was called, whatever came of it."""
        self._spent += sum(call.cost_usd or 0.0 for call in calls)

    def _check(self, estimate_usd: float | None, model: str) -> None:
        left = self.left_usd
        if left is None:
            return
        if estimate_usd is None:
            raise BudgetError(
                f"The price of {model} is unknown, so a limit of ${self.limit_usd} cannot be kept. "
                "Give its price in the settings, or leave the limit out."
            )
        if estimate_usd > left:
            raise BudgetError(
                f"A call to {model} may cost ${estimate_usd:.4f} and ${left:.4f} is left of "
                f"${self.limit_usd}. Extend the search's max_usd to go on with it."
            )
