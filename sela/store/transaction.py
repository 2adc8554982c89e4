"""One transaction on one search: read rows, append events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select

from sela.errors import NotFoundError
from sela.store import tables
from sela.store.codec import dumps
from sela.store.projection import project
from sela.store.reading import read_search
from sela.store.records import Event, JSONValue, SearchRecord

_SHOWN = 10


class Transaction:
    """What a method of the store works on."""

    def __init__(self, connection: Connection, search_id: str, now: float) -> None:
        self.connection = connection
        self.search_id = search_id
        self.now = now

    @property
    def search(self) -> SearchRecord:
        return read_search(search_row(self.connection, self.search_id))

    def append(
        self,
        kind: str,
        body: Mapping[str, JSONValue],
        *,
        rollout: int | None = None,
        attempt: int | None = None,
    ) -> Event:
        """Write an event and what it changes."""
        last = select(func.max(tables.event.c.seq))
        seq = self.connection.scalar(last.where(tables.event.c.search_id == self.search_id)) or 0
        event = Event(seq + 1, kind, self.now, rollout, attempt, body)
        project(self.connection, self.search_id, event)
        row = {
            "search_id": self.search_id,
            "seq": event.seq,
            "kind": kind,
            "at": event.at,
            "rollout": rollout,
            "attempt": attempt,
            "body": dumps(body),
        }
        self.connection.execute(insert(tables.event).values(row))
        return event

    def row(self, table: Table, **key: Any) -> Row[Any] | None:
        """The search's row of this key."""
        where = (table.c[name] == value for name, value in key.items())
        mine = select(table).where(table.c.search_id == self.search_id, *where)
        return self.connection.execute(mine).one_or_none()

    def rows(self, table: Table, order: str | None = None) -> Sequence[Row[Any]]:
        """All of the search's rows."""
        mine = select(table).where(table.c.search_id == self.search_id)
        return self.connection.execute(mine.order_by(table.c[order]) if order else mine).all()


def search_row(connection: Connection, search_id: str, *, is_locked: bool = False) -> Row[Any]:
    """The row of a search; NotFoundError, with what there is, when there is none.

    `is_locked` keeps other writers of this search out (SQLite keeps all of them out anyway).
    """
    query = select(tables.search).where(tables.search.c.id == search_id)
    row = connection.execute(query.with_for_update() if is_locked else query).one_or_none()
    if row is None:
        raise NotFoundError(_not_found(connection, search_id))
    return row


def _not_found(connection: Connection, search_id: str) -> str:
    newest_first = select(tables.search.c.id).order_by(tables.search.c.number.desc())
    known = list(connection.scalars(newest_first))
    if not known:
        return f"No search {search_id!r}: there is none yet. Call start_search to make one."
    near = get_close_matches(search_id, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return (
        f"No search {search_id!r}.{hint} Known, newest first: {', '.join(known[:_SHOWN])}{more}. "
        "Call start_search to make another."
    )
