"""Databases that cannot be used, and what is said of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sela.errors import StoreError
from sela.store.connect import connect, reading
from sela.store.sql import open_store
from tests.store.samples import ESTIMATE, new_search


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "sela.db").write_bytes(b"these are my notes, not a database" * 100)
    with pytest.raises(StoreError, match=r"not a database.*move it away"):
        open_store(tmp_path)


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    id = new_search(store).id
    for number in range(200):
        store.add_event(id, "noticed", {"number": number, "text": "x" * 200})
    store.close()
    database = tmp_path / "sela.db"
    pages = bytearray(database.read_bytes())
    pages[4096 : len(pages)] = b"\xff" * (len(pages) - 4096)
    database.write_bytes(pages)
    with pytest.raises(StoreError, match=r"unusable.*restore it"):
        open_store(tmp_path).events(id)


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    _execute(tmp_path, "CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreError, match=r"holds other tables \(customers\)"):
        open_store(tmp_path)


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="Cannot make the data folder"):
        open_store(tmp_path / "data")


@pytest.mark.parametrize("url", ["no url", "nodb://somewhere/x"])
def test_a_url_that_leads_nowhere_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="No database can be opened"):
        open_store(tmp_path, url=url)


def test_what_was_changed_behind_our_back_is_found(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    id = new_search(store).id
    store.add_event(id, "noticed", {})
    blob = store.put_blob(b"model")
    store.set_final(id, ESTIMATE, blobs={"model": blob})
    _execute(tmp_path, "UPDATE search SET rollouts = 99")
    _execute(tmp_path, "DELETE FROM event WHERE kind = 'noticed'")
    next((tmp_path / "blobs").rglob("*" + blob[2:])).write_bytes(b"other")
    gap, budget, damage = store.verify(id)
    assert gap == "event 2 is missing"
    assert budget == f"search {id}: rollouts differs from what the events tell"
    assert "is damaged" in damage


def test_every_commit_is_synced_in_a_write_ahead_log(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with reading(connect(f"sqlite:///{tmp_path / 'sela.db'}")) as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_the_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    store.put_blob(b"rows")
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def _execute(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "sela.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
