"""From a store's events to a search's: what a resumed search is replayed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from sela.store.records import Event


def search_events(events: Iterable[Event]) -> Iterator[SearchEvent]:
    """What the search saw, in order. A rollout that was started again was asked once."""
    for event in events:
        body = event.body
        match event.kind:
            case "insights_added":
                yield Added(tuple(from_json(Insight, given) for given in body["insights"]))
            case "rollout_started" if event.attempt == 1:
                yield Asked(event.rollout or 0, from_json(Configuration, body["configuration"]))
            case "rollout_finished":
                experiment = from_json(Experiment, body["experiment"])
                score, seconds = reward_score(experiment), experiment.compute_seconds
                yield Told(event.rollout or 0, score, seconds)
            case "rollout_abandoned":
                yield Abandoned(event.rollout or 0)
            case "insight_forbidden":
                yield Forbidden(body["insight_id"])
            case "insight_preferred":
                yield Preferred(body["insight_id"])
            case _:
                pass


def reward_score(experiment: Experiment) -> float | None:
    """What the search is told: nothing good of a candidate that failed, or was caught cheating."""
    is_honest = experiment.verdict in (Verdict.SCORED, Verdict.RACED_OUT)
    return experiment.score if is_honest else None
