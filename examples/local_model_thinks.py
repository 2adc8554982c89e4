"""A model on this machine has the ideas and writes the code: Ollama, vLLM, LM Studio, llama.cpp, …

ollama pull qwen3-coder && python examples/local_model_thinks.py [DATA TARGET]

Any OpenAI-compatible endpoint works: set OPENAI_BASE_URL, SELA_OPENAI_MODEL and, if it wants one,
OPENAI_API_KEY.
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
OLLAMA = {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "SELA_OPENAI_MODEL": "qwen3-coder"}


async def main(
    dataset: str, target: str, rollouts: int = 8, environment: Mapping[str, str] = os.environ
) -> SearchAnswer:
    """Search to the end of the budget, with a local model as the mind."""
    engine = build_engine(read_settings({**OLLAMA, **environment}))
    try:
        request = SearchRequest(dataset, target, designer="openai", rollouts=rollouts)
        search = await engine.start_search(request)
        search = await engine.run_search(search.search_id, progress=lambda _, told: print(told))
        print(f"{search.rollouts_done} rollouts, best {search.best_score}")
        return search
    finally:
        await engine.close()


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:3] or [str(DIABETES), "target"])))
