"""The store on SQL: one writer at a time, one transaction for each change.

Long because the protocol is: each method checks, appends one event, and lets it be projected.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, TypeVar

from sqlalchemy import Engine, Table, select

from sela.design.designer import Call
from sela.design.insight import Configuration, Insight
from sela.errors import NotFoundError, RequestError, StoreError
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment
from sela.live.answers import SearchState
from sela.live.request import SearchRequest
from sela.store import leases, reading, tables
from sela.store.blobs import FileBlobs
from sela.store.codec import to_json
from sela.store.connect import connect, keep_others_out, writing
from sela.store.connect import reading as viewing
from sela.store.ids import new_id
from sela.store.owner import Owner, may_be_alive
from sela.store.projection import RESERVED
from sela.store.records import (
    CallRecord,
    Claim,
    Event,
    FinalRecord,
    InsightRecord,
    JSONValue,
    Problem,
    RolloutRecord,
    SearchRecord,
    TestUse,
)
from sela.store.schema import bring_up_to_date
from sela.store.transaction import Transaction, search_row
from sela.store.verification import verify

LEASE_SECONDS = 60.0
Record = TypeVar("Record")


def open_store(
    folder: Path,
    *,
    url: str | None = None,
    clock: Callable[[], float] = time.time,
    rng: Random | None = None,
    is_alive: Callable[[Owner], bool] = may_be_alive,
    lease_seconds: float = LEASE_SECONDS,
) -> SqlStore:
    """The store in a data folder, made or upgraded when needed.

    The database is `sela.db` in the folder, or where `url` says; blobs are always in the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"Cannot make the data folder {folder}: {error.strerror}.") from error
    engine = connect(url or f"sqlite:///{folder.resolve() / 'sela.db'}")
    bring_up_to_date(engine)
    return SqlStore(
        engine, FileBlobs(folder / "blobs"), clock, rng or SystemRandom(), is_alive, lease_seconds
    )


