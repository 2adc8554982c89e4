"""Connections: SQLite in WAL mode, or any database by URL, and their faults told as ours."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError

from sela.errors import StoreError

BUSY_SECONDS = 30.0
"""How long a write waits for another process's write."""


def connect(url: str) -> Engine:
    """An engine on which `writing` and `reading` work."""
    try:
        engine = create_engine(make_url(url))
    except (ArgumentError, ImportError) as error:
        raise StoreError(
            f"No database can be opened by the URL that was given: {error}."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """One transaction that may write, committed durably at the end or not at all."""
    with _told(engine), engine.connect() as connection:
        connection = connection.execution_options(sela_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """One consistent view."""
    with _told(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def keep_others_out(connection: Connection) -> None:
    """Until the end of this transaction no other one creates; in SQLite no other one writes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5352)")


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    """FULL: a commit is on the disk when it returns, even if the power goes."""
    dbapi_connection.isolation_level = None  # `_begin_sqlite` begins, not the driver
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer late may have to fail."""
    writes = connection.get_execution_options().get("sela_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told(engine: Engine) -> Generator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise  # a fault of ours
    except DBAPIError as error:
        raise StoreError(_explain(str(error.orig), engine)) from error


def _explain(reason: str, engine: Engine) -> str:
    place = engine.url.render_as_string(hide_password=True)
    for sign, advice in _ADVICE.items():
        if sign in reason.lower():
            return f"The database {place} is unusable ({reason}). {advice}"
    return f"The database {place} is unusable ({reason})."


_ADVICE = {
    "locked": f"Another process has been writing for more than {BUSY_SECONDS:.0f} s: "
    "find and end it, or use another data folder.",
    "not a database": "The file is something else, or damaged: "
    "move it away, or restore it from its .bak copy.",
    "malformed": "It is damaged: restore it from its .bak copy, or move it away to start afresh.",
    "full": "Free some disk space and try again; nothing that was acknowledged is lost.",
    "readonly": "Give this user the right to write there, or use another data folder.",
    "unable to open": "Check that the folder exists and that this user may write there.",
    "disk i/o": "Check the disk; network file systems do not work.",
}
