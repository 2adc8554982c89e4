"""Drives every tool through the MCP Inspector's command line, over stdio and HTTP, in both eras.

    python -m tests.inspector.check [--folder DIR]

Needs npm and the registry: it installs Node 22 and the Inspector in a folder, once. Each stdio
call is a server process of its own, so this also shows that a search outlives its process.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.inspector.processes import http_server, install, run_node

DATA = Path(__file__).parents[2] / "examples" / "data" / "diabetes.csv"
CALL_SECONDS = 240
MOST_STEPS = 12
TOOLS = {
    "propose_insights",
    "start_search",
    "step_search",
    "get_tree",
    "get_best_pipeline",
    "list_searches",
    "control_search",
    "predict",
    "draw_tree",
}


@dataclass(frozen=True)
class Inspector:
    """The Inspector pointed at one server by one transport."""

    folder: Path
    target: tuple[str, ...]
    """A command, or an address and its options."""
    name: str

    def ask(self, method: str, *options: str) -> dict[str, Any]:
        """The result of one method; ends the check when the Inspector is not content."""
        command = ["mcp-inspector", "--cli", *self.target, "--method", method]
        done = run_node(self.folder, [*command, *options, "--format", "json"], CALL_SECONDS)
        if done.returncode != 0:
            sys.exit(f"{self.name}: {method} {options} gave {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)["result"]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of one tool call, or the content where there is none."""
        given = json.dumps(arguments)
        result = self.ask("tools/call", "--tool-name", tool, "--tool-args-json", given)
        assert not result.get("isError"), result
        size = len(json.dumps(result.get("structuredContent") or ""))
        print(f"  {self.name}: {tool} ok" + (f", {size} characters" if size > 2 else ""))
        return result.get("structuredContent") or result


def check(inspector: Inspector, output: Path) -> None:
    """List and call every tool, from a look at the data to predictions."""
    inspector.ask("initialize")
    listed = inspector.ask("tools/list", "--strict")
    assert {tool["name"] for tool in listed["tools"]} == TOOLS
    problem = {"dataset": str(DATA), "target": "target"}
    inspector.call("propose_insights", **problem, count=3, wait_seconds=50)
    started = inspector.call("start_search", **problem, rollouts=2, request_key=inspector.name)
    search = {"search_id": started["search_id"]}
    for _ in range(MOST_STEPS):
        step = inspector.call("step_search", **search, rollouts=2, wait_seconds=50)
        if step["state"] == "finished":
            break
    inspector.call("control_search", **search, action="extend", rollouts=3)
    inspector.call("list_searches")
    inspector.call("get_tree", **search)
    inspector.call("get_tree", **search, node_id=0, detail="full")
    assert inspector.call("draw_tree", **search)["content"][0]["mimeType"] == "image/png"
    for _ in range(MOST_STEPS):
        best = inspector.call("get_best_pipeline", **search, finalize=True, wait_seconds=50)
        if best["is_final"]:
            break
    assert best["is_final"] and best["next"], best
    inspector.call("predict", **search, dataset=str(DATA), output_path=str(output), wait_seconds=50)
    inspector.ask("resources/read", "--uri", f"search://{started['search_id']}/tree")
    inspector.ask("prompts/get", "--prompt-name", "design_pipeline", "--prompt-args",
                  "dataset=a.csv", "target=t")  # fmt: skip


def main() -> None:
    """Run the check; the exit code is 0 when everything passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "inspector")
    parser.add_argument("--module", default="server", help="what to serve (python -m MODULE)")
    args = parser.parse_args()
    install(args.folder, "@modelcontextprotocol/inspector@2.12.0")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        command = [sys.executable, "-m", args.module, "serve", "--home", str(home / "data")]
        stdio = Inspector(args.folder, (*command,), "stdio")
        check(stdio, home / "stdio.csv")
        with http_server(command, DATA.parent) as address:
            http = (address, "--transport", "http")
            check(Inspector(args.folder, http, "http"), home / "http.csv")
            modern = (*http, "--protocol-era", "modern")
            check(Inspector(args.folder, modern, "http, 2026 era"), home / "modern.csv")
    print("Every tool was listed and called over stdio and HTTP.")


if __name__ == "__main__":
    main()
