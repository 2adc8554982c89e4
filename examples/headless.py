"""A search step by step in Python: no server, no key.

python examples/headless.py [DATA TARGET]
"""

import asyncio
import sys
from pathlib import Path

from sela.live.request import SearchRequest
from server.app import build_engine
from server.settings import read_settings

DIABETES = Path(__file__).parent / "data" / "diabetes.csv"


async def main(dataset: str, target: str, rollouts: int = 6) -> None:
    """Search, finalize, and print what was found."""
    engine = build_engine(read_settings())
    try:
        request = SearchRequest(dataset, target, rollouts=rollouts)
        search = await engine.start_search(request)
        while search.state not in ("finished", "stopped", "failed"):
            step = await engine.step_search(search.search_id, rollouts=1, wait_seconds=60)
            for rollout in step.rollouts:
                ideas = " + ".join(i.text for i in rollout.insights) or "everything as is"
                print(f"{rollout.number:>3}  {rollout.experiment.score}  {ideas}")
            search = step.search
        best = await engine.best(search.search_id, finalize=True)
        if best.final is not None:
            print(best.final.statement)
        for stage, code in best.code:
            print(f"\n# {stage}\n{code}")
    finally:
        await engine.close()


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:3] or [str(DIABETES), "target"])))
