"""The tables: events, and the projection that is folded from them.

Columns named for a thing rather than a fact of it (`request`, `experiment`, `body`, …) hold JSON
as text. A change here needs a migration in `migrations/versions` and its name in `schema`.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _search_id() -> Column[str]:
    return Column("search_id", String(40), ForeignKey("search.id"), primary_key=True)


search = Table(
    "search",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("request", Text, nullable=False),
    Column("request_key", String(400), unique=True),
    Column("designer", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("sandbox_tier", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("rollouts", Integer, nullable=False),
    Column("max_seconds", Float),
    Column("max_usd", Float),
    Column("wall_seconds", Float, nullable=False),
    Column("problem", Text),
)

event = Table(
    "event",
    metadata,
    _search_id(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("at", Float, nullable=False),
    Column("rollout", Integer),
    Column("attempt", Integer),
    Column("body", Text, nullable=False),
    Index("uq_event_once", "search_id", "rollout", "attempt", "kind", unique=True),
)
"""The unique index is a second lock on the door: no attempt can start or finish twice."""

insight = Table(
    "insight",
    metadata,
    _search_id(),
    Column("id", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("insight", Text, nullable=False),
    Column("standing", String(20), nullable=False),
    Column("plan", Text, nullable=False),
    Column("code_origin", Text, nullable=False),
    Column("notes", Text, nullable=False),
)

rollout = Table(
    "rollout",
    metadata,
    _search_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("configuration", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("verdict", String(20)),
    Column("score", Float),
    Column("experiment", Text),
    Column("plan", Text, nullable=False),
    Column("notes", Text, nullable=False),
)

call = Table(
    "call",
    metadata,
    _search_id(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("rollout", Integer),
    Column("model", Text, nullable=False),
    Column("cost_usd", Float),
    Column("call", Text, nullable=False),
)

test_use = Table(
    "test_use",
    metadata,
    _search_id(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("override_reason", Text),
)

final = Table(
    "final",
    metadata,
    _search_id(),
    Column("at", Float, nullable=False),
    Column("estimate", Text, nullable=False),
    Column("blobs", Text, nullable=False),
)

claim = Table(
    "claim",
    metadata,
    _search_id(),
    Column("epoch", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("lease_until", Float, nullable=False),
)
"""Not part of the projection: a lease is about processes, and is renewed without an event."""

PROJECTION = (search, insight, rollout, call, test_use, final)
"""What is folded from the events of a search."""
