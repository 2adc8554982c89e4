"""Choose a wall by what holds on this machine, and say how to get a stronger one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from sandboxes.advice import advice, bubblewrap_version, warnings
from sandboxes.base import SandboxError
from sandboxes.inside import system
from sandboxes.isolation import seatbelt
from sandboxes.isolation.bubblewrap import Bubblewrap
from sandboxes.isolation.isolation import Isolation
from sandboxes.isolation.landlock import Landlock
from sandboxes.isolation.none import NoIsolation
from sandboxes.isolation.seccomp import FILTERS
from sandboxes.opening import open_pool
from sandboxes.probes import ProbeResult
from sandboxes.selftest import attack

__all__ = ["DoctorReport", "choose_isolation", "doctor_report", "open_pool"]


@dataclass(frozen=True)
class Examined:
    """What the self-test of one wall got. `fault` tells why it could not be run."""

    tier: str
    probes: tuple[ProbeResult, ...]
    fault: str = ""

    @property
    def holds(self) -> bool:
        """Whether every probe was stopped."""
        return not self.fault and bool(self.probes) and all(p.stopped for p in self.probes)


@dataclass(frozen=True)
class DoctorReport:
    """How strong the wall is here, why, and what would make it stronger."""

    tier: str
    """`A`, `B`, `C`, or `none` when no wall holds."""
    examined: tuple[Examined, ...]
    """Every wall that this machine may have, from the strongest, as far as it was looked at."""
    advice: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def probes(self) -> tuple[ProbeResult, ...]:
        """What the self-test of the chosen wall got."""
        return next((found.probes for found in self.examined if found.holds), ())


def choose_isolation(unsafe: bool, cache: Path) -> Isolation:
    """The strongest wall whose self-test passes here; the result is kept in the folder `cache`.

    The first call on a machine attacks it, which takes some seconds; it may be made from inside a
    running event loop, which waits. SandboxError, with advice, when no wall holds, unless `unsafe`.
    """
    found = choose(candidates(), lambda isolation: examine(isolation, cache))
    if found is not None:
        return found
    if unsafe:
        return NoIsolation()
    sentences = " ".join(doctor_report(cache).advice)
    raise SandboxError(f"No sandbox on this machine is strong enough. {sentences}")


def choose(
    isolations: Iterable[Isolation], examine: Callable[[Isolation], Examined]
) -> Isolation | None:
    """The first that holds."""
    return next((isolation for isolation in isolations if examine(isolation).holds), None)


def doctor_report(cache: Path) -> DoctorReport:
    """Examine the walls from the strongest to the first that holds."""
    examined: list[Examined] = []
    for isolation in candidates():
        examined.append(examine(isolation, cache))
        if examined[-1].holds:
            break
    tier = next((found.tier for found in examined if found.holds), "none")
    faults = {found.tier: found.fault for found in examined if found.fault}
    return DoctorReport(tier, tuple(examined), advice(tier, faults), warnings())


def candidates() -> list[Isolation]:
    """The walls that this machine may have, from the strongest."""
    found: list[Isolation] = []
    has_landlock = system.landlock_abi() >= system.SCOPES_ABI
    has_filters = (FILTERS / f"job-{platform.machine()}.bpf").exists()
    if sys.platform == "linux" and has_filters:
        if command := shutil.which("bwrap"):
            found.append(Bubblewrap(command, jobs_share_kernel=has_landlock))
        if has_landlock:
            found.append(Landlock())
    if sys.platform == "darwin" and Path(seatbelt.COMMAND).exists():
        found.append(seatbelt.Seatbelt())
    return found


def examine(isolation: Isolation, cache: Path) -> Examined:
    """Run the self-test of a wall, or read what it got on this machine and version before."""
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"selftest-{isolation.tier}-{_fingerprint()}.json"
    known = _load(path)
    if known is None:
        known = _attacked(isolation, cache / "probing")
        if known.fault:
            # It did not come to an end, which says nothing of the wall: a busy machine gets
            # another try before the wall counts as unusable.
            known = _attacked(isolation, cache / "probing")
        if not known.fault:
            _save(known, path)
    return known


def _attacked(isolation: Isolation, scratch: Path) -> Examined:
    """Attack it in a thread with an event loop of its own, because the caller may have one."""
    results: list[Examined] = []

    def run() -> None:
        try:
            results.append(Examined(isolation.tier, asyncio.run(attack(isolation, scratch))))
        except (SandboxError, OSError) as error:
            results.append(Examined(isolation.tier, (), str(error)))

    thread = threading.Thread(target=run, name="self-test")
    thread.start()
    thread.join()
    return results[0] if results else Examined(isolation.tier, (), "The self-test broke.")


def _fingerprint() -> str:
    """Changes with the machine, the user, our code, bubblewrap or the interpreter."""
    top = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted((*top.rglob("*.py"), *top.rglob("*.bpf"))):
        digest.update(path.read_bytes())
    facts = (*platform.uname(), os.geteuid(), sys.executable, sys.version, bubblewrap_version())
    digest.update(repr((facts, system.landlock_abi())).encode())
    return digest.hexdigest()[:16]


def _load(path: Path) -> Examined | None:
    try:
        fields = json.loads(path.read_text())
        probes = tuple(ProbeResult(**probe) for probe in fields.pop("probes"))
        return Examined(probes=probes, **fields)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _save(examined: Examined, path: Path) -> None:
    making = path.with_suffix(f".{os.getpid()}")
    making.write_text(json.dumps(asdict(examined)))
    making.replace(path)
