import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.base import Limits
from sandboxes.choose import (
    Examined,
    candidates,
    choose,
    choose_isolation,
    doctor_report,
    examine,
)
from sandboxes.folders import KernelFolder
from sandboxes.isolation.isolation import Program
from sandboxes.isolation.none import NoIsolation
from sandboxes.isolation.seatbelt import Seatbelt, profile
from sandboxes.probes import ProbeResult
from tests.sandboxes.walls import WALLS

HIT = ProbeResult("read a file", "job", False, "the file")
STOPPED = ProbeResult("read a file", "job", True, "no such file")


def test_a_wall_holds_when_every_probe_was_stopped():
    assert Examined("A", (STOPPED, STOPPED)).holds
    assert not Examined("A", (STOPPED, HIT)).holds
    assert not Examined("A", ()).holds
    assert not Examined("A", (STOPPED,), fault="it broke").holds


def test_the_strongest_wall_that_holds_is_chosen():
    weak, strong = NoIsolation("B"), NoIsolation("A")
    results = {"A": (HIT,), "B": (STOPPED,)}

    found = choose([strong, weak], lambda wall: Examined(wall.tier, results[wall.tier]))

    assert found is weak


def test_without_a_wall_there_is_none():
    assert choose([NoIsolation("A")], lambda wall: Examined("A", (HIT,))) is None
    assert choose([], lambda wall: Examined("A", (STOPPED,))) is None


@pytest.mark.skipif(not WALLS, reason="no wall on this machine")
def test_what_the_self_test_got_is_kept_for_the_next_start_unless_it_is_spoilt(tmp_path: Path):
    first = examine(candidates()[0], tmp_path)
    (kept,) = tmp_path.glob("selftest-*.json")
    fields = json.loads(kept.read_text())
    kept.write_text(json.dumps({**fields, "fault": "read from the file"}))

    assert first.holds
    assert {probe.where for probe in first.probes} == {"job", "cell"}
    assert examine(candidates()[0], tmp_path) == replace(first, fault="read from the file")
    kept.write_text("{")
    assert examine(candidates()[0], tmp_path).fault == ""


@pytest.mark.skipif(not WALLS, reason="no wall on this machine")
async def test_a_wall_can_be_chosen_from_inside_an_event_loop(tmp_path: Path):
    assert choose_isolation(False, tmp_path) == candidates()[0]

    report = doctor_report(tmp_path)
    assert report.tier == candidates()[0].tier
    assert all(probe.stopped for probe in report.probes)
    assert report.advice == () or report.tier == "B"


def test_a_wall_that_does_not_hold_is_found_out(tmp_path: Path):
    found = examine(NoIsolation(), tmp_path)

    assert not found.holds
    assert any(not probe.stopped for probe in found.probes)


def test_refusing_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    if platform.system() == "Linux":
        report = doctor_report(tmp_path)

        assert any("bubblewrap" in sentence for sentence in report.advice)


def test_a_seatbelt_profile_denies_first_and_quotes_paths(tmp_path: Path):

    root = tmp_path / 'with "quotes"'
    root.mkdir()
    folder = KernelFolder.create(root, None)
    text = profile(Program("/usr/bin/python3", tmp_path, (), Limits()), folder)

    assert text.splitlines()[:2] == ["(version 1)", "(deny default)"]
    assert '\\"quotes\\"' in text
    assert "network-outbound" not in text
    assert not Seatbelt().jobs_share_kernel
