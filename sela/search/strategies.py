"""The strategies by name: each is a plain function from what is known to what to try next.

A strategy gives an untried configuration of the space, or None when there is none. It is asked
from the second rollout on; the first is always the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sela.design.insight import Configuration
from sela.errors import RequestError
from sela.search.greedy import greedy
from sela.search.guided import guided
from sela.search.independent import none, random
from sela.search.knowledge import Knowledge
from sela.search.mcts import mcts
from sela.search.uct_dp import uct_dp

Strategy = Callable[[Knowledge, np.random.Generator], Configuration | None]

STRATEGIES: Mapping[str, Strategy] = {
    "guided": guided,
    "mcts": mcts,
    "uct_dp": uct_dp,
    "greedy": greedy,
    "random": random,
    "none": none,
}
"""The default comes first."""


def strategy_named(name: str) -> Strategy:
    """A strategy by its name; RequestError, with those there are, for another."""
    if name not in STRATEGIES:
        raise RequestError(f"No strategy {name!r}. There are: {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]
