"""Trying again, within one deadline: what both adapters share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import TypeVar

from sela.design.designer import Call
from sela.design.llm.deadline import Deadline
from sela.errors import DesignerError

T = TypeVar("T")
LONGEST_BACKOFF_SECONDS = 8.0
MESSAGE_CHARACTERS = 300
HeaderLookup = Callable[[str], str | None]


class Trouble(Exception):
    """One attempt that failed, and whether another may do better."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        passes: bool = False,
        wait_seconds: float | None = None,
        calls: tuple[Call, ...] = (),
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.passes = passes
        """It may be gone at the next attempt."""
        self.wait_seconds = wait_seconds
        """How long the endpoint asked to wait."""
        self.calls = calls


@dataclass(frozen=True)
class Retries:
    """How often to try again and how long to wait when the endpoint does not say."""

    count: int = 3
    backoff_seconds: float = 0.5

    async def run(self, attempt: Callable[[], Awaitable[T]], deadline: Deadline) -> T:
        """The first attempt that comes through; DesignerError with the last trouble otherwise.

        It gives up early when the wait that is asked for passes the deadline, and never repeats
        an attempt that cost money: whoever keeps the budget decides on that.
        """
        for number in range(self.count + 1):
            try:
                return await attempt()
            except Trouble as trouble:
                wait = self._wait(trouble, number)
                is_last = number == self.count or not trouble.passes or bool(trouble.calls)
                if is_last or wait >= deadline.left_seconds:
                    raise DesignerError(trouble.reason, str(trouble), trouble.calls) from trouble
            await asyncio.sleep(wait)
        raise AssertionError("The last attempt returns or raises.")

    def _wait(self, trouble: Trouble, number: int) -> float:
        if trouble.wait_seconds is not None:
            return max(trouble.wait_seconds, 0.0)
        return min(self.backoff_seconds * 2.0**number, LONGEST_BACKOFF_SECONDS)


REASONS = {
    401: "unauthorized",
    403: "unauthorized",
    402: "no_credit",
    404: "not_found",
    408: "timeout",
    413: "too_large",
    429: "rate_limited",
    529: "overloaded",
    503: "overloaded",
}


def status_trouble(status: int, message: str, headers: HeaderLookup) -> Trouble:
    """What an HTTP status other than 2xx means."""
    reason = REASONS.get(status, "server_error" if status >= 500 else "rejected")
    if 300 <= status < 400:
        reason, message = "redirected", "the endpoint redirects elsewhere; give its final address"
    passes = status in (408, 409, 429) or status >= 500
    return Trouble(
        reason, f"{status}: {tidy(message)}", passes=passes, wait_seconds=retry_after(headers)
    )


def retry_after(headers: HeaderLookup) -> float | None:
    """Seconds from retry-after-ms or retry-after (seconds or a date), None without either."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) / unit)
        except ValueError:
            pass
    try:
        return max(0.0, parsedate_to_datetime(headers("retry-after") or "").timestamp() - time())
    except ValueError:
        return None


def tidy(message: str) -> str:
    """An endpoint's words, on one line, printable and short."""
    line = " ".join(message.split())
    return "".join(c if c.isprintable() else "?" for c in line)[:MESSAGE_CHARACTERS]
