"""The processes of these checks: npm packages in a folder of their own, and a server on a port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

NODE = "node@22"
INSTALL_SECONDS = 600


def install(folder: Path, package: str) -> None:
    """Node 22 and one package, in this folder only; nothing is done when they are there."""
    name = package.rpartition("@")[0]
    if (folder / "node_modules" / name).exists():
        return
    if shutil.which("npm") is None:
        raise SystemExit("This check needs npm.")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "package.json"
    if not manifest.exists():
        manifest.write_text('{"private": true}')
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    for command in (["install", *quiet, NODE, package], ["rebuild", "node"]):
        # The rebuild brings back the binary of Node, which npm may have pruned.
        subprocess.run(["npm", *command], cwd=folder, check=True, timeout=INSTALL_SECONDS)


def run_node(
    folder: Path, command: Sequence[str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a package's command with the folder's own Node."""
    binaries = folder / "node_modules" / ".bin"
    return subprocess.run(
        [str(binaries / command[0]), *command[1:]],
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


@contextmanager
def http_server(command: Sequence[str], data: Path) -> Generator[str]:
    """The address of a server process on a free port, gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    roots = ["--root", str(data), "--root", tempfile.gettempdir()]
    process = subprocess.Popen(
        [*command, "--http", f"127.0.0.1:{port}", *roots], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        # Its first line is written when it is about to listen.
        process.stderr.readline()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(timeout=30)
