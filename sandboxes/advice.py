"""How to get a stronger wall on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PATCHED_BUBBLEWRAP = (0, 12)


def advice(tier: str, faults: Mapping[str, str]) -> tuple[str, ...]:
    """How to get a stronger tier than `tier` here; `faults` are why walls could not be tried."""
    if tier in ("A", "C"):
        return ()
    if sys.platform == "darwin":
        return ("sandbox-exec is missing or did not hold; run the server in a Linux container.",)
    if sys.platform != "linux":
        return ("There is no sandbox for this system; run the server on Linux, or in WSL 2.",)
    found: list[str] = []
    if shutil.which("bwrap") is None:
        found.append("Install bubblewrap (Debian, Ubuntu, Fedora, Arch: package `bubblewrap`).")
    elif Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").exists():
        found.append(
            "AppArmor may keep bubblewrap from user namespaces: install `apparmor-profiles` and "
            "load its profile bwrap-userns-restrict."
        )
    else:
        found.append(
            "bubblewrap could not make its namespaces; in Docker, run with a seccomp profile that "
            "allows user namespaces and with an unmasked /proc, or use the server's own machine."
        )
    if tier == "none":
        found.append("For the weaker tier B, a Linux of 6.12 or newer with Landlock is needed.")
        found.append("`--unsafe` runs the code with no wall: only in a machine of its own.")
    found += [f"Tier {name}: {fault}" for name, fault in faults.items()]
    return tuple(found)


def warnings() -> tuple[str, ...]:
    """What is wrong here though the wall holds."""
    version = bubblewrap_version()
    if version and version < PATCHED_BUBBLEWRAP:
        text = ".".join(map(str, version))
        return (
            f"bubblewrap {text} is older than 0.12.0, which fixed CVE-2026-87766 (unless your "
            "distribution patched it). Nothing here mounts below a folder that the sandbox can "
            "write, which that needs; update all the same.",
        )
    return ()


def bubblewrap_version() -> tuple[int, ...]:
    """The installed one; empty for none."""
    command = shutil.which("bwrap")
    if command is None:
        return ()
    run = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=10)
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", run.stdout)
    return tuple(map(int, match.groups())) if match else ()
