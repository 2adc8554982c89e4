"""A toy environment: additive effects, no noise, no clock."""

from __future__ import annotations

from collections.abc import Callable

from sela.design.insight import Configuration, Insight, Stage
from sela.search.search import Search

EFFECTS: dict[str, tuple[Stage, float, float]] = {
    # id: stage, prior, effect
    "e1": ("eda", 0.6, 0.0),
    "e2": ("eda", 0.4, 0.0),
    "d1": ("data_preprocessing", 0.7, 0.01),
    "d2": ("data_preprocessing", 0.4, -0.02),
    "f1": ("feature_engineering", 0.6, 0.03),
    "f2": ("feature_engineering", 0.5, 0.0),
    "m1": ("model_training", 0.8, 0.02),
    "m2": ("model_training", 0.6, 0.05),
    "m3": ("model_training", 0.3, -0.04),
    "v1": ("model_evaluation", 0.5, 0.01),
}
BEST_VALUE = 0.70 + 0.01 + 0.03 + 0.05 + 0.01

INSIGHTS = tuple(
    Insight(id, stage, f"Try {id}.", "toy", prior) for id, (stage, prior, _) in EFFECTS.items()
)


def insight(id: str, stage: Stage, prior: float = 0.5) -> Insight:
    return Insight(id, stage, f"Try {id}.", "toy", prior)


def value(configuration: Configuration) -> float:
    return 0.70 + sum(EFFECTS[choice][2] for choice in configuration.choices if choice)


def run(
    search: Search, rollouts: int, score: Callable[[Configuration], float | None] = value
) -> list[Configuration]:
    """Ask and tell in turn; fewer configurations when the search runs out of new ones."""
    tried: list[Configuration] = []
    for _ in range(rollouts):
        ask = search.ask()
        if ask is None:
            break
        search.tell(ask.rollout, score(ask.configuration), 1.0)
        tried.append(ask.configuration)
    return tried


def drawn(search: Search) -> str:
    """The tree as text, a line for each node."""
    return "".join(
        f"{'  ' * node.depth}{node.insight_id or '-'} {node.visits}"
        f" {'none' if node.mean is None else format(node.mean, '.4f')}\n"
        for node in search.nodes()
    )
