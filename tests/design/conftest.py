"""No key, proxy or endpoint of the machine reaches these tests."""

import importlib
import os
from pathlib import Path

import pytest

FOREIGN = ("ANTHROPIC_", "OPENAI_", "SELA_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))


@pytest.fixture(scope="session")
def loaded_sdk() -> None:
    """Its first import takes seconds, which the short deadlines of these tests have not."""
    importlib.import_module("anthropic")
