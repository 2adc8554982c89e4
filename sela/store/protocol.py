"""The store: what a search must remember, whatever happens to the process that runs it.

Each change is one transaction of an event and its projection, and is durable when the method
returns. Methods are synchronous and safe to call from any thread. Every method that names a
search raises NotFoundError when there is none of that id, and StoreError when the database is
unusable or when another process has taken the search over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sela.design.designer import Call
from sela.design.insight import Configuration, Insight
from sela.evaluation.estimate import FinalEstimate
from sela.experiments.experiment import Experiment
from sela.live.answers import SearchState
from sela.live.request import SearchRequest
from sela.store.owner import Owner
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


class Store(Protocol):
    """Everything the engine remembers."""

    # Searches

    def create_search(
        self, request: SearchRequest, *, designer: str, strategy: str, sandbox_tier: str
    ) -> SearchRecord:
        """A new search in state `preparing`, with a new short id.

        With a `request_key` that is known, the search of that key and nothing new; RequestError
        when that one was asked for differently.
        """
        ...

    def search(self, search_id: str) -> SearchRecord: ...

    def searches(self) -> tuple[SearchRecord, ...]:
        """All, newest first."""
        ...

    def search_by_request_key(self, request_key: str) -> SearchRecord | None: ...

    def set_state(self, search_id: str, state: SearchState, message: str = "") -> None: ...

    def set_problem(self, search_id: str, problem: Problem) -> None:
        """What preparing found out; once."""
        ...

    def extend(
        self,
        search_id: str,
        *,
        rollouts: int | None = None,
        max_seconds: float | None = None,
        max_usd: float | None = None,
    ) -> SearchRecord:
        """New totals (not additions) for the budgets that are given."""
        ...

    def add_seconds(self, search_id: str, wall_seconds: float) -> None:
        """Count time in which the search was running."""
        ...

    # Insights

    def add_insights(self, search_id: str, insights: Sequence[Insight]) -> None:
        """Add to the pool, in order. RequestError when an id is taken."""
        ...

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
        """The source of an insight's stage, new or mended; events keep the earlier ones."""
        ...

    def forbid(self, search_id: str, insight_id: str) -> None: ...

    def prefer(self, search_id: str, insight_id: str) -> None: ...

    def insights(self, search_id: str) -> tuple[InsightRecord, ...]:
        """The pool in the order of addition, with code where there is some."""
        ...

    # Rollouts

    def start_rollout(
        self, search_id: str, number: int, node_id: int, configuration: Configuration
    ) -> int:
        """Record that a rollout runs; returns the attempt (1, or more after it was lost).

        RequestError when it runs already or has finished.
        """
        ...

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
        """Count a result, once. False when the attempt was superseded or has already finished:
        then the result is kept as an event and changes nothing."""
        ...

    def abandon_rollout(self, search_id: str, number: int) -> None:
        """A running or lost rollout that will not be run again."""
        ...

    def lose_running(self, search_id: str) -> tuple[RolloutRecord, ...]:
        """Mark the rollouts that a dead owner left running as lost; returns every lost one.

        They are run again by `start_rollout` with the same number and the next attempt.
        """
        ...

    def rollouts(self, search_id: str) -> tuple[RolloutRecord, ...]:
        """All, by number."""
        ...

    # Costs, the test part, the final number

    def add_call(self, search_id: str, call: Call, rollout: int | None = None) -> None: ...

    def calls(self, search_id: str) -> tuple[CallRecord, ...]: ...

    def use_test(
        self, search_id: str, reason: str, *, override_reason: str | None = None
    ) -> TestUse:
        """Record a use of the sealed rows before they are used.

        The first is free; RequestError for a later one without `override_reason`.
        """
        ...

    def test_uses(self, search_id: str) -> tuple[TestUse, ...]: ...

    def set_final(
        self, search_id: str, estimate: FinalEstimate, *, blobs: Mapping[str, str] | None = None
    ) -> None:
        """The final estimate; a later one replaces it (and events keep the earlier)."""
        ...

    def final(self, search_id: str) -> FinalRecord | None: ...

    # Events and blobs

    def add_event(self, search_id: str, kind: str, body: Mapping[str, JSONValue]) -> None:
        """A fact of the engine's own that no other method records."""
        ...

    def events(self, search_id: str) -> tuple[Event, ...]:
        """All, in order."""
        ...

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; durable when it returns. The id is their SHA-256 in hex."""
        ...

    def blob(self, blob_id: str) -> bytes:
        """The bytes; NotFoundError when missing, StoreError when damaged."""
        ...

    # One process runs a search

    def claim(self, search_id: str, owner: Owner) -> Claim:
        """Take the right to run a search; from now on this store's writes to it are fenced.

        StoreError, which tells who holds it, when another living process does. A claim that has
        run out, or whose process is dead, is taken over.
        """
        ...

    def renew(self, claim: Claim) -> Claim:
        """Hold it longer; StoreError when it was taken over. Call it every third of the lease."""
        ...

    def release(self, claim: Claim) -> None:
        """Let others have it. Nothing happens when it was taken over."""
        ...

    def verify(self, search_id: str) -> tuple[str, ...]:
        """What is wrong: the projection folded anew from the events, compared; blobs present
        and whole. Empty when all is well."""
        ...

    def close(self) -> None: ...
