"""A program that drives the tools over MCP, as an agent would: it follows what each answer says.

python examples/mcp_client.py [DATA TARGET]
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import TextContent

DIABETES = Path(__file__).parent / "data" / "diabetes.csv"
SERVER = [sys.executable, "-m", "server", "serve"]


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """One tool call. An error is text for the model, with what to do next."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        sys.exit("".join(b.text for b in result.content if isinstance(b, TextContent)))
    return result.structured_content or {}


async def main(
    dataset: str, target: str, rollouts: int = 6, server: Sequence[str] = tuple(SERVER)
) -> dict[str, Any]:
    """Drive one search to its end; gives the last answer of get_best_pipeline."""
    parameters = StdioServerParameters(
        command=server[0], args=list(server[1:]), cwd=Path(__file__).parents[1]
    )
    async with Client(parameters) as client:
        search = await call(
            client, "start_search", dataset=dataset, target=target, rollouts=rollouts
        )
        key = {"search_id": search["search_id"]}
        print(search["summary"])
        while search["state"] not in ("finished", "stopped", "failed"):
            # A call waits at most so long; the work goes on in the server meanwhile.
            search = await call(client, "step_search", **key, rollouts=3, wait_seconds=20)
            print("\n".join(search.get("new_rollouts", ["still running"])))
        print((await call(client, "get_tree", **key))["text"])
        while True:
            best = await call(client, "get_best_pipeline", **key, finalize=True)
            print(best["summary"])
            if best["is_final"]:
                return best


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:3] or [str(DIABETES), "target"])))
