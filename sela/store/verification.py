"""Verification: fold the events of a search anew, and compare with what the tables say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, create_engine, select

from sela.errors import NotFoundError, StoreError
from sela.store import tables
from sela.store.blobs import FileBlobs
from sela.store.codec import from_json, loads
from sela.store.projection import project
from sela.store.reading import read_event
from sela.store.records import Event, Problem

Rows = dict[tuple[Any, ...], dict[str, Any]]


def verify(connection: Connection, search_id: str, blobs: FileBlobs) -> tuple[str, ...]:
    """Everything that is wrong, in sentences."""
    events = _events(connection, search_id)
    return (
        *_gaps(events),
        *_differences(connection, search_id, events),
        *_bad_blobs(connection, search_id, blobs),
    )


def _events(connection: Connection, search_id: str) -> list[Event]:
    mine = select(tables.event).where(tables.event.c.search_id == search_id)
    return [read_event(row) for row in connection.execute(mine.order_by(tables.event.c.seq))]


def _gaps(events: list[Event]) -> Iterator[str]:
    for place, event in enumerate(events, start=1):
        if event.seq != place:
            yield f"event {place} is missing"
            return


def _differences(connection: Connection, search_id: str, events: list[Event]) -> Iterator[str]:
    """Between the tables and the same tables, made in memory from the events alone."""
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.connect() as fresh:
        for event in events:
            project(fresh, search_id, event)
        for table in tables.PROJECTION:
            stored, folded = _rows(connection, table, search_id), _rows(fresh, table, search_id)
            yield from _compare(table.name, stored, folded)
    engine.dispose()


def _rows(connection: Connection, table: Table, search_id: str) -> Rows:
    column = table.c.id if table is tables.search else table.c.search_id
    found: Rows = {}
    for row in connection.execute(select(table).where(column == search_id)).mappings():
        key = tuple(row[c.name] for c in table.primary_key)
        found[key] = dict(row)
    return found


def _compare(name: str, stored: Rows, folded: Rows) -> Iterator[str]:
    for key in sorted(stored.keys() | folded.keys(), key=str):
        label = f"{name} {'/'.join(map(str, key))}"
        if key not in stored:
            yield f"{label} is missing, the events tell of it"
        elif key not in folded:
            yield f"{label} is there, no event tells of it"
        else:
            for column, value in folded[key].items():
                if stored[key][column] != value:
                    yield f"{label}: {column} differs from what the events tell"


def _bad_blobs(connection: Connection, search_id: str, blobs: FileBlobs) -> Iterator[str]:
    for blob_id in sorted(_blob_ids(connection, search_id)):
        try:
            blobs.get(blob_id)
        except (NotFoundError, StoreError) as error:
            yield str(error)


def _blob_ids(connection: Connection, search_id: str) -> set[str]:
    """Those that the problem, the experiments and the final estimate name."""
    found: set[str] = set()
    for problem in connection.scalars(
        select(tables.search.c.problem).where(tables.search.c.id == search_id)
    ):
        if problem is not None:
            found.update(from_json(Problem, loads(problem)).blobs.values())
    for experiment in connection.scalars(
        select(tables.rollout.c.experiment).where(tables.rollout.c.search_id == search_id)
    ):
        predictions = None if experiment is None else loads(experiment)["predictions"]
        found.update(() if predictions is None else (predictions,))
    for named in connection.scalars(
        select(tables.final.c.blobs).where(tables.final.c.search_id == search_id)
    ):
        found.update(loads(named).values())
    return found
