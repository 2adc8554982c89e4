"""Settings: the one module that reads the environment.

| variable | meaning | default |
|---|---|---|
| SELA_HOME | folder of searches and artefacts | the user data folder of the platform |
| SELA_DATABASE | SQLAlchemy URL | SQLite inside SELA_HOME |
| SELA_UNSAFE | `1`: run without a strong sandbox | `0` |
| SELA_MAX_WORKERS | most rollouts at once, in all searches | number of cores |
| SELA_THREADS | threads of one fit | `1` |
| SELA_MEMORY_MB | memory of one sandbox | `4096` |
| SELA_ROOTS | folders a client may name paths in, separated as in PATH | all (stdio), here (HTTP) |
| SELA_TOKEN_FILE | file of bearer tokens for HTTP, one a line | none |
| SELA_ALLOWED_HOSTS | host names that HTTP answers to, comma-separated | loopback names |
| SELA_LOG_LEVEL | DEBUG, INFO, WARNING or ERROR | `WARNING` |

The designers' variables (keys, models, endpoints) are explained in `designer_settings`.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sela.errors import RequestError

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MIB = 1 << 20
TOKEN_MINIMUM = 16


@dataclass(frozen=True)
class Settings:
    """What the machine and its owner decide; what a search asks for is in SearchRequest."""

    home: Path
    database_url: str
    is_unsafe: bool
    max_workers: int
    threads: int
    memory_bytes: int
    roots: tuple[Path, ...]
    """Absolute folders that a client's paths must lie in; empty means anywhere."""
    tokens: frozenset[str]
    """Bearer tokens that HTTP accepts; empty means no authentication."""
    allowed_hosts: tuple[str, ...]
    log_level: str
    environment: Mapping[str, str]
    """The whole environment, for the designers' settings; never shown, logged or stored."""

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, unsafe={self.is_unsafe})"


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    home: Path | None = None,
    is_unsafe: bool = False,
    token_file: Path | None = None,
) -> Settings:
    """Read and check every variable; the arguments win. RequestError names a bad variable."""
    env = os.environ if environment is None else environment
    folder = (home or _home(env)).expanduser().absolute()
    tokens = token_file or _path(env, "SELA_TOKEN_FILE")
    return Settings(
        home=folder,
        database_url=_database(env, folder),
        is_unsafe=is_unsafe or read_flag(env, "SELA_UNSAFE"),
        max_workers=_whole(env, "SELA_MAX_WORKERS", os.cpu_count() or 1, 1, 256),
        threads=_whole(env, "SELA_THREADS", 1, 1, 256),
        memory_bytes=_whole(env, "SELA_MEMORY_MB", 4096, 256, 1 << 20) * MIB,
        roots=_roots(env),
        tokens=_tokens(tokens) if tokens else frozenset(),
        allowed_hosts=_words(env, "SELA_ALLOWED_HOSTS"),
        log_level=_choice(env, "SELA_LOG_LEVEL", "WARNING", LOG_LEVELS),
        environment=env,
    )


def read_flag(env: Mapping[str, str], name: str) -> bool:
    """A variable that is 1 or 0; unset is 0."""
    value = env.get(name, "").strip().lower()
    if value in ("", "0", "false", "no", "off"):
        return False
    if value in ("1", "true", "yes", "on"):
        return True
    raise RequestError(f"{name}={value!r} is not a yes or a no. Set it to 1 or 0.")


def read_number(
    env: Mapping[str, str], name: str, default: float, low: float, high: float
) -> float:
    """A number within bounds; unset is the default."""
    text = env.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise RequestError(f"{name}={text!r} is not a number from {low} to {high}.")
    return value


def _home(env: Mapping[str, str]) -> Path:
    if given := _path(env, "SELA_HOME"):
        return given
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "sela"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sela"
    return Path(env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sela"


def _database(env: Mapping[str, str], home: Path) -> str:
    url = env.get("SELA_DATABASE", "").strip()
    if not url:
        return f"sqlite:///{home / 'sela.db'}"
    if not urlsplit(url).scheme.startswith(("sqlite", "postgresql")):
        raise RequestError(
            "SELA_DATABASE is not a usable URL. Give sqlite:///FILE or "
            "postgresql+psycopg://USER@HOST/NAME, or leave it unset for SQLite in SELA_HOME."
        )
    return url


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "").strip()
    return Path(value).expanduser() if value else None


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = read_number(env, name, default, low, high)
    if value != int(value):
        raise RequestError(f"{name}={value} is not a whole number.")
    return int(value)


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, "").strip().upper() or default
    if value not in allowed:
        raise RequestError(f"{name}={value!r} is unknown. Use one of {', '.join(allowed)}.")
    return value


def _words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in env.get(name, "").split(",") if word.strip())


def _roots(env: Mapping[str, str]) -> tuple[Path, ...]:
    roots: list[Path] = []
    for part in env.get("SELA_ROOTS", "").split(os.pathsep):
        if not part.strip():
            continue
        root = Path(part.strip()).expanduser()
        if not root.is_dir():
            raise RequestError(f"SELA_ROOTS names {part!r}, which is not a folder.")
        roots.append(root.resolve())
    return tuple(roots)


def _tokens(path: Path) -> frozenset[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The token file {path} cannot be read: {error}.") from error
    tokens = frozenset(line.strip() for line in lines if line.strip() and line.strip()[0] != "#")
    if not tokens:
        raise RequestError(f"The token file {path} holds no token. Put one on a line of its own.")
    if min(map(len, tokens)) < TOKEN_MINIMUM:
        raise RequestError(
            f"A token in {path} is shorter than {TOKEN_MINIMUM} characters. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return tokens
