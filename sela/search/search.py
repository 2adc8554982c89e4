"""The search: ask for a configuration, tell what came out. No clock, no I/O, no waiting.

The same seed, insights and tells in the same order give the same asks, also after a replay: each
rollout draws from a generator of its own, made of the seed and the rollout's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sela.design.insight import Configuration, Insight, Stage
from sela.errors import NotFoundError, RequestError
from sela.search.events import (
    Abandoned,
    Added,
    Asked,
    Forbidden,
    Preferred,
    SearchEvent,
    Told,
)
from sela.search.knowledge import Knowledge, Trial
from sela.search.space import Space, space_of
from sela.search.strategies import strategy_named
from sela.search.tree import Node, Tree

BASELINE = Configuration()


@dataclass(frozen=True)
class Ask:
    """One rollout to be run."""

    rollout: int
    """Counts from 1, the baseline."""
    node_id: int
    """The leaf of its path."""
    configuration: Configuration


@dataclass(frozen=True)
class NodeView:
    """A node as it stands; scores in the metric's own unit."""

    id: int
    parent: int | None
    depth: int
    stage: Stage | None
    insight_id: str | None
    visits: int
    running: int
    mean: float | None
    best: float | None
    failures: int
    seconds: float


class Search:
    """The live object. Not for concurrent use: it never waits, so it need not be."""

    def __init__(
        self,
        strategy: str,
        seed: int,
        greater_is_better: bool,
        insights: Sequence[Insight] = (),
    ) -> None:
        self._strategy = strategy_named(strategy)
        self._seed = seed
        self._greater_is_better = greater_is_better
        self._tree = Tree()
        self._insights: dict[str, Insight] = {}
        self._forbidden: set[str] = set()
        self._preferred: dict[str, int] = {}
        self._trials: list[Trial] = []
        self._running: dict[int, Configuration] = {}
        self._asked = 0
        self.add(insights)

    def ask(self) -> Ask | None:
        """The next rollout, or None when there is nothing new to try (until insights come)."""
        rollout = self._asked + 1
        configuration = BASELINE if rollout == 1 else self._choose(rollout)
        return None if configuration is None else self._start(rollout, configuration)

    def tell(self, rollout: int, score: float | None, seconds: float) -> None:
        """Credit every node on the rollout's path. A score of None is a failure."""
        configuration = self._end(rollout)
        self._trials.append(Trial(rollout, configuration, score, seconds))
        for node in self._tree.branch(configuration):
            node.statistics.unobserved -= 1
            node.statistics.count(score, seconds, greater_is_better=self._greater_is_better)

    def abandon(self, rollout: int) -> None:
        """Take back a rollout that will never be told; its configuration is open again."""
        for node in self._tree.branch(self._end(rollout)):
            node.statistics.unobserved -= 1

    def add(self, insights: Iterable[Insight]) -> None:
        """Let the tree grow by new choices. RequestError when an id is taken."""
        for insight in insights:
            if insight.id in self._insights:
                raise RequestError(f"An insight {insight.id!r} is in the pool already.")
            self._insights[insight.id] = insight

    def forbid(self, insight_id: str) -> None:
        """Use an insight no more. What was tried with it stays."""
        self._know(insight_id)
        self._forbidden.add(insight_id)
        self._preferred.pop(insight_id, None)

    def prefer(self, insight_id: str) -> None:
        """Use an insight in the next rollout, and from then on in every second one."""
        self._know(insight_id)
        self._forbidden.discard(insight_id)
        self._preferred[insight_id] = self._asked + 1

    def running(self) -> tuple[Ask, ...]:
        """What was asked and not told: after a replay, what is to be run again."""
        return tuple(self._ask_of(*item) for item in self._running.items())

    def trials(self) -> tuple[Trial, ...]:
        """What was told, in that order."""
        return tuple(self._trials)

    def nodes(self) -> tuple[NodeView, ...]:
        """The nodes that some rollout went or goes through, depth first."""
        nodes = self._tree.depth_first()
        is_used = (n for n in nodes if not n.path or n.statistics.visits + n.statistics.unobserved)
        return tuple(_view(node) for node in is_used)

    def path(self, node_id: int) -> tuple[str | None, ...]:
        """The choices from the root to a node; NotFoundError when there is none of that id."""
        if not 0 <= node_id < len(self._tree.nodes):
            raise NotFoundError(
                f"No node {node_id}. The tree has nodes 0 to {len(self._tree.nodes) - 1}."
            )
        return self._tree.nodes[node_id].path

    def replay(self, events: Iterable[SearchEvent]) -> None:
        """Bring a new search to where another stood, without asking its strategy again."""
        for event in events:
            match event:
                case Added(insights):
                    self.add(insights)
                case Asked(rollout, configuration):
                    self._start(rollout, configuration)
                case Told(rollout, score, seconds):
                    self.tell(rollout, score, seconds)
                case Abandoned(rollout):
                    self.abandon(rollout)
                case Forbidden(insight_id):
                    self.forbid(insight_id)
                case Preferred(insight_id):
                    self.prefer(insight_id)

    def _choose(self, rollout: int) -> Configuration | None:
        rng = np.random.default_rng([self._seed, rollout])
        space = space_of(self._insights.values(), frozenset(self._forbidden))
        preferred = self._part_preferred(space, rollout)
        if preferred is not None:
            configuration = self._strategy(self._knowledge(preferred), rng)
            if configuration is not None:
                return configuration
        return self._strategy(self._knowledge(space), rng)

    def _part_preferred(self, space: Space, rollout: int) -> Space | None:
        """Of the preferred insights, the one whose turn it is; None in every second rollout."""
        if not self._preferred:
            return None
        turn, is_free = divmod(rollout - max(self._preferred.values()), 2)
        latest_first = list(reversed(self._preferred))
        return None if is_free else space.only(latest_first[turn % len(latest_first)])

    def _knowledge(self, space: Space) -> Knowledge:
        running = tuple(self._running.values())
        return Knowledge(space, self._trials, running, self._greater_is_better)

    def _start(self, rollout: int, configuration: Configuration) -> Ask:
        if rollout in self._running or any(trial.rollout == rollout for trial in self._trials):
            raise ValueError(f"Rollout {rollout} was asked for before.")
        self._asked = max(self._asked, rollout)
        self._running[rollout] = configuration
        for node in self._tree.branch(configuration):
            node.statistics.unobserved += 1
        return self._ask_of(rollout, configuration)

    def _end(self, rollout: int) -> Configuration:
        if rollout not in self._running:
            raise ValueError(
                f"Rollout {rollout} does not run: it was never asked for, or has ended."
            )
        return self._running.pop(rollout)

    def _ask_of(self, rollout: int, configuration: Configuration) -> Ask:
        leaf = self._tree.at(configuration.choices)
        assert leaf is not None
        return Ask(rollout, leaf.id, configuration)

    def _know(self, insight_id: str) -> None:
        if insight_id not in self._insights:
            known = ", ".join(self._insights) or "none yet"
            raise NotFoundError(f"No insight {insight_id!r} in this search. There are: {known}.")


def _view(node: Node) -> NodeView:
    s = node.statistics
    return NodeView(
        id=node.id,
        parent=node.parent,
        depth=node.depth,
        stage=node.stage,
        insight_id=node.insight_id,
        visits=s.visits,
        running=s.unobserved,
        mean=s.mean,
        best=s.best,
        failures=s.failures,
        seconds=s.seconds,
    )
