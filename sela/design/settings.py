"""What a user may set about designers. Built by the server from the environment, passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sela.design.llm.chat import Effort, Role
from sela.design.llm.prices import Price
from sela.design.llm.retries import Retries
from sela.design.llm.secret import Secret


@dataclass(frozen=True)
class AnthropicSettings:
    """Claude, by the official SDK."""

    key: Secret | None = None
    model: str = "claude-sonnet-5-5"
    repair_model: str | None = "claude-haiku-5-5"
    """None: the same model."""
    base_url: str = "https://api.anthropic.com"
    cache_ttl: Literal["5m", "1h"] = "1h"
    """A fit between two calls often takes longer than five minutes."""
    effort: Mapping[Role, Effort | None] = field(
        default_factory=lambda: {"insights": "high", "code": "medium", "repair": "low"}
    )
    """None: the model's own; for models that know no effort."""


@dataclass(frozen=True)
class OpenAISettings:
    """Any endpoint that speaks chat completions: Ollama, vLLM, LM Studio, OpenRouter, …"""

    base_url: str | None = None
    """With its `/v1`, if it has one. None: not set up."""
    model: str = ""
    key: Secret | None = None
    """Not needed for a local one."""
    temperature: float | None = None
    """None: the model's own; some models refuse to be told."""


@dataclass(frozen=True)
class DesignerSettings:
    """All of it. Keys are Secrets, so that this can be shown and logged."""

    anthropic: AnthropicSettings = AnthropicSettings()
    openai: OpenAISettings = OpenAISettings()
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    """By model; they go before the built-in table."""
    max_tokens: int = 8_000
    """Of one reply, thoughts included."""
    deadline_seconds: float = 180.0
    """For one idea or one module, retries and all."""
    retries: Retries = field(default_factory=Retries)
    share_values: bool = False
    """Let cell values that appear in error messages and class labels reach the model."""
    failures_to_open: int = 3
    """Consecutive failures after which a designer of a chain is left out for a while."""
    rest_seconds: float = 300.0
    """How long that while is."""
    trust_env: bool = True
    """Proxies and certificates as the environment says."""
