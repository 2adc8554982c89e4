"""The doctor says what works, what each attack got, and what would help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandboxes.choose import DoctorReport, Examined
from sandboxes.probes import ProbeResult
from server.cli import main
from server.doctor import Diagnosis, as_object, as_text

STOPPED = ProbeResult("read /etc/shadow", "job", True, "Permission denied")
OPEN = ProbeResult("connect to the network", "cell", False, "reached it")


def diagnosis(
    *walls: Examined, tier: str = "A", is_unsafe: bool = False, home_fault: str = ""
) -> Diagnosis:
    report = DoctorReport(tier, walls, ("Install bubblewrap.",), ("It is old.",))
    searches = None if home_fault else 3
    return Diagnosis(
        report, "/data", searches, home_fault, ("host", "playbook"), "", {"mcp": "2.3"}, is_unsafe
    )


def test_every_attack_is_told_with_what_it_got() -> None:
    text = as_text(diagnosis(Examined("A", (STOPPED, OPEN)), Examined("B", (STOPPED,)), tier="B"))
    for told in [
        "tier A: 1 of 2 attacks stopped",
        "NOT STOPPED connect to the network (cell): reached it",
        "advice: Install bubblewrap.",
        "warning: It is old.",
        "set ANTHROPIC_API_KEY",
        "Searches can run here.",
    ]:
        assert told in text, told


@pytest.mark.parametrize(
    ("found", "is_usable"),
    [
        (diagnosis(Examined("A", (STOPPED,))), True),
        (diagnosis(Examined("A", (OPEN,)), tier="none"), False),
        (diagnosis(Examined("A", (OPEN,)), tier="none", is_unsafe=True), True),
        (diagnosis(Examined("A", (STOPPED,)), home_fault="It is locked."), False),
    ],
)
def test_it_is_usable_with_a_wall_and_a_data_folder(found: Diagnosis, is_usable: bool) -> None:
    assert found.is_usable is is_usable
    assert as_object(found)["is_usable"] is is_usable
    assert ("can NOT run" in as_text(found)) is not is_usable


def test_doctor_reports_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json", "--unsafe", "--home", str(tmp_path / "home")])
    report = json.loads(capsys.readouterr().out)
    assert code == 0 and report["is_usable"]
    assert report["searches"] == 0 and "playbook" in report["designers"]
    assert report["sandbox"]["tier"] in {"A", "B", "C", "none"}


def test_a_data_folder_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    code = main(["list", "--home", str(tmp_path / "file" / "home")])
    assert code == 1 and "Cannot make the data folder" in capsys.readouterr().err
