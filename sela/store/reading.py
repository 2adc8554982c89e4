"""From rows to records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from sela.design.designer import Call
from sela.design.insight import Configuration, Insight
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment
from sela.live.request import SearchRequest
from sela.store.codec import from_json, loads
from sela.store.owner import Owner
from sela.store.records import (
    CallRecord,
    Claim,
    Event,
    FinalRecord,
    InsightRecord,
    Problem,
    RolloutRecord,
    SearchRecord,
    TestUse,
)


def read_search(row: Row[Any]) -> SearchRecord:
    """A row of `search`."""
    return SearchRecord(
        id=row.id,
        request=from_json(SearchRequest, loads(row.request)),
        designer=row.designer,
        strategy=row.strategy,
        sandbox_tier=row.sandbox_tier,
        state=row.state,
        message=row.message,
        created_at=row.created_at,
        rollouts=row.rollouts,
        max_seconds=row.max_seconds,
        max_usd=row.max_usd,
        wall_seconds=row.wall_seconds,
        problem=None if row.problem is None else from_json(Problem, loads(row.problem)),
    )


def read_insight(row: Row[Any]) -> InsightRecord:
    """A row of `insight`."""
    return InsightRecord(
        insight=from_json(Insight, loads(row.insight)),
        standing=row.standing,
        plan=row.plan,
        code_origin=row.code_origin,
        notes=tuple(loads(row.notes)),
    )


def read_rollout(row: Row[Any]) -> RolloutRecord:
    """A row of `rollout`."""
    experiment = row.experiment
    return RolloutRecord(
        number=row.number,
        attempt=row.attempt,
        node_id=row.node_id,
        configuration=from_json(Configuration, loads(row.configuration)),
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        experiment=None if experiment is None else from_json(Experiment, loads(experiment)),
        plan=row.plan,
        notes=tuple(loads(row.notes)),
    )


def read_call(row: Row[Any]) -> CallRecord:
    """A row of `call`."""
    return CallRecord(from_json(Call, loads(row.call)), row.rollout, row.at)


def read_test_use(row: Row[Any]) -> TestUse:
    """A row of `test_use`."""
    return TestUse(row.at, row.reason, row.override_reason)


def read_final(row: Row[Any]) -> FinalRecord:
    """A row of `final`."""
    return FinalRecord(from_json(FinalEstimate, loads(row.estimate)), row.at, loads(row.blobs))


def read_event(row: Row[Any]) -> Event:
    """A row of `event`."""
    return Event(row.seq, row.kind, row.at, row.rollout, row.attempt, loads(row.body))


def read_claim(row: Row[Any]) -> Claim:
    """A row of `claim`."""
    owner = Owner(row.host, row.pid, row.started)
    return Claim(row.search_id, owner, row.epoch, row.lease_until)
