"""Claude has the ideas and writes the code: one call per insight, never above a fixed sum.

ANTHROPIC_API_KEY=… python examples/claude_thinks.py [DATA TARGET]

The playbook steps in during an outage; column names and statistics leave the machine, rows do not.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sela.live.answers import SearchAnswer
from sela.live.request import SearchRequest
from server.app import build_engine
from server.settings import read_settings

DIABETES = Path(__file__).parent / "data" / "diabetes.csv"


async def main(
    dataset: str,
    target: str,
    rollouts: int = 8,
    environment: Mapping[str, str] = os.environ,
    designer: str = "anthropic,playbook",
) -> SearchAnswer:
    """Search to the end of the budget, with Claude as the mind."""
    engine = build_engine(read_settings(environment))
    try:
        request = SearchRequest(
            dataset,
            target,
            description="Say here what a row is and what the target means: it helps the ideas.",
            designer=designer,
            rollouts=rollouts,
            max_usd=1.0,
        )
        search = await engine.start_search(request)
        search = await engine.run_search(search.search_id, progress=lambda _, told: print(told))
        cost = "unknown" if search.cost_usd is None else f"${search.cost_usd:.4f}"
        print(f"{search.rollouts_done} rollouts, best {search.best_score}, cost {cost}")
        return search
    finally:
        await engine.close()


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:3] or [str(DIABETES), "target"])))
