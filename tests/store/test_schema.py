"""How the schema is made and upgraded."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sela.errors import StoreError
from sela.store.connect import connect, reading
from sela.store.schema import SCHEMA, Schema, bring_up_to_date
from sela.store.sql import open_store
from sela.store.tables import metadata
from tests.store.samples import new_search

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
    {}
"""


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with reading(_engine(tmp_path)) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_versions_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCHEMA.migrations))
    scripts = ScriptDirectory.from_config(config)
    oldest_first = [script.revision for script in scripts.walk_revisions()][::-1]
    assert tuple(oldest_first) == SCHEMA.versions


def test_an_older_database_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    id = new_search(store).id
    bring_up_to_date(_engine(tmp_path), _next_schema(tmp_path, "pass"))
    assert store.search(id).id == id
    assert "extra" in _tables(tmp_path / "sela.db")
    copy = tmp_path / "sela.db.0001.bak"
    assert {"search", "event"} < _tables(copy)
    assert "extra" not in _tables(copy)


def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    assert not list(tmp_path.glob("*.bak"))


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(ZeroDivisionError):
        bring_up_to_date(_engine(tmp_path), _next_schema(tmp_path, "1 / 0"))
    assert "extra" not in _tables(tmp_path / "sela.db")
    assert open_store(tmp_path).verify(new_search(store).id) == ()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    bring_up_to_date(_engine(tmp_path), _next_schema(tmp_path, "pass"))
    before = _tables(tmp_path / "sela.db")
    with pytest.raises(StoreError, match=r"schema 0002, newer than .*0001\. Update sela"):
        open_store(tmp_path)
    assert _tables(tmp_path / "sela.db") == before


def _next_schema(folder: Path, last_statement: str) -> Schema:
    """This program's migrations and one more."""
    migrations = folder / "migrations"
    shutil.copytree(SCHEMA.migrations, migrations)
    (migrations / "versions" / "v0002_second.py").write_text(SECOND.format(last_statement))
    return Schema(migrations, (*SCHEMA.versions, "0002"))


def _engine(folder: Path):
    return connect(f"sqlite:///{folder / 'sela.db'}")


def _tables(database: Path) -> set[str]:
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in rows}
