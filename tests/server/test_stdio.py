"""The server as a host starts it: a process that speaks JSON-RPC on its standard streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.server.connect import ERAS, call

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tests.server.scripted_main", "serve"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_drives_a_search_over_stdio(era: str) -> None:
    parameters = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], cwd=ROOT)
    async with Client(parameters, mode=era) as client:
        started = await call(client, "start_search", dataset="/d/a.csv", target="class", rollouts=2)
        stepped = await call(client, "step_search", search_id=started["search_id"], rollouts=2)
        assert stepped["state"] == "finished"


def test_stdout_holds_only_json_rpc_however_chatty_the_libraries() -> None:
    first = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    listing = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "list_searches", "arguments": {}},
    }
    with subprocess.Popen(
        COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(json.dumps(first).encode() + b"\n")
        process.stdin.flush()
        lines = [process.stdout.readline()]
        for message in (ready, listing):
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        lines.append(process.stdout.readline())
        process.stdin.close()
        lines.extend(process.stdout.readlines())
        errors = process.stderr.read()
        assert process.wait(timeout=20) == 0
    answers = [json.loads(line) for line in lines if line]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    assert "s0" in json.dumps(answers[1])
    assert b"a chatty library" in errors


def test_serving_imports_no_data_library_before_it_is_needed() -> None:
    code = (
        "import sys, server.serving, server.mcp_server;"
        "heavy = {'pandas', 'sklearn', 'lightgbm', 'sqlalchemy', 'anthropic', 'matplotlib'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
