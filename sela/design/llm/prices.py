"""What models cost, with source and date. A model that is not here costs "unknown", never 0.

Source: platform.claude.com, pricing and model pages, read in November 2026. Writing to the 5-minute
cache costs 1.25 times the input price and to the 1-hour cache twice, where no other figure is told.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MILLION = 1_000_000
CHARACTERS_PER_TOKEN = 3
"""Low on purpose: an estimate of a prompt should be too dear rather than too cheap."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of one call; `input` are those neither read from the cache nor written to it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h


@dataclass(frozen=True)
class Price:
    """Dollars for a million tokens, and who says so."""

    input: float
    output: float
    cache_read: float | None = None
    """None: as input."""
    cache_write_5m: float | None = None
    """None: 1.25 times input."""
    source: str = ""
    long_prompt_tokens: int | None = None
    """Prompts longer than this cost `long_factor` times as much."""
    long_factor: float = 1.0

    def usd(self, tokens: Tokens) -> float:
        """The price of one call."""
        read = self.input if self.cache_read is None else self.cache_read
        write = 1.25 * self.input if self.cache_write_5m is None else self.cache_write_5m
        total = (
            tokens.input * self.input
            + tokens.output * self.output
            + tokens.cache_read * read
            + tokens.cache_write_5m * write
            + tokens.cache_write_1h * 2.0 * self.input
        )
        is_long = self.long_prompt_tokens is not None and tokens.prompt > self.long_prompt_tokens
        return total * (self.long_factor if is_long else 1.0) / MILLION


FREE = Price(0.0, 0.0, 0.0, 0.0, source="runs on this machine")
_SOURCE = "platform.claude.com, November 2026"
PRICES: Mapping[str, Price] = {
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 0.125, _SOURCE, 100_000, 5.0),
    "claude-sonnet-5-5": Price(2.0, 10.0, 0.10, 2.50, _SOURCE),
    "claude-opus-5-5": Price(4.0, 20.0, 0.20, 5.0, _SOURCE),
    "claude-fable-5-1": Price(10.0, 50.0, source=_SOURCE),
}


def find_price(
    model: str, overrides: Mapping[str, Price], *, base_url: str | None = None
) -> Price | None:
    """The user's own price, else the table's, else free on a loopback address, else None.

    A model of the table is paid for even through a gateway on this machine.
    """
    known = overrides.get(model) or PRICES.get(model)
    is_local = base_url is not None and is_loopback(base_url)
    return known or (FREE if is_local else None)


def is_loopback(base_url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def estimate_tokens(characters: int) -> int:
    """Tokens of a text, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)
