"""The official conformance scenarios that need no fixture tools, in both protocol eras.

    python -m tests.inspector.conformance [--folder DIR]

Needs npm and the registry. The other scenarios call tools of a demonstration server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.inspector.processes import http_server, install, run_node

PACKAGE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
SHARED = [
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
]
SCENARIOS = {
    "2025-11-25": [*SHARED, "server-initialize", "ping"],
    "2026-07-28": [
        *SHARED,
        "caching",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "input-required-result-ignore-extra-params",
        "sep-2164-resource-not-found",
    ],
}
SCENARIO_SECONDS = 120


def main() -> int:
    """Run every scenario; the exit code is the number that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "conformance")
    folder = parser.parse_args().folder
    install(folder, PACKAGE)
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "server", "serve", "--home", home]
        with http_server(command, Path(home)) as address:
            for version, scenarios in SCENARIOS.items():
                for scenario in scenarios:
                    failed += not passes(folder, address, version, scenario)
    return failed


def passes(folder: Path, address: str, version: str, scenario: str) -> bool:
    """Whether one scenario passes; its result is printed."""
    options = ["--url", address, "--scenario", scenario, "--spec-version", version]
    done = run_node(folder, ["conformance", "server", *options], SCENARIO_SECONDS)
    lines = [line for line in done.stdout.splitlines() if "Passed:" in line]
    print(f"{version} {scenario}: {lines[-1] if lines else done.stdout + done.stderr}")
    return done.returncode == 0 and bool(lines)


if __name__ == "__main__":
    sys.exit(main())
