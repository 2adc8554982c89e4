"""The schema's versions: made or upgraded once, under a lock, with a copy kept before."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from sela.errors import StoreError
from sela.store.connect import reading, writing


@dataclass(frozen=True)
class Schema:
    """A folder of migrations, and the versions they lead through."""

    migrations: Path
    versions: tuple[str, ...]
    """Oldest first; the last is the program's own."""


SCHEMA = Schema(Path(__file__).parent / "migrations", ("0001",))


def bring_up_to_date(engine: Engine, schema: Schema = SCHEMA) -> None:
    """Make the tables, or upgrade older ones; StoreError when they are newer than we are."""
    if _version(engine, schema) == schema.versions[-1]:
        return
    with _one_process_at_a_time(engine):
        version = _version(engine, schema)
        if version == schema.versions[-1]:
            return
        if version is not None:
            _keep_copy(engine, version)
        with writing(engine) as connection:
            _upgrade(connection, schema)


def _version(engine: Engine, schema: Schema) -> str | None:
    """None for a database without tables."""
    with reading(engine) as connection:
        names = inspect(connection).get_table_names()
        if "alembic_version" not in names:
            _refuse_foreign(engine, names)
            return None
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and version not in schema.versions:
        raise StoreError(
            f"The database {engine.url.render_as_string()} has schema {version}, "
            f"newer than this program's {schema.versions[-1]}. "
            "Update sela, or use another data folder."
        )
    return version


def _refuse_foreign(engine: Engine, names: list[str]) -> None:
    if names:
        raise StoreError(
            f"The database {engine.url.render_as_string()} holds other tables "
            f"({', '.join(sorted(names)[:5])}). Give sela a database of its own."
        )


@contextmanager
def _one_process_at_a_time(engine: Engine) -> Generator[None]:
    """A file lock, which dies with its process; a server database has its own lock."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    with Path(engine.url.database + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep_copy(engine: Engine, version: str) -> None:
    """`sela.db.0001.bak`: what the database was before the upgrade."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    copy = Path(f"{engine.url.database}.{version}.bak")
    part = copy.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("VACUUM INTO ?", (str(part),))
    part.replace(copy)


def _upgrade(connection: Connection, schema: Schema) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(5351)"))
    config = Config()
    config.set_main_option("script_location", str(schema.migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
