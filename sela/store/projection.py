"""The projection: what each kind of event does to the tables.

It is a pure fold. The store writes through it, and `verify` folds the events anew to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from sela.store import tables
from sela.store.codec import dumps
from sela.store.records import Event, JSONValue

Body = Mapping[str, JSONValue]


def project(connection: Connection, search_id: str, event: Event) -> None:
    """Let one event change the tables; a kind that none is named for changes nothing."""
    fold = _FOLDS.get(event.kind)
    if fold is not None:
        fold(connection, search_id, event)


def _search_created(connection: Connection, search_id: str, event: Event) -> None:
    body = event.body
    request = body["request"]
    values = {
        "id": search_id,
        "number": body["number"],
        "request": dumps(request),
        "request_key": request["request_key"],
        "designer": body["designer"],
        "strategy": body["strategy"],
        "sandbox_tier": body["sandbox_tier"],
        "state": "preparing",
        "message": "",
        "created_at": event.at,
        "rollouts": request["rollouts"],
        "max_seconds": request["max_seconds"],
        "max_usd": request["max_usd"],
        "wall_seconds": 0.0,
    }
    connection.execute(insert(tables.search).values(values))


def _state_set(connection: Connection, search_id: str, event: Event) -> None:
    _set_search(connection, search_id, state=event.body["state"], message=event.body["message"])


def _problem_set(connection: Connection, search_id: str, event: Event) -> None:
    _set_search(connection, search_id, problem=dumps(event.body["problem"]))


def _budget_extended(connection: Connection, search_id: str, event: Event) -> None:
    _set_search(connection, search_id, **event.body)


def _seconds_counted(connection: Connection, search_id: str, event: Event) -> None:
    total = tables.search.c.wall_seconds + event.body["seconds"]
    _set_search(connection, search_id, wall_seconds=total)


def _insights_added(connection: Connection, search_id: str, event: Event) -> None:
    count = select(func.count()).select_from(tables.insight)
    start = connection.scalar(count.where(tables.insight.c.search_id == search_id)) or 0
    rows = [
        {
            "search_id": search_id,
            "id": given["id"],
            "position": start + place,
            "insight": dumps(given),
            "standing": "neutral",
            "plan": "",
            "code_origin": "",
            "notes": "[]",
        }
        for place, given in enumerate(event.body["insights"])
    ]
    connection.execute(insert(tables.insight), rows)


def _code_set(connection: Connection, search_id: str, event: Event) -> None:
    body = event.body
    _set_insight(
        connection,
        search_id,
        body["insight"]["id"],
        insight=dumps(body["insight"]),
        plan=body["plan"],
        code_origin=body["origin"],
        notes=dumps(body["notes"]),
    )


def _insight_forbidden(connection: Connection, search_id: str, event: Event) -> None:
    _set_insight(connection, search_id, event.body["insight_id"], standing="forbidden")


def _insight_preferred(connection: Connection, search_id: str, event: Event) -> None:
    _set_insight(connection, search_id, event.body["insight_id"], standing="preferred")


def _rollout_started(connection: Connection, search_id: str, event: Event) -> None:
    if event.attempt != 1:
        running = {"state": "running", "attempt": event.attempt, "started_at": event.at}
        _set_rollout(connection, search_id, event, **running)
        return
    values = {
        "search_id": search_id,
        "number": event.rollout,
        "attempt": event.attempt,
        "node_id": event.body["node_id"],
        "configuration": dumps(event.body["configuration"]),
        "state": "running",
        "started_at": event.at,
        "plan": "",
        "notes": "[]",
    }
    connection.execute(insert(tables.rollout).values(values))


def _rollout_finished(connection: Connection, search_id: str, event: Event) -> None:
    body, experiment = event.body, event.body["experiment"]
    _set_rollout(
        connection,
        search_id,
        event,
        state="finished",
        finished_at=event.at,
        verdict=experiment["verdict"],
        score=experiment["score"],
        experiment=dumps(experiment),
        plan=body["plan"],
        notes=dumps(body["notes"]),
    )


def _rollout_lost(connection: Connection, search_id: str, event: Event) -> None:
    _set_rollout(connection, search_id, event, state="lost")


def _rollout_abandoned(connection: Connection, search_id: str, event: Event) -> None:
    _set_rollout(connection, search_id, event, state="abandoned", finished_at=event.at)


def _call_made(connection: Connection, search_id: str, event: Event) -> None:
    call = event.body["call"]
    values = {
        "search_id": search_id,
        "seq": event.seq,
        "at": event.at,
        "rollout": event.body["rollout"],
        "model": call["model"],
        "cost_usd": call["cost_usd"],
        "call": dumps(call),
    }
    connection.execute(insert(tables.call).values(values))


def _test_used(connection: Connection, search_id: str, event: Event) -> None:
    values = {"search_id": search_id, "seq": event.seq, "at": event.at, **event.body}
    connection.execute(insert(tables.test_use).values(values))


def _final_set(connection: Connection, search_id: str, event: Event) -> None:
    values = {
        "at": event.at,
        "estimate": dumps(event.body["estimate"]),
        "blobs": dumps(event.body["blobs"]),
    }
    if not _set(connection, tables.final, {"search_id": search_id}, **values):
        connection.execute(insert(tables.final).values(search_id=search_id, **values))


def _set_search(connection: Connection, search_id: str, **values: Any) -> None:
    _set(connection, tables.search, {"id": search_id}, **values)


def _set_insight(connection: Connection, search_id: str, insight_id: str, **values: Any) -> None:
    _set(connection, tables.insight, {"search_id": search_id, "id": insight_id}, **values)


def _set_rollout(connection: Connection, search_id: str, event: Event, **values: Any) -> None:
    key = {"search_id": search_id, "number": event.rollout}
    _set(connection, tables.rollout, key, **values)


def _set(connection: Connection, table: Table, key: Mapping[str, Any], **values: Any) -> bool:
    """Change the row of this key; whether there is one."""
    row = update(table).where(*(table.c[name] == value for name, value in key.items()))
    return connection.execute(row.values(values)).rowcount == 1


_FOLDS: Mapping[str, Callable[[Connection, str, Event], None]] = {
    "search_created": _search_created,
    "state_set": _state_set,
    "problem_set": _problem_set,
    "budget_extended": _budget_extended,
    "seconds_counted": _seconds_counted,
    "insights_added": _insights_added,
    "code_set": _code_set,
    "insight_forbidden": _insight_forbidden,
    "insight_preferred": _insight_preferred,
    "rollout_started": _rollout_started,
    "rollout_finished": _rollout_finished,
    "rollout_lost": _rollout_lost,
    "rollout_abandoned": _rollout_abandoned,
    "call_made": _call_made,
    "test_used": _test_used,
    "final_set": _final_set,
}

RESERVED = frozenset(_FOLDS) | {"rollout_superseded", "claimed", "released"}
"""Kinds that only the store itself may write."""
