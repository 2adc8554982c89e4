"""The stores that the suite is run on: SQLite always, PostgreSQL where it and a driver are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from sela.store.owner import Owner
from sela.store.sql import SqlStore, open_store


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """Stores on one database, a clock, and who is alive."""

    folder: Path
    url: str | None
    clock: Clock
    dead: set[Owner]

    def open(self, seed: int = 0) -> SqlStore:
        return open_store(
            self.folder,
            url=self.url,
            clock=self.clock,
            rng=Random(seed),
            is_alive=lambda owner: owner not in self.dead,
            lease_seconds=60.0,
        )


@pytest.fixture(scope="session")
def new_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty database in a server of our own, which listens on a socket file only."""
    initdb = _postgresql_program("initdb")
    if initdb is None or find_spec("psycopg") is None or os.name != "posix" or os.getuid() == 0:
        pytest.skip("needs PostgreSQL, psycopg, and an ordinary user")
    folder = tmp_path_factory.mktemp("pg")
    data, socket = folder / "data", folder
    subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "sela"], check=True, timeout=60)
    control = initdb.with_name("pg_ctl")
    options = f"-k {socket} -c listen_addresses="
    start = [control, "-D", data, "-o", options, "-w", "-l", folder / "log", "start"]
    subprocess.run(start, check=True, timeout=60)
    count = 0

    def create() -> str:
        nonlocal count
        count += 1
        made = ["psql", "-h", socket, "-U", "sela", "postgres", "-c", f"CREATE DATABASE d{count}"]
        subprocess.run(made, check=True, timeout=60)
        return f"postgresql+psycopg://sela@/d{count}?host={socket}"

    yield create
    subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=True, timeout=60)


def _postgresql_program(name: str) -> Path | None:
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return Path(found) if found else (installed[-1] if installed else None)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgresql")()
    return World(tmp_path / "store", url, Clock(), set())


@pytest.fixture
def store(world: World) -> Iterator[SqlStore]:
    opened = world.open()
    yield opened
    opened.close()
