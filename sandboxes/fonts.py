"""matplotlib's list of fonts, made once: without it each job that draws would search for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDER = ".matplotlib"
"""Of the library, for code inside to link to."""
SECONDS = 120


def known_fonts(scratch: Path) -> Path | None:
    """Where the list for the installed matplotlib is, or will be; None without matplotlib."""
    try:
        return scratch / f"fonts-{version('matplotlib')}"
    except PackageNotFoundError:
        return None


async def provide_fonts(scratch: Path, lib: Path) -> None:
    """Put the list into the library, making it first when this scratch folder has none."""
    known = known_fonts(scratch)
    if known is None:
        return
    if not known.is_dir():
        await _make(known)
    if known.is_dir():
        await asyncio.to_thread(_copy, known, lib / FOLDER)


def _copy(known: Path, target: Path) -> None:
    making = target.with_suffix(".making")
    shutil.copytree(known, making, copy_function=shutil.copyfile)
    for path in making.iterdir():
        path.chmod(0o644)
    making.chmod(0o755)
    making.rename(target)


async def _make(known: Path) -> None:
    making = known.with_name(f"{known.name}.{os.getpid()}")
    making.mkdir(exist_ok=True)
    env = {"MPLCONFIGDIR": str(making), "PATH": os.environ.get("PATH", ""), "HOME": str(making)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import matplotlib.font_manager"),
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(process.wait(), SECONDS)
        with contextlib.suppress(OSError):
            making.rename(known)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shutil.rmtree(making, ignore_errors=True)
