"""Every attack against every wall, as root and as an ordinary user, from cells and from jobs."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from sandboxes.probes import BOTH, CELL, JOB, ProbeResult
from sandboxes.selftest import attack
from tests.sandboxes.attacks import ATTACKS, KNOWN_IN_B, KNOWN_WITHOUT_LANDLOCK, MARKER
from tests.sandboxes.users import CHECKOUT, command_as_user
from tests.sandboxes.walls import WALLS, WITHOUT_LANDLOCK

IS_ROOT = os.geteuid() == 0
WHO = ("root", "user") if IS_ROOT else ("user",)
KNOWN = {"B": KNOWN_IN_B, "A alone": KNOWN_WITHOUT_LANDLOCK}
EVERY = {**WALLS, **WITHOUT_LANDLOCK}
Results = dict[tuple[str, str], ProbeResult]


@pytest.fixture(scope="session", params=[f"{tier}-{who}" for tier in EVERY for who in WHO])
def attacked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Results]:
    """The tier, and what each attack got from a job and from a cell."""
    tier, who = request.param.split("-")
    scratch = tmp_path_factory.mktemp("scratch")
    if who == "user" and IS_ROOT:
        found = _as_user(tier, scratch)
    else:
        found = asyncio.run(attack(EVERY[tier], scratch, ATTACKS))
    return tier, {(result.name, result.where): result for result in found}


def _as_user(tier: str, scratch: Path) -> list[ProbeResult]:
    command = command_as_user(["-m", "tests.sandboxes.as_user", tier, str(scratch)], scratch)
    env = {"PATH": os.environ["PATH"], "HOME": "/home/somebody", MARKER: "sk-secret"}
    run = subprocess.run(
        command, env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return [ProbeResult(**fields) for fields in json.loads(run.stdout)]


@pytest.mark.parametrize("where", [JOB, CELL])
@pytest.mark.parametrize("name", [probe.name for probe in ATTACKS])
def test_the_wall_stops(attacked: tuple[str, Results], name: str, where: str):
    tier, results = attacked
    probe = next(probe for probe in ATTACKS if probe.name == name)
    if probe.where not in (BOTH, where):
        pytest.skip(f"only from a {probe.where}")
    if name in KNOWN.get(tier, ()):
        pytest.skip("known not to be stopped there")

    result = results.get((name, where))
    if result is None:
        pytest.skip("possible without Landlock, where a kernel serves one job")

    assert result.stopped, result.detail


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_without_a_wall_many_of_the_attacks_succeed(tmp_path: Path):
    hits = {result.name for result in _as_user("none", tmp_path) if not result.stopped}

    assert len(hits) >= 40, sorted(hits)
    assert {"read a file of the server's user", "signal the server", "send a datagram"} <= hits


def test_there_are_enough_attacks():
    assert len({probe.name for probe in ATTACKS}) == len(ATTACKS) >= 60


def test_what_is_not_stopped_is_no_more_than_known(attacked: tuple[str, Results]):
    tier, results = attacked
    hits = {name for (name, _), result in results.items() if not result.stopped}

    assert hits <= KNOWN.get(tier, frozenset())
