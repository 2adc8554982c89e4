"""Attack a wall with harmless probes, through the same interface that experiments use."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from sandboxes.bait import Bait, laid_out
from sandboxes.base import Job, Limits, Outcome, SandboxError
from sandboxes.isolation.isolation import Isolation
from sandboxes.kernel import KernelSandbox
from sandboxes.opening import open_pool
from sandboxes.probes import (
    BOTH,
    CELL,
    JOB,
    PRELUDE,
    SELF_TEST,
    WITHOUT_LANDLOCK,
    Probe,
    ProbeResult,
)

SECONDS = 30.0


async def attack(
    isolation: Isolation, scratch: Path, probes: Iterable[Probe] = SELF_TEST
) -> tuple[ProbeResult, ...]:
    """Try every probe from a job and from a cell of a fresh kernel; SandboxError without one."""
    probes = [p for p in probes if isolation.jobs_share_kernel or p.name not in WITHOUT_LANDLOCK]
    pool = open_pool(isolation, scratch, limits=Limits(), spare=0)
    try:
        with tempfile.TemporaryDirectory(prefix="sela-probe-") as folder:
            Path(folder).chmod(0o755)
            async with pool.lease() as kernel:
                assert isinstance(kernel, KernelSandbox)
                with laid_out(Path(folder), scratch, *kernel.inside_folders) as bait:
                    from_job = await _from_job(kernel, bait, probes)
                    return (*from_job, *await _from_cell(kernel, bait, probes))
    finally:
        await pool.close()


async def _from_job(kernel: KernelSandbox, bait: Bait, probes: list[Probe]) -> list[ProbeResult]:
    module = f"{PRELUDE}\nclass State: pass\n\ndef prepare(inputs):\n"
    module += "    state, order = State(), json.loads(inputs['order'])\n"
    module += "    state.outputs = {'report': json.dumps(attack_all(*order)).encode()}\n"
    module += "    return state\n"
    order = json.dumps([_chosen(probes, JOB), asdict(bait)]).encode()
    job = Job("attack", {"attack": module}, {"order": order}, timeout_seconds=SECONDS)
    result = await kernel.run_job(job)
    if result.outcome is not Outcome.OK:
        raise SandboxError(f"The self-test's job ended with {result.outcome}: {result.error}")
    return _results(JOB, result.outputs["report"])


async def _from_cell(kernel: KernelSandbox, bait: Bait, probes: list[Probe]) -> list[ProbeResult]:
    order = json.dumps([_chosen(probes, CELL), asdict(bait)])
    code = f"{PRELUDE}\nprint(json.dumps(attack_all(*json.loads({order!r}))))"
    result = await kernel.run(code, timeout_seconds=SECONDS)
    if result.outcome is not Outcome.OK:
        raise SandboxError(f"The self-test's cell ended with {result.outcome}: {result.error}")
    return _results(CELL, result.text)


def _chosen(probes: list[Probe], where: str) -> dict[str, str]:
    return {probe.name: probe.code for probe in probes if probe.where in (BOTH, where)}


def _results(where: str, report: str | bytes) -> list[ProbeResult]:
    found: dict[str, list[str]] = json.loads(report)
    return [ProbeResult(n, where, how == "stopped", text) for n, (how, text) in found.items()]
