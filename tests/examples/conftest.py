"""The examples as a user runs them, with a data folder of their own and no key of the machine."""

import os
import sys
from pathlib import Path

import mcp.client.stdio  # noqa: F401  (keeps the standard error of its first import)
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FOREIGN = ("ANTHROPIC_", "OPENAI_", "SELA_")


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SELA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SELA_MAX_WORKERS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # Strength of the sandbox is not what these tests are about.
    monkeypatch.setenv("SELA_UNSAFE", "1")
    monkeypatch.syspath_prepend(str(EXAMPLES))


@pytest.fixture
def small_data(tmp_path: Path) -> str:
    """320 rows of a linear target."""
    lines = ["a,b,target"]
    lines += [f"{i % 17},{i * 7 % 23},{3 * (i % 17) - (i * 7 % 23) + i % 3}" for i in range(320)]
    path = tmp_path / "small.csv"
    path.write_text("\n".join(lines))
    return str(path)


@pytest.fixture
def scripted_server() -> list[str]:
    """The command of a server that needs no sandbox."""
    return [sys.executable, "-m", "tests.server.scripted_main", "serve"]