class SqlStore:
    """A `Store`. Safe to use from several threads; several processes may share the database."""

    def __init__(
        self,
        engine: Engine,
        blobs: FileBlobs,
        clock: Callable[[], float],
        rng: Random,
        is_alive: Callable[[Owner], bool],
        lease_seconds: float,
    ) -> None:
        self._engine = engine
        self._blobs = blobs
        self._clock = clock
        self._rng = rng
        self._is_alive = is_alive
        self._lease_seconds = lease_seconds
        self._epochs: dict[str, int] = {}
        self._lock = threading.Lock()

    # Searches

    def create_search(
        self, request: SearchRequest, *, designer: str, strategy: str, sandbox_tier: str
    ) -> SearchRecord:
        with self._lock, writing(self._engine) as connection:
            keep_others_out(connection)
            if request.request_key is not None:
                known = select(tables.search).where(
                    tables.search.c.request_key == request.request_key
                )
                row = connection.execute(known).one_or_none()
                if row is not None:
                    return _same_request(reading.read_search(row), request)
            rows = connection.execute(select(tables.search.c.id, tables.search.c.number)).all()
            search_id = new_id({row.id for row in rows}, self._rng)
            Transaction(connection, search_id, self._clock()).append(
                "search_created",
                {
                    "number": 1 + max((row.number for row in rows), default=0),
                    "request": to_json(request),
                    "designer": designer,
                    "strategy": strategy,
                    "sandbox_tier": sandbox_tier,
                },
            )
            return reading.read_search(search_row(connection, search_id))

    def search(self, search_id: str) -> SearchRecord:
        with viewing(self._engine) as connection:
            return reading.read_search(search_row(connection, search_id))

    def searches(self) -> tuple[SearchRecord, ...]:
        with viewing(self._engine) as connection:
            newest_first = select(tables.search).order_by(tables.search.c.number.desc())
            return tuple(map(reading.read_search, connection.execute(newest_first)))

    def search_by_request_key(self, request_key: str) -> SearchRecord | None:
        known = select(tables.search).where(tables.search.c.request_key == request_key)
        with viewing(self._engine) as connection:
            row = connection.execute(known).one_or_none()
            return None if row is None else reading.read_search(row)

    def set_state(self, search_id: str, state: SearchState, message: str = "") -> None:
        with self._writing(search_id) as tx:
            if (tx.search.state, tx.search.message) != (state, message):
                tx.append("state_set", {"state": state, "message": message})

    def set_problem(self, search_id: str, problem: Problem) -> None:
        with self._writing(search_id) as tx:
            if tx.search.problem is not None:
                raise RequestError(f"The problem of search {search_id} is settled already.")
            tx.append("problem_set", {"problem": to_json(problem)})

    def extend(
        self,
        search_id: str,
        *,
        rollouts: int | None = None,
        max_seconds: float | None = None,
        max_usd: float | None = None,
    ) -> SearchRecord:
        given = {"rollouts": rollouts, "max_seconds": max_seconds, "max_usd": max_usd}
        changes = {name: value for name, value in given.items() if value is not None}
        with self._writing(search_id) as tx:
            if changes:
                tx.append("budget_extended", changes)
            return reading.read_search(search_row(tx.connection, search_id))

    def add_seconds(self, search_id: str, wall_seconds: float) -> None:
        with self._writing(search_id) as tx:
            tx.append("seconds_counted", {"seconds": wall_seconds})

    # Insights

    def add_insights(self, search_id: str, insights: Sequence[Insight]) -> None:
        with self._writing(search_id) as tx:
            taken = {row.id for row in tx.rows(tables.insight)}
            for insight in insights:
                if insight.id in taken:
                    raise RequestError(f"An insight {insight.id!r} is in the pool already.")
                taken.add(insight.id)
            if insights:
                tx.append("insights_added", {"insights": [to_json(i) for i in insights]})

    def set_code(
        self,
        search_id: str,
        insight_id: str,
        code: str,
        *,
        plan: str = "",
        origin: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        with self._writing(search_id) as tx:
            insight = replace(_insight(tx, insight_id).insight, code=code)
            body = {"insight": to_json(insight), "plan": plan, "origin": origin}
            tx.append("code_set", {**body, "notes": list(notes)})

    def forbid(self, search_id: str, insight_id: str) -> None:
        with self._writing(search_id) as tx:
            _insight(tx, insight_id)
            tx.append("insight_forbidden", {"insight_id": insight_id})

    def prefer(self, search_id: str, insight_id: str) -> None:
        with self._writing(search_id) as tx:
            _insight(tx, insight_id)
            tx.append("insight_preferred", {"insight_id": insight_id})

    def insights(self, search_id: str) -> tuple[InsightRecord, ...]:
        return self._read(search_id, tables.insight, "position", reading.read_insight)

    # Rollouts

    def start_rollout(
        self, search_id: str, number: int, node_id: int, configuration: Configuration
    ) -> int:
        with self._writing(search_id) as tx:
            row = tx.row(tables.rollout, number=number)
            if row is not None and row.state != "lost":
                raise RequestError(f"Rollout {number} of search {search_id} is {row.state}.")
            attempt = 1 if row is None else row.attempt + 1
            body = {"node_id": node_id, "configuration": to_json(configuration)}
            tx.append("rollout_started", body, rollout=number, attempt=attempt)
            return attempt

    def finish_rollout(
        self,
        search_id: str,
        number: int,
        attempt: int,
        experiment: Experiment,
        *,
        plan: str = "",
        notes: Sequence[str] = (),
    ) -> bool:
        body = {"experiment": to_json(experiment), "plan": plan, "notes": list(notes)}
        with self._writing(search_id, is_fenced=False) as tx:
            row = tx.row(tables.rollout, number=number)
            if row is not None and row.state == "running" and row.attempt == attempt:
                tx.append("rollout_finished", body, rollout=number, attempt=attempt)
                return True
            tx.append("rollout_superseded", {"rollout": number, "attempt": attempt, **body})
            return False

    def abandon_rollout(self, search_id: str, number: int) -> None:
        with self._writing(search_id) as tx:
            row = tx.row(tables.rollout, number=number)
            if row is None or row.state not in ("running", "lost"):
                state = "unknown" if row is None else row.state
                raise RequestError(f"Rollout {number} of search {search_id} is {state}.")
            tx.append("rollout_abandoned", {}, rollout=number, attempt=row.attempt)

    def lose_running(self, search_id: str) -> tuple[RolloutRecord, ...]:
        with self._writing(search_id) as tx:
            for row in tx.rows(tables.rollout):
                if row.state == "running":
                    tx.append("rollout_lost", {}, rollout=row.number, attempt=row.attempt)
        return tuple(r for r in self.rollouts(search_id) if r.state == "lost")

    def rollouts(self, search_id: str) -> tuple[RolloutRecord, ...]:
        return self._read(search_id, tables.rollout, "number", reading.read_rollout)

    # Costs, the test part, the final number

    def add_call(self, search_id: str, call: Call, rollout: int | None = None) -> None:
        with self._writing(search_id) as tx:
            tx.append("call_made", {"call": to_json(call), "rollout": rollout})

    def calls(self, search_id: str) -> tuple[CallRecord, ...]:
        return self._read(search_id, tables.call, "seq", reading.read_call)

    def use_test(
        self, search_id: str, reason: str, *, override_reason: str | None = None
    ) -> TestUse:
        with self._writing(search_id) as tx:
            uses = tx.rows(tables.test_use)
            if uses and not override_reason:
                raise RequestError(
                    f"The sealed rows of search {search_id} were used before "
                    f"({uses[0].reason}). A number from a second use is no longer unseen: "
                    "give a reason to use them again, which will be recorded and shown."
                )
            override = override_reason if uses else None
            event = tx.append("test_used", {"reason": reason, "override_reason": override})
            return TestUse(event.at, reason, override)

    def test_uses(self, search_id: str) -> tuple[TestUse, ...]:
        return self._read(search_id, tables.test_use, "seq", reading.read_test_use)

    def set_final(
        self, search_id: str, estimate: FinalEstimate, *, blobs: Mapping[str, str] | None = None
    ) -> None:
        with self._writing(search_id) as tx:
            tx.append("final_set", {"estimate": to_json(estimate), "blobs": dict(blobs or {})})

    def final(self, search_id: str) -> FinalRecord | None:
        return next(iter(self._read(search_id, tables.final, "at", reading.read_final)), None)

    # Events and blobs

    def add_event(self, search_id: str, kind: str, body: Mapping[str, JSONValue]) -> None:
        if kind in RESERVED:
            raise ValueError(f"Events of kind {kind!r} are written by the store itself.")
        with self._writing(search_id) as tx:
            tx.append(kind, body)

    def events(self, search_id: str) -> tuple[Event, ...]:
        return self._read(search_id, tables.event, "seq", reading.read_event)

    def put_blob(self, data: bytes) -> str:
        return self._blobs.put(data)

    def blob(self, blob_id: str) -> bytes:
        return self._blobs.get(blob_id)

    # One process runs a search

    def claim(self, search_id: str, owner: Owner) -> Claim:
        with self._writing(search_id, is_fenced=False) as tx:
            claim = leases.claim(tx, owner, self._is_alive, self._lease_seconds)
        self._epochs[search_id] = claim.epoch
        return claim

    def renew(self, claim: Claim) -> Claim:
        with self._writing(claim.search_id, is_fenced=False) as tx:
            return leases.renew(tx, claim, self._lease_seconds)

    def release(self, claim: Claim) -> None:
        with self._writing(claim.search_id, is_fenced=False) as tx:
            leases.release(tx, claim)
        if self._epochs.get(claim.search_id) == claim.epoch:
            del self._epochs[claim.search_id]

    def verify(self, search_id: str) -> tuple[str, ...]:
        with viewing(self._engine) as connection:
            search_row(connection, search_id)
            return verify(connection, search_id, self._blobs)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _writing(self, search_id: str, *, is_fenced: bool = True) -> Generator[Transaction]:
        """A transaction on one search; refused when another process has taken it over."""
        with self._lock, writing(self._engine) as connection:
            tx = Transaction(connection, search_id, self._clock())
            search_row(connection, search_id, is_locked=True)
            if is_fenced and search_id in self._epochs:
                leases.check(tx, self._epochs[search_id])
            yield tx

    def _read(
        self, search_id: str, table: Table, order: str, read: Callable[[Any], Record]
    ) -> tuple[Record, ...]:
        with viewing(self._engine) as connection:
            search_row(connection, search_id)
            return tuple(map(read, Transaction(connection, search_id, 0.0).rows(table, order)))


def _same_request(known: SearchRecord, request: SearchRequest) -> SearchRecord:
    if known.request != request:
        raise RequestError(
            f"The request key {request.request_key!r} belongs to search {known.id}, which was "
            "asked for differently. Use another key for another search."
        )
    return known


def _insight(tx: Transaction, insight_id: str) -> InsightRecord:
    row = tx.row(tables.insight, id=insight_id)
    if row is None:
        known = ", ".join(row.id for row in tx.rows(tables.insight, "position")) or "none yet"
        raise NotFoundError(f"No insight {insight_id!r} in this search. There are: {known}.")
    return reading.read_insight(row)
