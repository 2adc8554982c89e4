"""Settings come from the environment, and a wrong one is told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sela.errors import RequestError
from server.designer_settings import designer_settings
from server.settings import read_settings


def test_defaults_need_no_variable() -> None:
    settings = read_settings({"XDG_DATA_HOME": "/data"})
    assert settings.home.name == "sela" and settings.database_url.startswith("sqlite:///")
    assert not settings.is_unsafe and settings.threads == 1 and settings.roots == ()


def test_arguments_win_over_variables(tmp_path: Path) -> None:
    settings = read_settings({"SELA_HOME": "/elsewhere"}, home=tmp_path, is_unsafe=True)
    assert settings.home == tmp_path and settings.is_unsafe


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SELA_UNSAFE", "maybe"),
        ("SELA_MAX_WORKERS", "0"),
        ("SELA_THREADS", "1.5"),
        ("SELA_MEMORY_MB", "lots"),
        ("SELA_MEMORY_MB", "nan"),
        ("SELA_DATABASE", "mysql://x"),
        ("SELA_ROOTS", "/no/such/folder"),
        ("SELA_TOKEN_FILE", "/no/such/file"),
        ("SELA_LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_variable_is_told_by_its_name_or_value(name: str, value: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_settings({name: value})
    assert name in str(caught.value) or value in str(caught.value)


def test_short_tokens_and_empty_token_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    for content, told in [("# none\n", "holds no token"), ("short\n", "shorter than")]:
        file.write_text(content)
        with pytest.raises(RequestError, match=told):
            read_settings({}, token_file=file)


def test_settings_never_show_the_environment() -> None:
    shown = repr(read_settings({"ANTHROPIC_API_KEY": "sk-secret"}))
    assert "sk-secret" not in shown


def test_designers_take_keys_from_variables_or_files(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-from-file\n")
    settings = designer_settings(
        {
            "ANTHROPIC_API_KEY_FILE": str(file),
            "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1/",
            "SELA_OPENAI_MODEL": "qwen",
            "SELA_PRICES": "qwen=0.5/2, other=1/3",
        }
    )
    assert settings.anthropic.key is not None
    assert settings.anthropic.key.reveal() == "sk-from-file"
    assert settings.openai.base_url == "http://127.0.0.1:11434/v1" and settings.openai.key is None
    assert settings.prices["qwen"].output == 2.0
    assert "sk-from-file" not in repr(settings)


@pytest.mark.parametrize(
    "variable",
    [
        {"ANTHROPIC_API_KEY_FILE": "/no/such/file"},
        {"OPENAI_BASE_URL": "ftp://x"},
        {"SELA_PRICES": "qwen=cheap"},
        {"SELA_PRICES": "qwen=-1/2"},
        {"SELA_OPENAI_TEMPERATURE": "9"},
    ],
)
def test_a_bad_designer_variable_is_told_by_its_name(variable: dict[str, str]) -> None:
    with pytest.raises(RequestError, match=next(iter(variable)).removesuffix("_FILE")):
        designer_settings(variable)
