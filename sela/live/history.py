"""From what the store remembers to what the search replays."""

from __future__ import annotations

from collections.abc import Iterator

from sela.design.insight import Configuration, Insight
from sela.experiments.experiment import Experiment, Verdict
from sela.search.events import (
    Abandoned,
    Added,
    Asked,
    Forbidden,
    Preferred,
    SearchEvent,
    Told,
)
from sela.store.codec import from_json
from sela.store.protocol import Store
from sela.store.records import Event


def search_events(store: Store, search_id: str) -> Iterator[SearchEvent]:
    """The events that the search knows, in order.

    A rollout that was lost and started again is asked once: until it is told, it runs.
    """
    for event in store.events(search_id):
        replayed = _search_event(event)
        if replayed is not None:
            yield replayed


def search_score(experiment: Experiment) -> float | None:
    """What the search is told of an experiment: a rejected one's score is none."""
    is_score = experiment.verdict in (Verdict.SCORED, Verdict.RACED_OUT)
    return experiment.score if is_score else None


def _search_event(event: Event) -> SearchEvent | None:
    match event.kind:
        case "insights_added":
            return Added(tuple(from_json(Insight, i) for i in event.body["insights"]))
        case "insight_forbidden":
            return Forbidden(event.body["insight_id"])
        case "insight_preferred":
            return Preferred(event.body["insight_id"])
        case "rollout_started" if event.attempt == 1 and event.rollout is not None:
            return Asked(event.rollout, from_json(Configuration, event.body["configuration"]))
        case "rollout_finished" if event.rollout is not None:
            experiment = from_json(Experiment, event.body["experiment"])
            return Told(event.rollout, search_score(experiment), experiment.compute_seconds)
        case "rollout_abandoned" if event.rollout is not None:
            return Abandoned(event.rollout)
        case _:
            return None
