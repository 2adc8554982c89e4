"""The budget of a search: rollouts, seconds and dollars, and what is left of each.

Hard: asked before each rollout and before each paid call. Seconds count only while somebody's
rollout runs, so a paused or killed search does not lose them.
"""

from __future__ import annotations

from collections.abc import Callable

from sela.design.designer import Call


class Budget:
    """What a search may use and has used. `clock` gives seconds that only rise."""

    def __init__(
        self,
        *,
        rollouts: int,
        max_seconds: float | None,
        max_usd: float | None,
        rollouts_done: int = 0,
        seconds_used: float = 0.0,
        calls: tuple[Call, ...] = (),
        clock: Callable[[], float],
    ) -> None:
        self.rollouts = rollouts
        self.max_seconds = max_seconds
        self.max_usd = max_usd
        self.rollouts_done = rollouts_done
        self.rollouts_running = 0
        self._seconds_used = seconds_used
        self._calls = list(calls)
        self._clock = clock
        self._running_since: float | None = None
        self._exhausted: str | None = None

    @property
    def rollouts_left(self) -> int:
        """How many more may start."""
        return max(self.rollouts - self.rollouts_done - self.rollouts_running, 0)

    @property
    def seconds_used(self) -> float:
        """Time in which the search was running, the present stretch included."""
        since = self._running_since
        return self._seconds_used + (0.0 if since is None else self._clock() - since)

    @property
    def seconds_left(self) -> float | None:
        """None without a limit."""
        if self.max_seconds is None:
            return None
        return max(self.max_seconds - self.seconds_used, 0.0)

    @property
    def cost_usd(self) -> float | None:
        """What the calls cost together; None when the price of one is unknown."""
        costs = [call.cost_usd for call in self._calls]
        if any(cost is None for cost in costs):
            return None
        return float(sum(cost for cost in costs if cost is not None))

    @property
    def usd_left(self) -> float | None:
        """None without a limit. Calls of unknown price count as nothing, which is told."""
        if self.max_usd is None:
            return None
        return max(self.max_usd - sum(call.cost_usd or 0.0 for call in self._calls), 0.0)

    @property
    def ended(self) -> str | None:
        """Why nothing more may start, in one sentence; None while something may."""
        if self.rollouts_done >= self.rollouts:
            return f"All {self.rollouts} rollouts are done."
        if self.seconds_left == 0.0 and self.rollouts_done:
            return f"The {self.max_seconds:g} seconds of this search are used up."
        return self._exhausted

    def charge(self, call: Call) -> None:
        """Count a call."""
        self._calls.append(call)

    def exhaust(self, reason: str) -> None:
        """End it for a reason that no counter shows."""
        self._exhausted = reason

    def extend(
        self, *, rollouts: int | None, max_seconds: float | None, max_usd: float | None
    ) -> None:
        """New totals for what is given; an end for lack of anything to try is forgotten."""
        self.rollouts = self.rollouts if rollouts is None else rollouts
        self.max_seconds = self.max_seconds if max_seconds is None else max_seconds
        self.max_usd = self.max_usd if max_usd is None else max_usd
        self._exhausted = None

    def start_clock(self) -> None:
        """The search runs from now on; nothing when it already does."""
        if self._running_since is None:
            self._running_since = self._clock()

    def stop_clock(self) -> float:
        """The search rests; returns the seconds of the stretch that ends."""
        if self._running_since is None:
            return 0.0
        stretch = self._clock() - self._running_since
        self._seconds_used += stretch
        self._running_since = None
        return stretch
