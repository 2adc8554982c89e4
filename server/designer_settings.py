"""The designers' settings, from the environment that `settings` read. Imported when needed.

| variable | meaning | default |
|---|---|---|
| ANTHROPIC_API_KEY or …_FILE | key for Claude, or the file that holds it | none |
| SELA_ANTHROPIC_MODEL, SELA_ANTHROPIC_REPAIR_MODEL | models | see AnthropicSettings |
| ANTHROPIC_BASE_URL | another address of the Messages API | Anthropic's |
| OPENAI_BASE_URL | an OpenAI-compatible endpoint, with its `/v1` | OpenAI's, with a key |
| OPENAI_API_KEY or …_FILE | its key; a local one needs none | none |
| SELA_OPENAI_MODEL | its model | none |
| SELA_OPENAI_TEMPERATURE | 0 to 2 | the model's own |
| SELA_PRICES | `MODEL=IN/OUT` in dollars for a million tokens, comma-separated | built-in table |
| SELA_MAX_TOKENS, SELA_DESIGNER_SECONDS | of one reply | see DesignerSettings |
| SELA_SHARE_VALUES | `1`: cell values in error messages may reach a model | `0` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sela.design.llm.prices import Price
from sela.design.llm.secret import Secret
from sela.design.settings import AnthropicSettings, DesignerSettings, OpenAISettings
from sela.errors import RequestError
from server.settings import read_flag, read_number

OPENAI_URL = "https://api.openai.com/v1"


def designer_settings(env: Mapping[str, str]) -> DesignerSettings:
    """Read and check the variables above; RequestError names a bad one, never its key."""
    defaults = DesignerSettings()
    return replace(
        defaults,
        anthropic=_anthropic(env),
        openai=_openai(env),
        prices=_prices(env),
        max_tokens=int(read_number(env, "SELA_MAX_TOKENS", defaults.max_tokens, 256, 200_000)),
        deadline_seconds=read_number(
            env, "SELA_DESIGNER_SECONDS", defaults.deadline_seconds, 5, 3600
        ),
        share_values=read_flag(env, "SELA_SHARE_VALUES"),
    )


def _anthropic(env: Mapping[str, str]) -> AnthropicSettings:
    defaults = AnthropicSettings()
    return replace(
        defaults,
        key=_secret(env, "ANTHROPIC_API_KEY"),
        model=_text(env, "SELA_ANTHROPIC_MODEL") or defaults.model,
        repair_model=_text(env, "SELA_ANTHROPIC_REPAIR_MODEL") or defaults.repair_model,
        base_url=_url(env, "ANTHROPIC_BASE_URL") or defaults.base_url,
    )


def _openai(env: Mapping[str, str]) -> OpenAISettings:
    key, model = _secret(env, "OPENAI_API_KEY"), _text(env, "SELA_OPENAI_MODEL")
    address = _url(env, "OPENAI_BASE_URL") or (OPENAI_URL if key and model else None)
    temperature = None
    if _text(env, "SELA_OPENAI_TEMPERATURE"):
        temperature = read_number(env, "SELA_OPENAI_TEMPERATURE", 0.0, 0, 2)
    return OpenAISettings(base_url=address, model=model, key=key, temperature=temperature)


def _secret(env: Mapping[str, str], name: str) -> Secret | None:
    if value := _text(env, name):
        return Secret(value)
    path = _text(env, f"{name}_FILE")
    if not path:
        return None
    try:
        secret = Secret.from_file(Path(path).expanduser())
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{name}_FILE names {path}, which cannot be read.") from error
    if not secret:
        raise RequestError(f"{name}_FILE names {path}, which is empty. Put the key on one line.")
    return secret


def _url(env: Mapping[str, str], name: str) -> str | None:
    value = _text(env, name).rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        raise RequestError(f"{name}={value!r} is not an http or https address.")
    return value or None


def _prices(env: Mapping[str, str]) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    for part in _text(env, "SELA_PRICES").split(","):
        if not part.strip():
            continue
        model, _, amounts = part.strip().rpartition("=")
        try:
            into, out = map(float, amounts.split("/"))
        except ValueError:
            into = out = -1.0
        if not model or min(into, out) < 0:
            raise RequestError(
                f"SELA_PRICES has {part.strip()!r}. Write MODEL=IN/OUT, in dollars for a million "
                "tokens, for example my-model=0.5/2."
            )
        prices[model] = Price(into, out, source="SELA_PRICES")
    return prices


def _text(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()
