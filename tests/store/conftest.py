"""The stores that the suite is run on: SQLite always, PostgreSQL where a server is named."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

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


@pytest.fixture
def new_postgresql() -> str:
    """The URL of a new, empty database in the server of `SELA_TEST_POSTGRESQL`."""
    server = os.environ.get("SELA_TEST_POSTGRESQL")
    if server is None:
        pytest.skip("SELA_TEST_POSTGRESQL names no server, e.g. postgresql+psycopg://me@/postgres")
    name = f"sela_test_{secrets.token_hex(4)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgresql")
    return World(tmp_path / "store", url, Clock(), set())


@pytest.fixture
def store(world: World) -> Iterator[SqlStore]:
    opened = world.open()
    yield opened
    opened.close()
